#include "compute/task/daily_summary.hpp"

#include "compute/task/psychometric_configuration.hpp"
#include "compute/task/psychometric_fit.hpp"
#include "compute/task/reaction_time.hpp"
#include "compute/task/session_performance.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace tb::compute::task {

namespace {

struct Median {
    std::size_t n = 0;
    double median_s = 0.0;
};

/// Median reaction time of the trials for which `is_meant` holds.
Median median_reaction_time(const Trials& trials, const auto& is_meant) {
    std::vector<double> times_s;
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        const double time_s = reaction_from_onset_or_cue_s(trials, trial);
        if (is_meant(trial) && !std::isnan(time_s)) times_s.push_back(time_s);
    }
    return {times_s.size(), median(times_s)};
}

void add_block(const DayBlock& block, Output& output) {
    if (!block.trials.has_contrast()) return;
    const TrialsFit fitted = fit_trials(block.trials, fit_configuration("status"));
    set_fit_columns(output.part("daily_psychometric")
                        .set("block", block.block)
                        .set("prob_left", block.probability_left),
                    fitted);
    for (std::size_t level = 0; level < fitted.points.size(); ++level) {
        const double contrast = fitted.points.x[level] / 100.0;
        const Median reaction = median_reaction_time(block.trials, [&](std::size_t trial) {
            return std::abs(block.trials.contrast(trial) - contrast) < 1e-9;
        });
        Row& row = output.part("daily_point").set("block", block.block);
        set_point_columns(row, fitted, level);
        row.set("n_reaction_times", reaction.n).set("median_reaction_time_s", reaction.median_s);
    }
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& rows = inputs["sessions"];
    const FetchedRows& trial_rows = inputs["trials"];
    if (rows.empty()) return output.nothing_to_compute("the date has no session with trials");

    std::vector<DaySession> sessions;
    Trials all;
    const auto trial_session_no = trial_rows.integers("session_no");
    std::size_t trial = 0;
    double n_trials = 0.0;
    double n_correct = 0.0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::size_t begin = trial;
        while (trial < trial_rows.size() &&
               trial_session_no[trial] == rows.integers("session_no")[i])
            ++trial;
        Trials trials = trials_of(trial_rows, begin, trial);
        all.append(trials);
        n_trials += rows.numbers("n_trials")[i];
        const double recorded = rows.numbers("n_correct")[i];
        n_correct += std::isnan(recorded)
                         ? static_cast<double>(session_performance(trials).n_correct)
                         : recorded;
        sessions.push_back(day_session(rows.texts("task_protocol")[i], std::move(trials)));
    }
    if (trial != trial_rows.size()) {
        throw Error(ErrorKind::internal,
                    "trials of " + inputs.key + " are not in the order of its sessions");
    }
    if (all.empty()) return output.nothing_to_compute("the date has no trial");

    const SessionPerformance pooled = session_performance(all);
    const bool has_contrast = all.has_contrast();
    const double n_judged = n_trials - static_cast<double>(pooled.n_without_contrast);
    const Median reaction = median_reaction_time(all, [](std::size_t) { return true; });
    output.master()
        .set("n_sessions", rows.size())
        .set("n_trials", static_cast<std::int64_t>(n_trials))
        .set("n_trials_stored", all.size())
        .set("n_without_contrast", pooled.n_without_contrast)
        .set("n_correct", has_contrast ? Value(static_cast<std::int64_t>(n_correct)) : Value())
        .set("n_easy", pooled.n_easy)
        .set("performance", has_contrast && n_judged > 0.0 ? n_correct / n_judged : NAN)
        .set("performance_easy", pooled.performance_easy)
        .set("n_reaction_times", reaction.n)
        .set("median_reaction_time_s", reaction.median_s);
    for (const DayBlock& block : day_blocks(sessions)) add_block(block, output);
}

}  // namespace

DaySession day_session(std::string_view task_protocol, Trials trials) {
    const auto names = [&](Protocol protocol) {
        return task_protocol.find(to_string(protocol)) != std::string_view::npos;
    };
    DaySession session{.is_blocked = names(Protocol::biased) || names(Protocol::ephys),
                       .is_training = names(Protocol::training),
                       .trials = std::move(trials)};
    if (!protocol_of(task_protocol) && session.trials.has_probability()) {
        session.is_blocked = inferred_protocol(session.trials.probability_left) == Protocol::biased;
        session.is_training = !session.is_blocked;
    }
    return session;
}

std::vector<DayBlock> day_blocks(std::span<const DaySession> sessions) {
    Trials all;
    Trials blocked;
    Trials training;  // of sessions that are training alone
    for (const DaySession& session : sessions) {
        all.append(session.trials);
        if (session.is_blocked)
            blocked.append(session.trials);
        else if (session.is_training)
            training.append(session.trials);
    }
    const auto number_of = [](double probability) {
        return static_cast<int>(std::lround(100.0 * probability));
    };
    if (std::ranges::none_of(sessions, &DaySession::is_blocked)) return {{.trials = all}};
    std::map<int, double> probabilities;
    for (const double probability : blocked.probability_left) {
        if (!std::isnan(probability)) probabilities.emplace(number_of(probability), probability);
    }
    const Trials& chosen = training.empty() ? all : blocked;
    std::vector<DayBlock> blocks;
    for (const auto& [number, probability] : probabilities) {
        DayBlock block{.block = number,
                       .probability_left = probability,
                       .trials = chosen.where([&, wanted = number](std::size_t trial) {
                           const double p = chosen.probability_left[trial];
                           return !std::isnan(p) && number_of(p) == wanted;
                       })};
        if (number == 50) block.trials.append(training);
        blocks.push_back(std::move(block));
    }
    return blocks;
}

ComputedTable daily_summary_table() {
    return {.name = "task.daily_summary",
            .code_version = 2,
            .fetches = {{"sessions", compute_sql_text("task/daily_summary.sql")},
                        {"trials", compute_sql_text("task/daily_summary_trials.sql")}},
            .compute = compute};
}

}  // namespace tb::compute::task
