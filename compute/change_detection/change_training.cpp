#include "compute/change_detection/change_training.hpp"

#include "compute/change_detection/fetched_trials.hpp"
#include "compute/change_detection/performance_summary.hpp"
#include "compute/change_detection/rolling_performance.hpp"
#include "compute/change_detection/training_days.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace tb::compute::change_detection {

namespace {

/// Rows of a fetch that belong to a session, from `at` on.
RowRange rows_of_session(const FetchedRows& rows, std::size_t at, const std::string& session_id) {
    const auto ids = rows.texts("session_id");
    RowRange range{at, at};
    while (range.end < rows.size() && ids[range.end] == session_id) ++range.end;
    return range;
}

TrainingSession training_session(const ChangeTrials& trials, const RollingParams& params,
                                 double engaged_rate_per_min) {
    TrainingSession session;
    session.has_trials = true;
    const PerformanceSummary summary =
        performance_summary(trials, {}, rolling_performance(trials, params), engaged_rate_per_min);
    session.d_prime_peak = summary.max_d_prime;
    session.contingent_count = summary.go_trial_count + summary.catch_trial_count;
    session.response_count = summary.hit_trial_count + summary.false_alarm_trial_count;
    session.engaged_count = summary.engaged_trial_count;
    for (std::size_t trial = 0; trial < trials.count; ++trial) {
        const double length_s = trials.length_s[trial];
        if (std::isnan(length_s)) continue;
        session.all_s += length_s;
        if (trials.is_aborted[trial] == 1.0) session.aborted_s += length_s;
    }
    return session;
}

StageCriteria criteria_of(const FetchedRows& rules) {
    const auto count = [&](const char* column) {
        return static_cast<std::size_t>(rules.integers(column)[0]);
    };
    return {.good_d_prime = rules.numbers("good_dprime")[0],
            .engaged_d_prime = rules.numbers("engaged_dprime")[0],
            .enough_engaged_trials = count("enough_engaged_trials"),
            .enough_contingent_trials = count("enough_contingent_trials"),
            .least_bias = rules.numbers("least_response_share")[0],
            .largest_bias = rules.numbers("largest_response_share")[0],
            .largest_aborted_share = rules.numbers("largest_aborted_share")[0],
            .last_training_day = count("last_training_day")};
}

void add_session(Output& output, const std::string& session_id, std::size_t session_no,
                 const TrainingDayStatus& status) {
    output.part("change_training_session")
        .set("session_id", session_id)
        .set("session_no", session_no)
        .set("training_day", status.training_day)
        .set("n_days", status.n_days)
        .set("n_days_without_trials", status.n_days_without_trials)
        .set("dprime_peak", status.day.d_prime_peak)
        .set("response_share", status.day.response_bias)
        .set("contingent_trial_count", status.day.contingent_trial_count)
        .set("engaged_trial_count", status.day.engaged_trial_count)
        .set("aborted_time_share", status.aborted_time_share);
    for (const StageVerdict& verdict : status.verdicts) {
        output.part("change_training_criterion")
            .set("session_id", session_id)
            .set("criterion", std::string(verdict.criterion))
            .set("is_passed", verdict.is_passed)
            .set("reason", verdict.is_passed ? Value() : Value(std::string("NotEnoughDays")));
    }
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& rules = inputs["rules"];
    const FetchedRows& set = inputs["params"];
    if (rules.empty() || set.empty()) {
        throw Error(ErrorKind::data, "no set of rules or no parameter row for " + inputs.key);
    }
    const double engaged_rate_per_min = set.numbers("engaged_rate_per_min")[0];
    const FetchedRows& rows = inputs["sessions"];
    const FetchedRows& trial_rows = inputs["trials"];
    const FetchedRows& lick_rows = inputs["licks"];

    std::vector<TrainingSession> sessions(rows.size());
    std::size_t trial_at = 0;
    std::size_t lick_at = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows.integers("has_trials")[i] != 0) {
            const std::string& session_id = rows.texts("session_id")[i];
            const RowRange of_trials = rows_of_session(trial_rows, trial_at, session_id);
            const RowRange of_licks = rows_of_session(lick_rows, lick_at, session_id);
            ChangeTrials trials = trials_of(trial_rows, of_trials.begin, of_trials.end);
            set_licks(trials,
                      trial_rows.integers("trial").subspan(of_trials.begin,
                                                           of_trials.end - of_trials.begin),
                      lick_rows, of_licks);
            sessions[i] = training_session(
                trials, rolling_params_of(set, rows.numbers("response_window_start_s")[i]),
                engaged_rate_per_min);
            trial_at = of_trials.end;
            lick_at = of_licks.end;
        }
        sessions[i].date = static_cast<std::int64_t>(rows.numbers("session_date")[i]);
    }
    if (trial_at != trial_rows.size() || lick_at != lick_rows.size()) {
        throw Error(ErrorKind::internal,
                    "trials of " + inputs.key + " are not in the order of its sessions");
    }

    const std::vector<TrainingDayStatus> days = training_days(sessions, criteria_of(rules));
    if (days.empty()) {
        return output.nothing_to_compute("the subject has no trials of change detection");
    }
    std::size_t session_no = 0;
    std::size_t n_dates = 0;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        if (i == 0 || sessions[i].date != sessions[i - 1].date) ++n_dates;
        if (!sessions[i].has_trials) continue;
        const auto status = std::ranges::find(days, sessions[i].date, &TrainingDayStatus::date);
        add_session(output, rows.texts("session_id")[i], ++session_no, *status);
    }
    output.master()
        .set("n_days", days.size())
        .set("n_days_without_trials", n_dates - days.size())
        .set("n_sessions", session_no);
}

}  // namespace

ComputedTable change_training_table() {
    ComputedTable table;
    table.name = "task.change_training";
    table.code_version = 2;
    table.fetches = {
        {"sessions", compute_sql_text("change_detection/change_training_sessions.sql")},
        {"trials", compute_sql_text("change_detection/change_training_trials.sql")},
        {"licks", compute_sql_text("change_detection/change_training_licks.sql")},
        {"rules", compute_sql_text("change_detection/change_training_rules.sql")},
        {"params", compute_sql_text("change_detection/change_performance_params.sql")}};
    table.compute = compute;
    table.keys_per_transaction = 5;
    return table;
}

}  // namespace tb::compute::change_detection
