// The computed tables of field imaging.
#pragma once

#include "trialbase/computed_table.hpp"

#include <vector>

namespace tb::compute::imaging {

[[nodiscard]] std::vector<ComputedTable> tables();

}  // namespace tb::compute::imaging
