// From weights of a segmentation to masks of cells, and which cells were tracked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

struct MaskRule {
    double least_weight = 0.1;  ///< pixels below it are not the cell's
    double least_sum = 3.0;     ///< a mask whose remaining weights sum to less is emptied
};

/// @param weights   shape (cell, pixel), row by row; NaN counts as 0
/// @param n_pixels  of one mask
/// @return 1 where a pixel is the cell's, else 0; shape (cell, pixel)
/// @throws tb::Error (data, ColumnLength) when the weights are not whole masks
/// Source: spec/openscope.md, 4 "ROI masks".
[[nodiscard]] std::vector<std::uint8_t> roi_masks(std::span<const double> weights,
                                                  std::size_t n_pixels, const MaskRule& rule = {});
[[nodiscard]] std::vector<std::uint8_t> roi_masks(std::span<const float> weights,
                                                  std::size_t n_pixels, const MaskRule& rule = {});

/// Cells with a tracking id, ascending by it: the order in which a mouse's sessions agree.
/// @param tracking_id  per cell, NaN where it was not tracked
/// @return indices of cells
/// @throws tb::Error (data): NoTracking when there is no id, TrackingMismatch naming an id that is
/// not whole or that two cells have
[[nodiscard]] std::vector<std::size_t> tracked_rois(std::span<const double> tracking_id);

}  // namespace tb::compute::imaging::openscope
