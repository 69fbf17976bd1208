// The computed tables of field photometry.
#pragma once

#include "trialbase/computed_table.hpp"

#include <vector>

namespace tb::compute::photometry {

[[nodiscard]] std::vector<ComputedTable> tables();

}  // namespace tb::compute::photometry
