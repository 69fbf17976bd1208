// Hit and false alarm rates over the last trials, and d' of them.
#pragma once

#include "trialbase/change_recording.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::change_detection {

/// Non-aborted trials that a rolling rate looks back over.
inline constexpr std::size_t rate_window_trials = 100;

/// A rate, moved at least half a trial away from 0 and 1: between 1/(2 n) and 1 - 1/(2 n).
/// @param rate      0..1 or NaN
/// @param n_trials  trials that it is the rate of
/// @return NaN when there are no trials or the rate is NaN
/// Source: spec/change_detection.md, section 9.
[[nodiscard]] double limited_rate(double rate, double n_trials);

/// Rates are held so far away from 0 and 1 before they go into d'.
inline constexpr double d_prime_rate_limit = 0.01;

/// d' = Z(hit rate) - Z(false alarm rate), both first held to rate_limit .. 1 - rate_limit; Z is
/// the inverse of the normal distribution. NaN when either is NaN. Source: the same.
[[nodiscard]] double d_prime(double hit_rate, double false_alarm_rate,
                             double rate_limit = d_prime_rate_limit);

/// Answers of the non-aborted trials, in order: 1 for a response, 0 for none, NaN for trials of the
/// other kind.
struct Responses {
    std::vector<double> go;           ///< hit 1, miss 0
    std::vector<double> catch_trial;  ///< false alarm 1, correct reject 0
};
[[nodiscard]] Responses responses_of(const ChangeTrials& trials);

/// A rolling rate, one value per answer.
struct RollingRate {
    std::vector<double> raw;      ///< mean of the answers in the window; NaN when it holds none
    std::vector<double> limited;  ///< limited_rate of it by how many answers the window holds
};

/// Mean of the answers that are not NaN among the last `window` entries up to each one.
/// @param answers  1, 0 or NaN, shape (n)
[[nodiscard]] RollingRate rolling_rate(std::span<const double> answers,
                                       std::size_t window = rate_window_trials);

}  // namespace tb::compute::change_detection
