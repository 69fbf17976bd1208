// task.reaction_time: median reaction times per block and contrast, with bootstrap intervals.
#pragma once

#include "compute/task/trials.hpp"
#include "trialbase/computed_table.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tb::compute::task {

/// How the interval of a median is bootstrapped. A row of task.reaction_time_params.
struct BootstrapParams {
    double level = 0.68;  ///< probability that the interval is to cover, above 0 and below 1
    std::size_t n_resamples = 10000;
    std::uint64_t seed = 0;
};

struct MedianInterval {
    std::size_t n = 0;  ///< values that are not NaN
    double median = 0.0;
    double low = 0.0;  ///< NaN with fewer than two values, as is high
    double high = 0.0;
};

/// Median with its bias-corrected percentile bootstrap interval. The medians of the resamples are
/// not computed from resampled data: they are drawn from their exact distribution over the values'
/// ranks, so the cost of a resample does not grow with the number of values. Same values,
/// parameters and seed: same result, in any order of the values. Source: spec/ibl_behavior.md, 2.3
/// [decide]; Efron and Tibshirani 1993, 14.3 with acceleration 0; resamples equal to the median
/// count half in the bias, so that ties do not shift the interval.
/// @throws tb::Error (data) when level is not inside (0, 1) or there are no resamples
[[nodiscard]] MedianInterval bootstrap_median(std::span<const double> values,
                                              const BootstrapParams& params);

/// Seed of one group of one key: the same on every machine, other for every group (FNV-1a over all
/// arguments).
[[nodiscard]] std::uint64_t group_seed(std::uint64_t seed, std::string_view key, int block,
                                       double signed_contrast);

/// Reaction time of a trial: response minus stimulus onset, or minus the go cue's trigger where the
/// onset is missing [s]; NaN where that is missing too. No-response trials count. Source:
/// spec/ibl_behavior.md, 2.3.
[[nodiscard]] double reaction_from_onset_or_cue_s(const Trials& trials, std::size_t trial);

/// A block of a session's trials as psychometrics and reaction times are grouped: by probability
/// left in `biased` and `ephys` sessions, else one block 50 of all trials, whatever the
/// probabilities were.
struct TrialBlock {
    int block = 50;  ///< 100 x probability left, rounded
    double probability_left = 0.5;
    bool is_all_trials = true;  ///< the block holds every trial of the session
    Trials trials;
};

/// The blocks of a session, by ascending probability. Trials without probability are in none of a
/// biased session's blocks. Source: spec/ibl_behavior.md, 2.2 (10 x round(10 p) there; the same for
/// tenths).
[[nodiscard]] std::vector<TrialBlock> trial_blocks(const Trials& trials, Protocol protocol);

/// Adapter of task.reaction_time and its part task.reaction_time_contrast.
[[nodiscard]] ComputedTable reaction_time_table();

}  // namespace tb::compute::task
