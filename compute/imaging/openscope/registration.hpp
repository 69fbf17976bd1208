// Images of one session in the coordinates of another.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// A projective map of pixels: (x, y, 1) times the matrix (row by row), divided by the third
/// coordinate.
using ProjectiveMap = std::array<double, 9>;

/// Each pixel (x, y) of the result is the image at the map's (x, y), between pixels drawn straight
/// in both directions; 0 beyond the image. Places are rounded to 1/32 pixel and values to whole
/// numbers (halves up), as in the published pictures.
/// @param image  shape (height, width), row by row
/// @return shape (height, width)
/// @throws tb::Error (data, ColumnLength) when the image is not width times height pixels
/// Source: spec/openscope.md, 4 "Registration".
[[nodiscard]] std::vector<std::uint8_t> registered_image(std::span<const std::uint8_t> image,
                                                         std::size_t height, std::size_t width,
                                                         const ProjectiveMap& map);

/// The same of a mask: 1 where at least half of a pixel's weight comes from the mask.
/// @param mask  0 is outside, anything else inside
[[nodiscard]] std::vector<std::uint8_t> registered_mask(std::span<const std::uint8_t> mask,
                                                        std::size_t height, std::size_t width,
                                                        const ProjectiveMap& map);

}  // namespace tb::compute::imaging::openscope
