#include "compute/change_detection/performance_summary.hpp"

#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace tb::compute::change_detection {

namespace {

std::size_t count_true(const std::vector<double>& flags) {
    return static_cast<std::size_t>(std::ranges::count(flags, 1.0));
}

/// Mean and largest of the values that are not NaN.
struct Digest {
    double sum = 0.0;
    double largest = nan;
    std::size_t n = 0;

    void add(double value) {
        if (std::isnan(value)) return;
        sum += value;
        largest = std::isnan(largest) ? value : std::max(largest, value);
        n += 1;
    }
    [[nodiscard]] double mean() const { return n == 0 ? nan : sum / static_cast<double>(n); }
};

}  // namespace

std::string_view to_string(MissingReason reason) noexcept {
    switch (reason) {
        case MissingReason::none:
            return "none";
        case MissingReason::no_trials:
            return "no_trials";
        case MissingReason::passive:
            return "passive";
        case MissingReason::no_go_trials:
            return "no_go_trials";
        case MissingReason::no_catch_trials:
            return "no_catch_trials";
        case MissingReason::too_few_trials:
            return "too_few_trials";
        case MissingReason::no_engaged_trials:
            return "no_engaged_trials";
    }
    return "none";
}

PerformanceSummary performance_summary(const ChangeTrials& trials, const ChangeRewards& rewards,
                                       const RollingPerformance& rolling,
                                       double engaged_rate_per_min) {
    PerformanceSummary result;
    result.is_passive = rolling.is_passive;
    result.trial_count = trials.count;
    result.go_trial_count = count_true(trials.is_go);
    result.catch_trial_count = count_true(trials.is_catch);
    result.hit_trial_count = count_true(trials.is_hit);
    result.miss_trial_count = count_true(trials.is_miss);
    result.false_alarm_trial_count = count_true(trials.is_false_alarm);
    result.correct_reject_trial_count = count_true(trials.is_correct_reject);
    result.aborted_trial_count = count_true(trials.is_aborted);
    result.auto_reward_count = count_true(trials.is_auto_rewarded);
    result.earned_reward_count = result.hit_trial_count;
    result.total_reward_count = rewards.volume_ml.size();
    result.total_reward_volume_ml =
        std::accumulate(rewards.volume_ml.begin(), rewards.volume_ml.end(), 0.0);

    Digest reward_rate, hit, hit_raw, hit_engaged, false_alarm, false_alarm_raw,
        false_alarm_engaged, d_prime, d_prime_engaged, reference, reference_engaged;
    for (std::size_t trial = 0; trial < trials.count; ++trial) {
        const double rate = rolling.reward_rate_per_min[trial];
        reward_rate.add(rate);
        hit.add(rolling.hit_rate[trial]);
        hit_raw.add(rolling.hit_rate_raw[trial]);
        false_alarm.add(rolling.false_alarm_rate[trial]);
        false_alarm_raw.add(rolling.false_alarm_rate_raw[trial]);
        d_prime.add(rolling.d_prime[trial]);
        reference.add(rolling.reference_d_prime[trial]);
        if (!(rate > engaged_rate_per_min)) continue;
        result.engaged_trial_count += 1;
        hit_engaged.add(rolling.hit_rate[trial]);
        false_alarm_engaged.add(rolling.false_alarm_rate[trial]);
        d_prime_engaged.add(rolling.d_prime[trial]);
        reference_engaged.add(rolling.reference_d_prime[trial]);
    }
    result.maximum_reward_rate_per_min = reward_rate.largest;
    result.mean_hit_rate = hit.mean();
    result.mean_hit_rate_uncorrected = hit_raw.mean();
    result.mean_hit_rate_engaged = hit_engaged.mean();
    result.mean_false_alarm_rate = false_alarm.mean();
    result.mean_false_alarm_rate_uncorrected = false_alarm_raw.mean();
    result.mean_false_alarm_rate_engaged = false_alarm_engaged.mean();
    result.mean_d_prime = d_prime.mean();
    result.mean_d_prime_engaged = d_prime_engaged.mean();
    result.max_d_prime = d_prime.largest;
    result.max_d_prime_engaged = d_prime_engaged.largest;
    result.reference_mean_d_prime = reference.mean();
    result.reference_mean_d_prime_engaged = reference_engaged.mean();
    result.reference_max_d_prime = reference.largest;
    result.reference_max_d_prime_engaged = reference_engaged.largest;

    using enum MissingReason;
    const bool has_answers = result.aborted_trial_count < trials.count;
    const auto reason_of = [&](const Digest& digest, MissingReason otherwise) {
        return digest.n > 0 ? none : has_answers ? otherwise : no_trials;
    };
    result.hit_rate_reason = reason_of(hit, no_go_trials);
    result.false_alarm_rate_reason = reason_of(false_alarm, no_catch_trials);
    result.d_prime_reason = reason_of(d_prime, result.is_passive ? passive
                                               : hit.n == 0      ? no_go_trials
                                                                 : no_catch_trials);
    result.reward_rate_reason = reward_rate.n > 0   ? none
                                : trials.count == 0 ? no_trials
                                                    : too_few_trials;
    // What the whole session lacks, its engaged trials lack for the same reason.
    const auto engaged_reason_of = [](const Digest& engaged, MissingReason whole) {
        return engaged.n > 0 ? none : whole != none ? whole : no_engaged_trials;
    };
    result.hit_rate_engaged_reason = engaged_reason_of(hit_engaged, result.hit_rate_reason);
    result.false_alarm_rate_engaged_reason =
        engaged_reason_of(false_alarm_engaged, result.false_alarm_rate_reason);
    result.d_prime_engaged_reason = engaged_reason_of(d_prime_engaged, result.d_prime_reason);
    return result;
}

PerformanceSummary performance_summary(const ChangeTrials& trials, const ChangeRewards& rewards,
                                       const PerformanceParams& params) {
    return performance_summary(trials, rewards, rolling_performance(trials, params.window_start_s),
                               params.engaged_rate_per_min);
}

}  // namespace tb::compute::change_detection
