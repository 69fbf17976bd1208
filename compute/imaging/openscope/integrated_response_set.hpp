// imaging.integrated_response_set: how strongly a plane's cells respond to each frame of regular
// and unexpected sequences. Source: spec/openscope.md, 5 "Integral" and 8.4.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::imaging::openscope {

/// Adapter of imaging.integrated_response_set and its parts imaging.integrated_response and
/// imaging.roi_integrated_response.
[[nodiscard]] ComputedTable integrated_response_set_table();

}  // namespace tb::compute::imaging::openscope
