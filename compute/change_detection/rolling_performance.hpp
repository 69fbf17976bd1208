// Performance trial by trial: how often the mouse earned rewards around each trial, and its rates
// and d' over the last trials.
#pragma once

#include "compute/change_detection/rates.hpp"
#include "trialbase/change_recording.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::change_detection {

/// What the columns of trials are, and that they are there.
/// @throws tb::Error (data, ColumnLength) naming the column of another length than `count`
void check_performance_columns(const ChangeTrials& trials);

/// Of every trial, aborted ones too: its first lick later than `window_start_s` after the change,
/// minus the change [s]. +infinity where there is none, or no change.
/// Source: spec/change_detection.md, section 9.
[[nodiscard]] std::vector<double> latencies_in_window(const ChangeTrials& trials,
                                                      double window_start_s);

/// Trials that a reward rate is of: so many before the trial, and so many from it on.
struct RewardWindow {
    std::size_t trials_before = 25;
    std::size_t trials_from = 25;  ///< the trial itself is the first; 1 or more
};

/// Responses per minute around every trial, from the 11th on; NaN before, and where the time is 0.
/// The window reaches as far as there are trials; a response is a latency below
/// `longest_response_s`, on catch and auto-rewarded trials too. Source: the same.
/// @param start_s    of the trials, ascending, shape (n)
/// @param latency_s  latencies_in_window, shape (n)
/// @param longest_response_s  0.75 whatever the session's response window (older software: its end)
[[nodiscard]] std::vector<double> reward_rates(std::span<const double> start_s,
                                               std::span<const double> latency_s,
                                               double longest_response_s = 0.75,
                                               RewardWindow window = {});

/// No reward and no lick in any trial: the stimuli were only shown. False without trials.
[[nodiscard]] bool is_passive(const ChangeTrials& trials);

/// One value per trial. Aborted trials have NaN in all but reward_rate_per_min.
struct RollingPerformance {
    std::vector<double> latency_s;            ///< latencies_in_window
    std::vector<double> reward_rate_per_min;  ///< reward_rates
    std::vector<double> hit_rate_raw;         ///< rolling_rate over the last 100 non-aborted trials
    std::vector<double> hit_rate;
    std::vector<double> false_alarm_rate_raw;
    std::vector<double> false_alarm_rate;
    std::vector<double> d_prime;            ///< NaN in passive sessions, which have none
    std::vector<double> reference_d_prime;  ///< as the published software gives it: 0 in them
    bool is_passive = false;
};

/// What rolling values are made by; the published software's numbers.
struct RollingParams {
    double window_start_s = 0.15;  ///< responses count from here on after the change [s]
    double longest_response_s = 0.75;
    RewardWindow reward_window{};
    std::size_t rate_window = rate_window_trials;  ///< non-aborted trials
    double rate_limit = d_prime_rate_limit;        ///< rates held to it .. 1 - it in d'
};
/// @throws tb::Error (data, ColumnLength) when a column is missing
[[nodiscard]] RollingPerformance rolling_performance(const ChangeTrials& trials,
                                                     const RollingParams& params);
/// The same by the published software's numbers.
/// @param window_start_s  start of the response window after the change [s]
[[nodiscard]] RollingPerformance rolling_performance(const ChangeTrials& trials,
                                                     double window_start_s = 0.15);

}  // namespace tb::compute::change_detection
