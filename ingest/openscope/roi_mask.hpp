// From the weights of an ROI's pixels to its mask.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tb::openscope {

/// Weights below 0.1 count as 0; an ROI whose weights then sum to less than 3 has no pixel.
/// @param weights  of all pixels of the field of view; NaN counts as 0
/// @return 1 within the ROI, else 0; as long as the weights
/// Source: spec/openscope.md, 4, "ROI masks".
[[nodiscard]] std::vector<std::uint8_t> roi_mask(std::span<const double> weights);

}  // namespace tb::openscope
