// How cells of a session go together.
#pragma once

#include "compute/imaging/openscope/window_values.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// Pearson's correlation of every two cells' smoothed traces over the whole recording.
/// @param rois   indices of cells, at least one
/// @param width  of the rolling mean [frames]
/// @return pairs 0 and 1, 0 and 2, ..., 1 and 2, ..., shape (n (n - 1) / 2), clipped to [-1, 1];
/// NaN of a cell that does not vary or has a missing sample
/// @throws tb::Error (data): ColumnLength when values are not whole frames, ValueError for a cell
/// that there is not
/// Source: spec/openscope.md, 8.10.
[[nodiscard]] std::vector<double> roi_correlations(const Traces<float>& traces,
                                                   std::span<const std::size_t> rois,
                                                   std::size_t width = 4);

}  // namespace tb::compute::imaging::openscope
