#include "compute/task/training_history.hpp"

#include "compute/task/status_fits.hpp"
#include "compute/task/warehouse_criteria.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>

namespace tb::compute::task {

namespace {

constexpr int code_version = 4;         // of fits, too: raise it when they change
constexpr double long_delay_s = 900.0;  // spec/ibl_behavior.md, 3.2
constexpr std::size_t days_judged = 3;  // the date and the two before it
constexpr std::size_t patience_sessions = 40;

/// A date with its sessions [begin, end), judged as one.
struct Day {
    std::size_t begin = 0;
    std::size_t end = 0;
    Protocol protocol = Protocol::training;
    bool is_on_ephys_rig = false;
    bool is_delayed = false;
    TrialTally trials;
};

double delay_s(const HistorySession& session) {
    return std::isnan(session.start_delay_s) ? 0.0 : session.start_delay_s;
}

std::vector<Day> days_of(std::span<const HistorySession> sessions) {
    std::vector<Day> days;
    for (std::size_t begin = 0; begin < sessions.size();) {
        std::size_t end = begin + 1;
        while (end < sessions.size() && sessions[end].date == sessions[begin].date) ++end;
        if (end < sessions.size() && sessions[end].date < sessions[begin].date) {
            throw Error(ErrorKind::internal,
                        "sessions of a training history are not in order of date");
        }
        const auto of_day = sessions.subspan(begin, end - begin);
        const HistorySession& last = of_day.back();
        double day_delay_s = delay_s(last);
        const bool is_one_protocol = std::ranges::all_of(
            of_day,
            [&](const HistorySession& session) { return session.protocol == last.protocol; });
        Day day{.begin = begin,
                .end = end,
                .protocol = last.protocol,
                .is_on_ephys_rig = last.is_on_ephys_rig,
                .is_delayed = false,
                .trials = {}};
        for (const HistorySession& session : of_day) {
            if (is_one_protocol) day_delay_s = std::max(day_delay_s, delay_s(session));
            day.trials.append(session.trials);
        }
        day.is_delayed = day_delay_s >= long_delay_s;
        days.push_back(std::move(day));
        begin = end;
    }
    return days;
}

SessionStatus judge_day(std::span<const Day> days, StatusFits& fits) {
    SessionStatus result;
    std::vector<TrainingDay> judged;
    std::vector<Protocol> protocols;
    for (const Day& day : days) {
        if (day.protocol == Protocol::habituation) continue;
        judged.push_back({day.protocol, day.is_on_ephys_rig, day.is_delayed, &day.trials});
        protocols.push_back(day.protocol);
    }
    if (days.back().protocol == Protocol::habituation) {
        result.judged = TrainingStatus::habituation;
        return result;
    }
    result.n_days = judged.size();
    result.metrics = training_metrics(judged, fits);
    TrainingVerdict verdict = judge_training(result.metrics, protocols);
    result.judged = verdict.status;
    result.next = verdict.next;
    result.checks = std::move(verdict.checks);
    return result;
}

/// Gives up on the 40th session that `is_counted`, when there is one and `is_hopeless` of the
/// first 40.
void mark_patience_end(std::vector<SessionStatus>& history, TrainingStatus mark,
                       const auto& is_counted, const auto& is_hopeless) {
    std::vector<std::size_t> counted;
    for (std::size_t i = 0; i < history.size() && counted.size() < patience_sessions; ++i) {
        if (is_counted(i)) counted.push_back(i);
    }
    if (counted.size() < patience_sessions || !std::ranges::all_of(counted, is_hopeless)) return;
    history[counted.back()].status = mark;
}

/// The columns of a fit in task.training_status: those of bias, threshold, lapses and hash.
struct FitColumns {
    const char* bias;
    const char* threshold;
    const char* lapse_low;
    const char* lapse_high;
    const char* hash;
};
constexpr FitColumns all_columns = {"bias_percent", "threshold_percent", "lapse_low", "lapse_high",
                                    "counts_hash"};
constexpr FitColumns block_20_columns = {"bias_20_percent", "threshold_20_percent", "lapse_low_20",
                                         "lapse_high_20", "counts_20_hash"};
constexpr FitColumns block_80_columns = {"bias_80_percent", "threshold_80_percent", "lapse_low_80",
                                         "lapse_high_80", "counts_80_hash"};

void set_fit(Row& row, const CriterionFit& fit, const FitColumns& columns) {
    row.set(columns.bias, fit.bias_percent)
        .set(columns.threshold, fit.threshold_percent)
        .set(columns.lapse_low, fit.lapse_low)
        .set(columns.lapse_high, fit.lapse_high)
        .set(columns.hash, fit.points_hash == 0 ? Value() : Value(fit.points_hash));
}

/// The fits of earlier statuses: by their counts they are good whatever has changed since.
StatusFits known_fits(const FetchedRows& rows) {
    StatusFits fits(code_version);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        fits.remember({rows.numbers("bias_percent")[i], rows.numbers("threshold_percent")[i],
                       rows.numbers("lapse_low")[i], rows.numbers("lapse_high")[i],
                       rows.integers("counts_hash")[i]});
    }
    return fits;
}

/// The sessions of a subject with their counts. Cells and times come in the order of sessions.
std::vector<HistorySession> sessions_of(const Inputs& inputs) {
    const FetchedRows& rows = inputs["sessions"];
    const FetchedRows& cells = inputs["cells"];
    const FetchedRows& times = inputs["zero_times"];
    std::size_t cell = 0;
    std::size_t time = 0;
    std::vector<HistorySession> sessions(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::int64_t number = rows.integers("session_no")[i];
        HistorySession& session = sessions[i];
        const auto count = [&](const char* column) {
            return static_cast<std::size_t>(cells.integers(column)[cell]);
        };
        for (; cell < cells.size() && cells.integers("session_no")[cell] == number; ++cell) {
            session.trials.cells.push_back(
                {.signed_contrast = cells.numbers("signed_contrast")[cell],
                 .probability_left = cells.numbers("probability_left")[cell],
                 .n_trials = count("n_trials"),
                 .n_rightward = count("n_rightward"),
                 .n_leftward = count("n_leftward"),
                 .n_nogo = count("n_nogo"),
                 .n_feedback = count("n_feedback"),
                 .n_rewarded = count("n_rewarded")});
        }
        for (; time < times.size() && times.integers("session_no")[time] == number; ++time)
            session.trials.response_times_zero_s.push_back(times.numbers("response_time_s")[time]);
        session.trials.median_response_time_s = rows.numbers("median_response_time_s")[i];
        session.date = static_cast<std::int64_t>(rows.numbers("session_date")[i]);
        session.is_on_ephys_rig = rows.integers("is_on_ephys_rig")[i] != 0;
        session.start_delay_s = rows.numbers("start_delay_s")[i];
        session.n_trials = static_cast<std::size_t>(rows.integers("n_trials")[i]);
        session.protocol = protocol_of(rows.texts("task_protocol")[i])
                               .value_or(*protocol_of(rows.texts("inferred_protocol")[i]));
    }
    if (cell != cells.size() || time != times.size()) {
        throw Error(ErrorKind::internal,
                    "counts of " + inputs.key + " are not in the order of its sessions");
    }
    return sessions;
}

std::vector<SessionStatus> history_by(const std::string& criteria_set,
                                      std::span<const HistorySession> sessions, StatusFits& fits) {
    if (criteria_set == "brainbox") return training_history(sessions, fits);
    if (criteria_set == "warehouse") return warehouse_history(sessions, false, fits);
    if (criteria_set == "warehouse_published") return warehouse_history(sessions, true, fits);
    throw Error(ErrorKind::data, "no rules of training are called " + criteria_set,
                "This program knows brainbox, warehouse and warehouse_published.");
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& rows = inputs["sessions"];
    if (rows.empty()) return output.nothing_to_compute("the subject has no session with contrasts");
    const std::vector<HistorySession> sessions = sessions_of(inputs);

    const FetchedRows& rules = inputs["rules"];
    if (rules.empty()) throw Error(ErrorKind::data, "no set of rules for " + inputs.key);
    StatusFits fits = known_fits(inputs["known_fits"]);
    const std::vector<SessionStatus> history =
        history_by(rules.texts("criteria_set")[0], sessions, fits);
    std::size_t n_days = 0;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        if (i == 0 || sessions[i].date != sessions[i - 1].date) ++n_days;
    }
    output.master()
        .set("n_sessions", sessions.size())
        .set("n_days", n_days)
        .set("latest_status", std::string(to_string(history.back().status)));

    for (std::size_t i = 0; i < sessions.size(); ++i) {
        const SessionStatus& at = history[i];
        const TrialTally& trials = sessions[i].trials;
        const std::string& session_id = rows.texts("session_id")[i];

        Row& row = output.part("training_status");
        row.set("session_id", session_id)
            .set("session_no", i + 1)
            .set("status", std::string(to_string(at.status)))
            .set("judged_status", std::string(to_string(at.judged)))
            .set("next_status", at.next ? Value(std::string(to_string(*at.next))) : Value())
            .set("protocol", std::string(to_string(sessions[i].protocol)))
            .set("is_protocol_inferred", rows.integers("is_protocol_inferred")[i] != 0 ||
                                             !protocol_of(rows.texts("task_protocol")[i]))
            .set("n_days", at.n_days)
            .set("n_trials", trials.size())
            .set("performance_easy_rewarded", trials.performance_easy_rewarded())
            .set("median_response_time_s", trials.median_response_time_s)
            .set("median_response_time_zero_s", at.metrics.median_response_time_zero_s)
            .set("n_ephys_days", at.metrics.n_ephys)
            .set("n_delay_days", at.metrics.n_delay);
        set_fit(row, at.metrics.all, all_columns);
        set_fit(row, at.metrics.block_20, block_20_columns);
        set_fit(row, at.metrics.block_80, block_80_columns);
        for (const CriterionCheck& check : at.checks) {
            output.part("training_criterion")
                .set("session_id", session_id)
                .set("criterion", check.name)
                .set("is_passed", check.is_passed);
        }
    }
}

}  // namespace

std::vector<SessionStatus> training_history(std::span<const HistorySession> sessions) {
    StatusFits fits;
    return training_history(sessions, fits);
}

std::vector<SessionStatus> training_history(std::span<const HistorySession> sessions,
                                            StatusFits& fits) {
    const std::vector<Day> days = days_of(sessions);
    std::vector<SessionStatus> history;
    history.reserve(sessions.size());
    for (std::size_t d = 0; d < days.size(); ++d) {
        const std::size_t first = d + 1 < days_judged ? 0 : d + 1 - days_judged;
        SessionStatus status = judge_day(std::span(days).subspan(first, d + 1 - first), fits);
        status.status = status.judged;
        if (!history.empty()) status.status = std::max(status.judged, history.back().status);
        for (std::size_t i = days[d].begin; i < days[d].end; ++i) history.push_back(status);
    }
    mark_patience_end(
        history, TrainingStatus::untrainable,
        [&](std::size_t i) { return history[i].status == TrainingStatus::in_training; },
        [](std::size_t) { return true; });
    mark_patience_end(
        history, TrainingStatus::unbiasable,
        [&](std::size_t i) { return sessions[i].protocol == Protocol::biased; },
        [&](std::size_t i) { return history[i].status < TrainingStatus::ready4ephysrig; });
    return history;
}

ComputedTable training_history_table() {
    return {.name = "task.training_history",
            .code_version = code_version,
            .fetches = {{"sessions", compute_sql_text("task/training_history.sql")},
                        {"cells", compute_sql_text("task/training_history_cells.sql")},
                        {"zero_times", compute_sql_text("task/training_history_zero_times.sql")},
                        {"known_fits", compute_sql_text("task/training_history_known_fits.sql")},
                        {"rules", compute_sql_text("task/training_history_rules.sql")}},
            .compute = compute,
            .keys_per_transaction = 1};
}

}  // namespace tb::compute::task
