// How well a mouse did in a session, in one row.
#pragma once

#include "compute/change_detection/rolling_performance.hpp"
#include "trialbase/change_recording.hpp"

#include <cstddef>
#include <string_view>

namespace tb::compute::change_detection {

/// What a summary is made by.
struct PerformanceParams {
    double window_start_s = 0.15;       ///< responses count from here on after the change [s]
    double engaged_rate_per_min = 2.0;  ///< a trial with a higher reward rate is an engaged one
};

/// Why a value is missing. `none`: it is not.
enum class MissingReason {
    none,
    no_trials,         ///< no trial at all, or none that was not aborted
    passive,           ///< the stimuli were only shown
    no_go_trials,      ///< no hit and no miss
    no_catch_trials,   ///< no false alarm and no correct reject
    too_few_trials,    ///< reward rates begin with the 11th trial
    no_engaged_trials  ///< no engaged trial where the value is known
};
[[nodiscard]] std::string_view to_string(MissingReason reason) noexcept;

/// Means are of the rolling values over the trials, not of totals. NaN is missing, and the reason
/// beside it says why. Source: spec/change_detection.md, sections 0 and 9.
struct PerformanceSummary {
    std::size_t trial_count = 0;
    std::size_t go_trial_count = 0;
    std::size_t catch_trial_count = 0;
    std::size_t hit_trial_count = 0;
    std::size_t miss_trial_count = 0;
    std::size_t false_alarm_trial_count = 0;
    std::size_t correct_reject_trial_count = 0;
    std::size_t aborted_trial_count = 0;
    std::size_t auto_reward_count = 0;    ///< auto-rewarded trials
    std::size_t earned_reward_count = 0;  ///< hits
    std::size_t total_reward_count = 0;   ///< rewards given
    double total_reward_volume_ml = 0.0;
    double maximum_reward_rate_per_min = 0.0;
    MissingReason reward_rate_reason = MissingReason::none;
    std::size_t engaged_trial_count = 0;  ///< aborted ones too

    double mean_hit_rate = 0.0;
    double mean_hit_rate_uncorrected = 0.0;
    double mean_hit_rate_engaged = 0.0;
    MissingReason hit_rate_reason = MissingReason::none;
    MissingReason hit_rate_engaged_reason = MissingReason::none;

    double mean_false_alarm_rate = 0.0;
    double mean_false_alarm_rate_uncorrected = 0.0;
    double mean_false_alarm_rate_engaged = 0.0;
    MissingReason false_alarm_rate_reason = MissingReason::none;
    MissingReason false_alarm_rate_engaged_reason = MissingReason::none;

    double mean_d_prime = 0.0;
    double mean_d_prime_engaged = 0.0;
    double max_d_prime = 0.0;  ///< largest rolling value
    double max_d_prime_engaged = 0.0;
    MissingReason d_prime_reason = MissingReason::none;
    MissingReason d_prime_engaged_reason = MissingReason::none;

    /// As the published software gives them: those of passive sessions are 0.
    double reference_mean_d_prime = 0.0;
    double reference_mean_d_prime_engaged = 0.0;
    double reference_max_d_prime = 0.0;
    double reference_max_d_prime_engaged = 0.0;

    bool is_passive = false;
};

/// @param rolling  of these trials, by the same window_start_s
[[nodiscard]] PerformanceSummary performance_summary(const ChangeTrials& trials,
                                                     const ChangeRewards& rewards,
                                                     const RollingPerformance& rolling,
                                                     double engaged_rate_per_min = 2.0);
/// The same with its rolling values computed on the way.
/// @throws tb::Error (data, ColumnLength) when a column of the trials is missing
[[nodiscard]] PerformanceSummary performance_summary(const ChangeTrials& trials,
                                                     const ChangeRewards& rewards,
                                                     const PerformanceParams& params = {});

}  // namespace tb::compute::change_detection
