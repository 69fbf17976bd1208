// Average peri-event responses by contrast and outcome. Source: spec/photometry.md, 12.1.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::photometry {

struct MeanTrace {
    double contrast = 0.0;  ///< percent
    double feedback_type = 0.0;
    std::size_t n_trials = 0;   ///< trials whose first sample is a number
    std::vector<double> trace;  ///< mean per time, NaN left out; NaN where no trial has a number
    /// Standard error of this mean over trials, sd / sqrt(n); NaN for fewer than two numbers.
    std::vector<double> sem;
    std::vector<std::size_t> count;  ///< trials with a number at this time: the n of both
};

/// What selects and groups the trials; one value per trial, NaN where missing.
struct TraceTrials {
    std::vector<double> contrast;  ///< percent
    std::vector<double> feedback_type;
    std::vector<double> choice;
    std::vector<double> probability_left;
    std::vector<double> response_s;  ///< feedback - stimulus onset
};

/// One trace per contrast and outcome that occurs, ascending, over the trials of the unbiased block
/// (probability left 0.5) with an answer that took more than 50 ms. Trials without contrast or
/// outcome belong to no group.
/// @param traces     shape (n_trials, n_samples)
/// @throws tb::Error (data, ValueError) when lengths differ
[[nodiscard]] std::vector<MeanTrace> mean_traces(std::span<const double> traces,
                                                 std::size_t n_samples, const TraceTrials& trials);

}  // namespace tb::compute::photometry
