// task.water_control: weight and water of a subject day by day, by the functions of
// water_control.hpp.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::care {

/// Adapter of task.water_control.
[[nodiscard]] ComputedTable water_control_table();

}  // namespace tb::compute::care
