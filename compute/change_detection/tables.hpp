// The computed tables of change detection.
#pragma once

#include "trialbase/computed_table.hpp"

#include <vector>

namespace tb::compute::change_detection {

[[nodiscard]] std::vector<ComputedTable> tables();

}  // namespace tb::compute::change_detection
