// task.trial_tally: a session's trials counted by contrast and block. What asks for counts alone
// (statuses, functions over many sessions) reads some thirty rows of it instead of all trials.
#pragma once

#include "compute/task/psychometric_points.hpp"
#include "compute/task/trials.hpp"
#include "trialbase/computed_table.hpp"

#include <cstddef>
#include <vector>

namespace tb::compute::task {

/// Trials with one contrast and one probability of the left side.
struct TallyCell {
    double signed_contrast = 0.0;   ///< right minus left, -1..1; NaN: none recorded
    double probability_left = 0.0;  ///< 0..1; NaN: none recorded
    std::size_t n_trials = 0;
    std::size_t n_rightward = 0;  ///< choice -1
    std::size_t n_leftward = 0;   ///< choice 1
    std::size_t n_nogo = 0;       ///< choice 0; the rest of the trials has no choice recorded
    std::size_t n_feedback = 0;   ///< trials with a feedback
    std::size_t n_rewarded = 0;   ///< feedback 1

    [[nodiscard]] std::size_t n_choices() const noexcept {
        return n_rightward + n_leftward + n_nogo;
    }
};

/// The counts of one session, or of several together, and the times that no count can tell.
struct TrialTally {
    std::vector<TallyCell> cells;               ///< of any order; two may have the same contrast
    std::vector<double> response_times_zero_s;  ///< at contrast 0, trials with both times
    double median_response_time_s = 0.0;        ///< of one session's trials; NaN for none

    TrialTally() = default;
    /// Counts trials.
    TrialTally(const Trials& trials);  // NOLINT(google-explicit-constructor): what trials say

    /// Trials, those without contrast included.
    [[nodiscard]] std::size_t size() const noexcept;
    /// Adds another session's counts; the median is then nobody's, and NaN.
    void append(const TrialTally& more);
    /// The cells of the block with this probability, compared to 1e-6; without any times.
    [[nodiscard]] TrialTally of_block(double probability) const;
    /// Whether any trial has this probability, to `tolerance`.
    [[nodiscard]] bool has_probability(double probability, double tolerance) const;
    /// Whether any trial has a contrast of this size, from <= |contrast| < below.
    [[nodiscard]] bool has_contrast_within(double from, double below) const;
    [[nodiscard]] bool has_contrast() const;
    /// Share reported on the side of the stimulus of the trials with |contrast| >= 50 %; NaN for
    /// none. The same as SessionPerformance::performance_easy.
    [[nodiscard]] double performance_easy() const;
    /// The same as performance_easy_rewarded(trials).
    [[nodiscard]] double performance_easy_rewarded() const;
    /// The same as points_of(contrasts, choices): no-go trials count, and are not rightward.
    [[nodiscard]] PsychometricPoints points() const;
};

/// Adapter of task.trial_tally and its part task.trial_tally_cell.
[[nodiscard]] ComputedTable trial_tally_table();

}  // namespace tb::compute::task
