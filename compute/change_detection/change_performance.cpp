#include "compute/change_detection/change_performance.hpp"

#include "compute/change_detection/fetched_trials.hpp"
#include "compute/change_detection/performance_summary.hpp"
#include "compute/change_detection/rolling_performance.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <limits>
#include <string>

#include <fmt/format.h>

namespace tb::compute::change_detection {

namespace {

Value reason_or_null(MissingReason reason) {
    if (reason == MissingReason::none) return {};
    return std::string(to_string(reason));
}

void set_summary(Row& row, const PerformanceSummary& of) {
    row.set("trial_count", of.trial_count)
        .set("go_trial_count", of.go_trial_count)
        .set("catch_trial_count", of.catch_trial_count)
        .set("hit_trial_count", of.hit_trial_count)
        .set("miss_trial_count", of.miss_trial_count)
        .set("false_alarm_trial_count", of.false_alarm_trial_count)
        .set("correct_reject_trial_count", of.correct_reject_trial_count)
        .set("aborted_trial_count", of.aborted_trial_count)
        .set("auto_reward_count", of.auto_reward_count)
        .set("earned_reward_count", of.earned_reward_count)
        .set("total_reward_count", of.total_reward_count)
        .set("total_reward_volume_ml", of.total_reward_volume_ml)
        .set("maximum_reward_rate_per_min", of.maximum_reward_rate_per_min)
        .set("reward_rate_reason", reason_or_null(of.reward_rate_reason))
        .set("engaged_trial_count", of.engaged_trial_count)
        .set("mean_hit_rate", of.mean_hit_rate)
        .set("mean_hit_rate_uncorrected", of.mean_hit_rate_uncorrected)
        .set("hit_rate_reason", reason_or_null(of.hit_rate_reason))
        .set("mean_hit_rate_engaged", of.mean_hit_rate_engaged)
        .set("hit_rate_engaged_reason", reason_or_null(of.hit_rate_engaged_reason))
        .set("mean_false_alarm_rate", of.mean_false_alarm_rate)
        .set("mean_false_alarm_rate_uncorrected", of.mean_false_alarm_rate_uncorrected)
        .set("false_alarm_rate_reason", reason_or_null(of.false_alarm_rate_reason))
        .set("mean_false_alarm_rate_engaged", of.mean_false_alarm_rate_engaged)
        .set("false_alarm_rate_engaged_reason", reason_or_null(of.false_alarm_rate_engaged_reason))
        .set("mean_dprime", of.mean_d_prime)
        .set("max_dprime", of.max_d_prime)
        .set("dprime_reason", reason_or_null(of.d_prime_reason))
        .set("mean_dprime_engaged", of.mean_d_prime_engaged)
        .set("max_dprime_engaged", of.max_d_prime_engaged)
        .set("dprime_engaged_reason", reason_or_null(of.d_prime_engaged_reason))
        .set("reference_mean_dprime", of.reference_mean_d_prime)
        .set("reference_max_dprime", of.reference_max_d_prime)
        .set("reference_mean_dprime_engaged", of.reference_mean_d_prime_engaged)
        .set("reference_max_dprime_engaged", of.reference_max_d_prime_engaged)
        .set("is_passive", bool{of.is_passive});
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& set = inputs["params"];
    const FetchedRows& session = inputs["session"];
    if (set.empty() || session.empty()) {
        throw Error(ErrorKind::data, "no parameter row or no session for " + inputs.key);
    }
    const RollingParams params =
        rolling_params_of(set, session.numbers("response_window_start_s")[0]);
    const double engaged_rate_per_min = set.numbers("engaged_rate_per_min")[0];

    const FetchedRows& rows = inputs["trials"];
    const auto n_trials = session.integers("n_trials")[0];
    if (n_trials != static_cast<std::int64_t>(rows.size())) {
        throw Error(ErrorKind::data,
                    fmt::format("{}: {} trials, the session is said to have {}", inputs.key,
                                rows.size(), n_trials),
                    "Load the session again.", "TrialCount");
    }
    ChangeTrials trials = trials_of(rows, 0, rows.size());
    const FetchedRows& licks = inputs["licks"];
    set_licks(trials, rows.integers("trial"), licks, {0, licks.size()});
    ChangeRewards rewards;
    for (const double volume_ml : inputs["rewards"].numbers("volume_ml")) {
        rewards.volume_ml.push_back(std::isnan(volume_ml) ? 0.0 : volume_ml);
    }

    const RollingPerformance rolling = rolling_performance(trials, params);
    set_summary(output.master(),
                performance_summary(trials, rewards, rolling, engaged_rate_per_min));
    for (std::size_t i = 0; i < trials.count; ++i) {
        const double latency_s = rolling.latency_s[i];
        const double rate = rolling.reward_rate_per_min[i];
        output.part("change_rolling")
            .set("trial", rows.integers("trial")[i])
            .set("latency_s", std::isinf(latency_s) ? nan : latency_s)
            .set("reward_rate_per_min", rate)
            .set("hit_rate_raw", rolling.hit_rate_raw[i])
            .set("hit_rate", rolling.hit_rate[i])
            .set("false_alarm_rate_raw", rolling.false_alarm_rate_raw[i])
            .set("false_alarm_rate", rolling.false_alarm_rate[i])
            .set("rolling_dprime", rolling.d_prime[i])
            .set("reference_rolling_dprime", rolling.reference_d_prime[i])
            .set("is_engaged", bool{rate > engaged_rate_per_min});
    }
}

}  // namespace

ComputedTable change_performance_table() {
    ComputedTable table;
    table.name = "task.change_performance";
    table.code_version = 2;
    table.fetches = {
        {"session", compute_sql_text("change_detection/change_performance_session.sql")},
        {"trials", compute_sql_text("change_detection/change_performance_trials.sql")},
        {"licks", compute_sql_text("change_detection/change_performance_licks.sql")},
        {"rewards", compute_sql_text("change_detection/change_performance_rewards.sql")},
        {"params", compute_sql_text("change_detection/change_performance_params.sql")}};
    table.compute = compute;
    table.keys_per_transaction = 20;
    return table;
}

}  // namespace tb::compute::change_detection
