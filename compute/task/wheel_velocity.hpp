// task.wheel_velocity: how fast the wheel turned, and its peak in every trial.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::task {

/// Adapter of task.wheel_velocity; the numerics are in wheel.hpp. The velocity is the array
/// `velocity` of the key. A recording whose position is not kept settles the key without a row.
[[nodiscard]] ComputedTable wheel_velocity_table();

}  // namespace tb::compute::task
