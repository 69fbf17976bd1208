// task.session_performance: how often and how fast a session's animal was right.
#pragma once

#include "compute/task/trials.hpp"
#include "trialbase/computed_table.hpp"

#include <cstddef>
#include <vector>

namespace tb::compute::task {

/// Counts of the trials with one signed contrast.
struct ContrastCounts {
    double signed_contrast = 0.0;  ///< right minus left, -1..1
    std::size_t n_trials = 0;
    std::size_t n_correct = 0;    ///< reported on the side of the stimulus; 0 at contrast 0
    std::size_t n_rewarded = 0;   ///< feedback 1; at contrast 0 too
    std::size_t n_feedback = 0;   ///< trials with a feedback: without any, n_rewarded says nothing
    std::size_t n_rightward = 0;  ///< choice -1
    std::size_t n_nogo = 0;       ///< choice 0
    double median_response_time_s =
        0.0;  ///< response minus stimulus onset, all trials with both; NaN for none
};

/// Counts per distinct signed contrast, ascending; trials without contrast are in none. Source:
/// spec/ibl_behavior.md, 2.1 and photometry.md, 8.6.
[[nodiscard]] std::vector<ContrastCounts> contrast_counts(const Trials& trials);

/// Shares and medians of a session; NaN for a share of nothing.
struct SessionPerformance {
    std::size_t n_trials = 0;
    std::size_t n_correct = 0;   ///< as in ContrastCounts
    std::size_t n_rewarded = 0;  ///< feedback 1
    std::size_t n_nogo = 0;
    std::size_t n_easy = 0;  ///< |contrast| >= 50 %
    std::size_t n_without_contrast = 0;
    /// n_correct / trials with contrast: no response and contrast 0 lower it; NaN without contrasts
    double performance = 0.0;
    double performance_easy =
        0.0;  ///< share reported on the stimulus side of the easy trials, no response as error
    /// Share rewarded of the trials with a response and a feedback.
    double fraction_correct = 0.0;
    double fraction_correct_easy = 0.0;     ///< the same at |contrast| >= 50 %
    double fraction_correct_nonzero = 0.0;  ///< the same at |contrast| >= 0.5 %, the peer's "easy"
    double nogo_fraction = 0.0;
    double median_response_time_s = 0.0;  ///< response minus stimulus onset, trials with a response
    double median_response_time_zero_s = 0.0;  ///< the same at contrast 0
};

/// Source: spec/ibl_behavior.md, 2.1 (performance, with 0 staying 0: defect D10) and
/// spec/photometry.md, 8.2 (fractions, threshold 50 %: defect 5).
[[nodiscard]] SessionPerformance session_performance(const Trials& trials);

/// Share rewarded (feedback 1) of the trials with |contrast| >= 50 % and a feedback, no response as
/// error; NaN without such trials. What the training criteria are judged on. Source:
/// spec/ibl_behavior.md, 3.2.
[[nodiscard]] double performance_easy_rewarded(const Trials& trials);

/// Adapter of task.session_performance and its part task.contrast_performance.
[[nodiscard]] ComputedTable session_performance_table();

}  // namespace tb::compute::task
