#include "compute/photometry/response_set.hpp"

#include "compute/photometry/responses.hpp"
#include "compute/photometry/session_validation.hpp"
#include "src/signal/holes.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace tb::compute::photometry {

namespace {

/// The column of task.choice_trial with an event's times.
std::string column_of(const std::string& event) {
    if (event == "stimOn_times") return "stim_on_s";
    if (event == "firstMovement_times") return "first_movement_s";
    if (event == "response_times") return "response_s";
    if (event == "feedback_times") return "feedback_s";
    throw Error(ErrorKind::data, fmt::format("no event is called '{}'", event), {}, "ValueError");
}

using signal::Hole;

std::vector<Hole> holes_of(const FetchedRows& rows) {
    std::vector<Hole> holes;
    for (std::size_t i = 0; i < rows.size(); ++i)
        holes.push_back({rows.numbers("start_s")[i], rows.numbers("end_s")[i]});
    return holes;
}

/// The signal with NaN where it was drawn across a hole.
std::vector<double> without_holes(const EvenTimes& times, std::span<const double> signal,
                                  std::span<const Hole> holes) {
    std::vector<double> measured(signal.begin(), signal.end());
    for (const auto& hole : holes) {
        const double first = std::ceil((hole.after_s - times.begin_s) / times.step_s);
        for (auto i = static_cast<std::size_t>(std::max(first, 0.0)); i < measured.size(); ++i) {
            if (times[i] >= hole.until_s) break;
            if (times[i] > hole.after_s) measured[i] = std::numeric_limits<double>::quiet_NaN();
        }
    }
    return measured;
}

/// No magnitude where a part of what it is made from lies in a hole.
void leave_out_holes(std::span<const Hole> holes, std::span<const double> events,
                     std::span<const double> until_s, const MagnitudeParams& params,
                     std::span<double> magnitudes) {
    const auto touches = [&](double from_s, double to_s) {
        return from_s < to_s && std::ranges::any_of(holes, [&](const Hole& hole) {
                   return from_s < hole.until_s && to_s > hole.after_s;
               });
    };
    for (std::size_t i = 0; i < magnitudes.size(); ++i) {
        double end_s = params.early.end_s;
        if (params.mask_subsequent && !until_s.empty() && until_s[i] < end_s) end_s = until_s[i];
        if (touches(events[i] + params.early.begin_s, events[i] + end_s) ||
            (params.subtract_baseline &&
             touches(events[i] + params.baseline.begin_s, events[i] + params.baseline.end_s)))
            magnitudes[i] = std::numeric_limits<double>::quiet_NaN();
    }
}

/// Events in a hole whose window lies within the signal: peri_event counts them as valid.
std::size_t n_events_within(std::span<const Hole> holes, const EvenTimes& times,
                            std::span<const double> events, Window window) {
    const double last_s = times[times.size() - 1];
    return static_cast<std::size_t>(std::ranges::count_if(events, [&](double event_s) {
        return event_s + window.begin_s >= times.begin_s && event_s + window.end_s <= last_s &&
               std::ranges::any_of(holes, [&](const Hole& hole) {
                   return event_s > hole.after_s && event_s < hole.until_s;
               });
    }));
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& row = inputs["params"];
    const FetchedRows& signal_row = inputs["signal"];
    if (row.empty() || signal_row.empty()) {
        throw Error(ErrorKind::data, "no parameter row or no signal for " + inputs.key);
    }
    const FetchedRows& trials = inputs["trials"];
    const auto window = [&](const std::string& name) {
        return Window{row.numbers(name + "_begin_s")[0], row.numbers(name + "_end_s")[0]};
    };
    const auto min_trials = static_cast<std::size_t>(row.integers("min_trials")[0]);
    if (const Finding finding = check_n_trials(trials.size(), min_trials)) {
        throw Error(ErrorKind::data, finding->message, {}, finding->type);
    }
    std::vector<EventTimes> events;
    for (const std::string& event : inputs["events"].texts("event")) {
        events.push_back({event, trials.numbers(column_of(event))});
    }
    const double min_share = row.numbers("min_event_share")[0];
    const std::vector<std::string> incomplete = incomplete_events(events, min_share);

    const Array stored = inputs.array("signal", "signal_ref");
    const auto* const doubles = std::get_if<std::vector<double>>(&stored.values);
    const std::vector<double> converted =
        doubles == nullptr ? stored.numbers() : std::vector<double>();
    std::span<const double> signal = doubles == nullptr ? converted : *doubles;
    const EvenTimes times = even_times(signal_row.numbers("start_s")[0],
                                       signal_row.numbers("sampling_rate_hz")[0], signal.size());
    const std::vector<Hole> holes = holes_of(inputs["holes"]);
    std::vector<double> with_holes;
    if (!holes.empty()) {
        with_holes = without_holes(times, signal, holes);
        signal = with_holes;
    }
    const MagnitudeParams params{
        .baseline = window("baseline"),
        .early = window("early"),
        .subtract_baseline = row.integers("subtracts_baseline")[0] != 0,
        .mask_subsequent = row.integers("masks_subsequent_events")[0] != 0,
    };

    Row& master = output.master();
    std::size_t n_events = 0;
    std::vector<double> until_s;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const std::string& event = events[i].event;
        if (std::ranges::find(incomplete, event) != incomplete.end()) continue;
        PeriEvent<double> cut = peri_event(times, signal, events[i].times, window("window"));
        // The next event of the list masks also where it is too rare to have traces of its own.
        until_s.clear();
        if (i + 1 < events.size()) {
            for (std::size_t trial = 0; trial < trials.size(); ++trial) {
                until_s.push_back(events[i + 1].times[trial] - events[i].times[trial]);
            }
        }
        std::vector<double> magnitudes = response_magnitudes(cut, until_s, params);
        if (!holes.empty()) {
            leave_out_holes(holes, events[i].times, until_s, params, magnitudes);
            cut.n_valid -= n_events_within(holes, times, events[i].times, window("window"));
        }
        for (std::size_t trial = 0; trial < magnitudes.size(); ++trial) {
            output.part("response_magnitude")
                .set("event", Value(event))
                .set("trial", trials.integers("trial")[trial])
                .set("trace_row", trial)
                .set("response", magnitudes[trial]);
        }
        if (n_events++ == 0) {
            master.set("n_samples", cut.n_samples())
                .set("sampling_rate_hz", static_cast<double>(cut.rate_hz))
                .set("first_offset_s",
                     cut.n_samples() > 0 ? cut.offsets_s.front() : window("window").begin_s);
        }
        const std::size_t n_samples = cut.n_samples();
        const std::string id = output.array(
            event, Array::matrix(cut.n_events, n_samples, std::move(cut.values)),
            {.unit = "z",
             .about = fmt::format("traces around {}, one row per trial: {}", event, inputs.key)});
        output.part("response")
            .set("event", Value(event))
            .set("traces_array_id", Value(id))
            .set("n_valid", cut.n_valid);
    }
    if (n_events == 0) {
        // The error stays with the row; there are no traces to describe.
        master.set("n_samples", 0)
            .set("sampling_rate_hz", signal_row.numbers("sampling_rate_hz")[0])
            .set("first_offset_s", window("window").begin_s);
    }
    master.set("n_trials", trials.size()).set("n_events", n_events);
    if (const Finding finding = check_event_completeness(events, min_share)) {
        output.part("response_set_error")
            .set("error_no", 1)
            .set("error_type", Value(finding->type))
            .set("message", Value(finding->message));
    }
}

}  // namespace

ComputedTable response_set_table() {
    ComputedTable table;
    table.name = "photometry.response_set";
    table.code_version = 2;
    table.fetches = {{"signal", compute_sql_text("photometry/response_set_signal.sql")},
                     {"trials", compute_sql_text("photometry/response_set_trials.sql")},
                     {"holes", compute_sql_text("photometry/response_set_holes.sql")},
                     {"events", compute_sql_text("photometry/response_set_events.sql")},
                     {"params", compute_sql_text("photometry/response_set_params.sql")}};
    table.compute = compute;
    table.keys_per_transaction = 20;
    return table;
}

}  // namespace tb::compute::photometry
