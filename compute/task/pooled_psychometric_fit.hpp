// task.pooled_psychometric_fit: the psychometric function over a set of sessions, and the numbers
// published beside such fits.
#pragma once

#include "compute/task/psychometric_fit.hpp"
#include "compute/task/trials.hpp"
#include "trialbase/computed_table.hpp"

namespace tb::compute::task {

/// Numbers that the published fits come with. Source: data/SOURCES.md, "Published fits".
struct PooledPerformance {
    double fraction_correct_easy =
        0.0;  ///< share rewarded where signed contrast > 50 % (right side only); NaN for none
    double fraction_right_zero =
        0.0;  ///< share rightward of the responses at contrast 0; NaN for none
    double median_response_time_s =
        0.0;  ///< response minus stimulus onset over trials with a response; NaN for none
};

[[nodiscard]] PooledPerformance pooled_performance(const Trials& trials);

/// Adapter of task.pooled_psychometric_fit and its part task.pooled_psychometric_point.
[[nodiscard]] ComputedTable pooled_psychometric_fit_table();

}  // namespace tb::compute::task
