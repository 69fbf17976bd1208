// task.wheel_movement_set: the wheel's movements.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::task {

/// Adapter of task.wheel_movement_set; the numerics are in wheel_movements.hpp. The unit and the
/// encoder's resolution are told from the position's steps; amplitudes are in radians whatever the
/// unit. A recording whose position is not kept settles the key without a row.
[[nodiscard]] ComputedTable wheel_movement_set_table();

}  // namespace tb::compute::task
