// task.change_performance: how well a mouse did in a session, and trial by trial.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::change_detection {

/// Adapter of task.change_performance and its part change_rolling; the numerics are in
/// rolling_performance.hpp and performance_summary.hpp. What is missing has its reason beside it.
/// @throws (in compute) tb::Error (data, TrialCount) when the session is said to have another
/// number of trials than it has
[[nodiscard]] ComputedTable change_performance_table();

}  // namespace tb::compute::change_detection
