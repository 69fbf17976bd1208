// The computed tables of care.
#pragma once

#include "trialbase/computed_table.hpp"

#include <vector>

namespace tb::compute::care {

[[nodiscard]] std::vector<ComputedTable> tables();

}  // namespace tb::compute::care
