// task.change_running: running speed from encoder voltages.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::change_detection {

/// Adapter of task.change_running; the numerics are in running_speed.hpp. The speeds are the arrays
/// `speed` and `speed_unfiltered` of the key. A recording without voltages settles the key without
/// a row.
[[nodiscard]] ComputedTable change_running_table();

}  // namespace tb::compute::change_detection
