// trialbase photometry: what analysts ask of signals that lie in the array store, as tables.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/errors.hpp"
#include "app/cli/figure_rows.hpp"
#include "app/cli/output_file.hpp"
#include "app/cli/query_arguments.hpp"
#include "app/cli/session_name.hpp"
#include "compute/photometry/mean_traces.hpp"
#include "compute/photometry/responses.hpp"
#include "src/store/store_reader.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {

namespace {

namespace cp = compute::photometry;

struct PhotometryArguments {
    std::string session;
    std::optional<int> fiber;
    std::string event = "stimOn_times";
    bool raw = false;
    double from_s = 0.0;
    double to_s = 60.0;
    std::string format;
    std::string output;
};

/// Rows of cells that are written as those of queries are.
class Answer {
  public:
    /// @param columns  with their types
    explicit Answer(std::vector<QueryColumn> columns) : columns_(std::move(columns)) {}
    /// Cells in the order of the columns.
    void add(std::vector<nlohmann::json> cells) {
        nlohmann::json row;
        for (std::size_t i = 0; i < columns_.size(); ++i)
            row[columns_[i].name] = std::move(cells[i]);
        rows_.push_back(std::move(row));
    }

    void write(db::Session& session, QueryFormat format, const std::string& file) const {
        OutputFile output(file);
        write_query(
            session, {"photometry", statement_of_rows(session, columns_, rows_)}, format,
            [&](std::string_view text) { output.write(text); },
            file.empty() || file == "-" ? rows_width() : 0);
        output.commit();
    }

  private:
    std::vector<QueryColumn> columns_;
    nlohmann::json rows_ = nlohmann::json::array();
};

nlohmann::json cell(double value) {
    return std::isnan(value) ? nlohmann::json(nullptr) : nlohmann::json(value);
}

std::vector<double> column(const db::Result& rows, std::string_view name) {
    std::vector<double> values;
    for (std::size_t row = 0; row < rows.rows(); ++row)
        values.push_back(rows.optional<double>(row, name).value_or(nan));
    return values;
}

/// Times of the trials' events, by the event's name.
struct TrialEvents {
    std::vector<double> stim_on_s, first_movement_s, feedback_s;
    [[nodiscard]] std::optional<std::vector<double>> operator()(std::string_view event) const {
        if (event == "stimOn_times") return stim_on_s;
        if (event == "firstMovement_times") return first_movement_s;
        if (event == "feedback_times") return feedback_s;
        return std::nullopt;
    }
};

TrialEvents events_of(db::Session& session, const std::string& session_id) {
    const auto rows = session.exec({"trial events",
                                    "select stim_on_s, first_movement_s, feedback_s from "
                                    "task.choice_trial where session_id = $1::uuid order by trial"},
                                   db::Params().text(session_id));
    return {.stim_on_s = column(rows, "stim_on_s"),
            .first_movement_s = column(rows, "first_movement_s"),
            .feedback_s = column(rows, "feedback_s")};
}

// --- mean response

/// Leaves out what comes after the next event of the trial, and subtracts the baseline.
void correct(std::vector<double>& traces, std::span<const double> offsets_s,
             const PhotometryArguments& arguments, const TrialEvents& times_of,
             db::Session& session) {
    const auto params =
        session.exec({"response parameters",
                      "select baseline_begin_s, baseline_end_s, "
                      "array_to_string(events, ',') as events from "
                      "photometry.response_params where response_params_id = 'default'"});
    const std::array<std::string, 1> events = {arguments.event};
    const auto order = CLI::detail::split(params.get<std::string>(0, "events"), ',');
    cp::mask_subsequent_events(events, traces, offsets_s, order, times_of);
    const cp::Window baseline{params.get<double>(0, "baseline_begin_s"),
                              params.get<double>(0, "baseline_end_s")};
    cp::subtract_baseline(traces, offsets_s.size(), cp::columns_within(offsets_s, baseline));
}

int run_mean_response(const Context& context, const PhotometryArguments& arguments) {
    const auto format = rows_format(arguments.format, arguments.output, context.json);
    const int fiber = arguments.fiber.value_or(0);
    auto session = context.connect("photometry");
    const auto session_id = session_key(session, arguments.session);
    const auto stored = session.exec(
        {"response traces",
         "select traces_ref, n_samples, fs_hz, first_offset_s from "
         "analysis.photometry_response_trace where session_id = $1::uuid and fiber_idx "
         "= $2::integer and event = $3"},
        db::Params().text(session_id).integer(fiber).text(arguments.event));
    if (stored.rows() == 0) {
        throw Error(ErrorKind::not_found,
                    fmt::format("session {}, fibre {} has no responses to {}", session_id, fiber,
                                arguments.event),
                    "trialbase query photometry_errors says why, if the session was populated.");
    }
    const auto trials = session.exec(
        {"trial regressors",
         "select 100 * contrast as contrast_percent, feedbacktype, choice, "
         "probabilityleft, stim_to_feedback_s from "
         "analysis.photometry_trial_regressor where session_id = $1::uuid order by trial"},
        db::Params().text(session_id));
    const store::StoreReader reader(context.readable_store(session));
    std::vector<double> traces = reader.read(stored.get<std::string>(0, "traces_ref")).numbers();
    const auto n_samples = static_cast<std::size_t>(stored.get<int>(0, "n_samples"));
    if (n_samples == 0 || traces.size() != trials.rows() * n_samples) {
        throw Error(ErrorKind::data,
                    fmt::format("session {} has {} trials, its traces {} values of {} a trial",
                                session_id, trials.rows(), traces.size(), n_samples),
                    "The trials have changed since: run trialbase populate.");
    }
    std::vector<double> offsets_s;
    for (std::size_t i = 0; i < n_samples; ++i) {
        offsets_s.push_back(stored.get<double>(0, "first_offset_s") +
                            static_cast<double>(i) / stored.get<double>(0, "fs_hz"));
    }
    if (!arguments.raw) {
        correct(traces, offsets_s, arguments, events_of(session, session_id), session);
    }
    const auto means = cp::mean_traces(traces, n_samples,
                                       {.contrast = column(trials, "contrast_percent"),
                                        .feedback_type = column(trials, "feedbacktype"),
                                        .choice = column(trials, "choice"),
                                        .probability_left = column(trials, "probabilityleft"),
                                        .response_s = column(trials, "stim_to_feedback_s")});
    Answer answer({{"event", "text", ""},
                   {"contrast", "double precision", ""},
                   {"feedbacktype", "double precision", ""},
                   {"n_trials", "integer", ""},
                   {"time_s", "double precision", ""},
                   {"response", "double precision", ""},
                   {"sem_response", "double precision", ""},
                   {"n_response", "integer", ""}});
    for (const cp::MeanTrace& mean : means) {
        for (std::size_t i = 0; i < n_samples; ++i) {
            // Offsets are whole samples: the rounding of a sum of begin and i/fs is not shown.
            answer.add({arguments.event, cell(mean.contrast / 100.0), cell(mean.feedback_type),
                        mean.n_trials, cell(std::round(offsets_s[i] * 1e9) / 1e9),
                        cell(mean.trace[i]), cell(mean.sem[i]), mean.count[i]});
        }
    }
    answer.write(session, format, arguments.output);
    return 0;
}

// --- traces

struct Event {
    double time_s = 0.0;
    std::string shown;  ///< stimOn_times 12: the trial's number
};

std::vector<Event> sorted_events(const TrialEvents& times_of) {
    std::vector<Event> events;
    for (const char* name : {"stimOn_times", "firstMovement_times", "feedback_times"}) {
        const auto times = times_of(name).value_or(std::vector<double>{});
        for (std::size_t trial = 0; trial < times.size(); ++trial) {
            if (!std::isnan(times[trial]))
                events.push_back({times[trial], fmt::format("{} {}", name, trial + 1)});
        }
    }
    std::ranges::stable_sort(events, {}, &Event::time_s);
    return events;
}

int run_traces(const Context& context, const PhotometryArguments& arguments) {
    if (!(arguments.from_s < arguments.to_s)) {
        throw Error(ErrorKind::usage, "--from is not before --to");
    }
    const auto format = rows_format(arguments.format, arguments.output, context.json);
    auto session = context.connect("photometry");
    const auto session_id = session_key(session, arguments.session);
    const auto stored =
        session.exec({"signals",
                      "select fiber_idx, brain_region, start_s, fs_hz, n_samples, signal_ref from "
                      "analysis.photometry_recording where session_id = $1::uuid and fiber_idx = "
                      "coalesce($2::integer, fiber_idx) and signal_ref is not null order by "
                      "fiber_idx"},
                     db::Params()
                         .text(session_id)
                         .text(arguments.fiber ? std::optional(std::to_string(*arguments.fiber))
                                               : std::nullopt));
    if (stored.rows() == 0) {
        throw Error(
            ErrorKind::not_found,
            fmt::format("session {} has no preprocessed signal{}", session_id,
                        arguments.fiber ? fmt::format(" of fibre {}", *arguments.fiber) : ""),
            "trialbase query photometry_errors says why, if the session was populated.");
    }
    const auto events = sorted_events(events_of(session, session_id));
    const store::StoreReader reader(context.readable_store(session));
    Answer answer({{"fiber_idx", "integer", ""},
                   {"brain_region", "text", ""},
                   {"time_s", "double precision", ""},
                   {"signal", "double precision", ""},
                   {"events", "text", ""}});
    for (std::size_t row = 0; row < stored.rows(); ++row) {
        const double start_s = stored.get<double>(row, "start_s");
        const double rate_hz = stored.get<double>(row, "fs_hz");
        const double n = static_cast<double>(stored.get<int>(row, "n_samples"));
        const auto sample = [&](double time_s) {
            return static_cast<std::size_t>(
                std::clamp(std::ceil((time_s - start_s) * rate_hz - 1e-6), 0.0, n));
        };
        const std::size_t begin = sample(arguments.from_s);
        const std::size_t end = sample(arguments.to_s);
        if (begin >= end) continue;
        const auto values =
            reader.read_rows(stored.get<std::string>(row, "signal_ref"), begin, end).numbers();
        auto event = std::ranges::lower_bound(
            events, start_s + static_cast<double>(begin) / rate_hz, {}, &Event::time_s);
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double time_s = start_s + static_cast<double>(begin + i) / rate_hz;
            std::string here;  // events from this sample to the next
            for (; event != events.end() && event->time_s < time_s + 1.0 / rate_hz; ++event)
                here += (here.empty() ? "" : "; ") + event->shown;
            answer.add({stored.get<int>(row, "fiber_idx"),
                        stored.get<std::string>(row, "brain_region"), cell(time_s), cell(values[i]),
                        here.empty() ? nlohmann::json() : nlohmann::json(here)});
        }
    }
    answer.write(session, format, arguments.output);
    return 0;
}

void add_output_options(CLI::App& command, PhotometryArguments& arguments) {
    command
        .add_option("--format", arguments.format,
                    "table, csv, json, ndjson or parquet; by default as FILE's extension tells "
                    "(.txt, .csv, .json, .ndjson, .parquet), else table")
        ->type_name("NAME")
        ->check(one_of({"table", "csv", "json", "ndjson", "parquet"}));
    command.add_option("-o,--output", arguments.output, "write to this file instead of stdout")
        ->type_name("FILE");
}

}  // namespace

void add_photometry_command(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand("photometry", "photometry signals and responses as tables");
    command->footer(
        "Examples:\n"
        "  trialbase photometry mean-response --session 0802ced5-33a3-405e-8336-b65ebc5cb07c "
        "--event feedback_times\n"
        "  trialbase photometry traces --session 0802ced5-33a3-405e-8336-b65ebc5cb07c --from 100 "
        "--to 130 -o traces.csv");
    command->require_subcommand(1);
    auto arguments = std::make_shared<PhotometryArguments>();

    auto* mean = command->add_subcommand("mean-response",
                                         "mean response around an event by contrast and outcome");
    mean->footer(
        "Example:\n  trialbase photometry mean-response --session "
        "0802ced5-33a3-405e-8336-b65ebc5cb07c --fiber 1 --format csv\n"
        "Trials of the unbiased block with a response after more than 50 ms. What comes after the "
        "trial's next event is left out, and the baseline subtracted, unless --raw.\n"
        "Columns: contrast (0 to 1), feedbacktype, n_trials (trials with a trace), time_s (from "
        "the event), response (mean over trials [z]), sem_response (its standard error; empty for "
        "one trial), n_response (trials with a value at this time: the n of both).");
    mean->add_option("--session", arguments->session, session_name_about)->required();
    mean->add_option("--fiber", arguments->fiber, "number of the fibre, from 0 (default: 0)")
        ->check(at_least(0));
    mean->add_option("--event", arguments->event, "event that the responses are around")
        ->check(one_of({"stimOn_times", "firstMovement_times", "feedback_times"}))
        ->capture_default_str();
    mean->add_flag("--raw", arguments->raw, "traces as they are stored");
    add_output_options(*mean, *arguments);
    mean->callback([&context, arguments] {
        context.run = [&context, arguments] { return run_mean_response(context, *arguments); };
    });

    auto* traces =
        command->add_subcommand("traces", "preprocessed signals of a session with its events");
    traces->footer(
        "Example:\n  trialbase photometry traces --session "
        "0802ced5-33a3-405e-8336-b65ebc5cb07c --from 100 --to 130");
    traces->add_option("--session", arguments->session, session_name_about)->required();
    traces->add_option("--fiber", arguments->fiber, "number of a fibre, from 0 (default: all)")
        ->check(at_least(0));
    traces->add_option("--from", arguments->from_s, "first time [s, session clock]")
        ->capture_default_str();
    traces->add_option("--to", arguments->to_s, "end, not included [s, session clock]")
        ->capture_default_str();
    add_output_options(*traces, *arguments);
    traces->callback([&context, arguments] {
        context.run = [&context, arguments] { return run_traces(context, *arguments); };
    });
}

}  // namespace tb::app
