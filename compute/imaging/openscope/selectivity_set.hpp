// imaging.selectivity_set: unexpected selectivity indices of a plane's cells. Source:
// spec/openscope.md, 5, 7 and 8.1.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::imaging::openscope {

/// Adapter of imaging.selectivity_set and its part imaging.roi_selectivity.
[[nodiscard]] ComputedTable selectivity_set_table();

}  // namespace tb::compute::imaging::openscope
