// The computed tables of field task.
#pragma once

#include "trialbase/computed_table.hpp"

#include <vector>

namespace tb::compute::task {

[[nodiscard]] std::vector<ComputedTable> tables();

}  // namespace tb::compute::task
