// Whether a mouse may go on to the next stage of training.
#pragma once

#include "trialbase/change_recording.hpp"

#include <cstddef>
#include <span>

namespace tb::compute::change_detection {

/// What a day of training counts for, in the criteria.
struct StageDay {
    double d_prime_peak = 0.0;   ///< largest rolling d'; NaN when there is none
    double response_bias = 0.0;  ///< share of go and catch trials with a response; NaN of none
    std::size_t contingent_trial_count = 0;  ///< go and catch trials
    std::size_t engaged_trial_count = 0;
};

/// Numbers of the rules; the published ones.
struct StageCriteria {
    double good_d_prime = 2.0;
    double engaged_d_prime = 1.0;
    std::size_t enough_engaged_trials = 100;
    std::size_t enough_contingent_trials = 300;
    double least_bias = 0.1;
    double largest_bias = 0.9;
    double largest_aborted_share = 0.5;  ///< of the summed length of trials
    std::size_t last_training_day = 40;
};

// Rules over the days of a mouse, in order. A comparison with a missing value does not hold.
// @throws tb::Error (data, NotEnoughDays) with fewer days than the rule needs (3, or 1)
// Source: spec/change_detection.md, section 15.

/// On at least two of the last three days d' rose above 2.
[[nodiscard]] bool is_two_out_of_three(std::span<const StageDay> days,
                                       const StageCriteria& criteria = {});
/// On the last day d' rose above 2.
[[nodiscard]] bool is_yesterday_good(std::span<const StageDay> days,
                                     const StageCriteria& criteria = {});
/// On the last day the response bias lay between 0.1 and 0.9.
[[nodiscard]] bool is_without_response_bias(std::span<const StageDay> days,
                                            const StageCriteria& criteria = {});
/// On the last day there were more than 300 go and catch trials.
[[nodiscard]] bool is_enough_trials(std::span<const StageDay> days,
                                    const StageCriteria& criteria = {});
/// On each of the last three days d' rose above 1 and more than 100 trials were engaged ones.
[[nodiscard]] bool is_engaged(std::span<const StageDay> days, const StageCriteria& criteria = {});
/// The largest day of training is 40 or more.
[[nodiscard]] bool is_out_of_time(std::size_t largest_training_day,
                                  const StageCriteria& criteria = {});

/// Aborted trials took less than half of the summed length of a day's trials. False without trials.
/// @throws tb::Error (data, ColumnLength) when is_aborted or length_s is missing
[[nodiscard]] bool is_mostly_useful(const ChangeTrials& trials, const StageCriteria& criteria = {});
/// Of the summed length of the trials the share that aborted ones took, trials without a length
/// left out; NaN when there is none.
/// @throws as is_mostly_useful
[[nodiscard]] double aborted_time_share(const ChangeTrials& trials);

/// Share of the go and catch trials with a response (hit or false alarm), NaN without such trials.
[[nodiscard]] double response_bias(const ChangeTrials& trials);

}  // namespace tb::compute::change_detection
