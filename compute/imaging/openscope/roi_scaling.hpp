// By what the cells' traces are scaled.
#pragma once

#include "compute/imaging/openscope/window_values.hpp"

namespace tb::compute::imaging::openscope {

/// Per cell, over the whole recording, missing samples left out: the median (in the precision of
/// the traces, as published), and the 95th less the 5th percentile, which may be 0. NaN of a cell
/// without any sample.
/// @throws tb::Error (data, ColumnLength) when values are not whole frames
/// Source: spec/openscope.md, 4 "Scaling".
[[nodiscard]] RoiScaling roi_scaling(const Traces<float>& traces);
[[nodiscard]] RoiScaling roi_scaling(const Traces<double>& traces);

}  // namespace tb::compute::imaging::openscope
