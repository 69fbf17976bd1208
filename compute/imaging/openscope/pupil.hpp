// The pupil in the camera's pixels, and how far its centre moves.
#pragma once

#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// Of the eye camera. Source: spec/openscope.md, 4 "Pupil".
inline constexpr double pupil_mm_per_pixel = 10.2 / 1000.0;

/// @param mm  diameter or position [mm], NaN where missing
[[nodiscard]] std::vector<double> pupil_pixels(std::span<const double> mm);

/// Distance of each centre from the one before, in the unit of the coordinates.
/// @param x, y  shape (two-photon frame), NaN where missing
/// @return shape (two-photon frame); NaN for the first and where either centre is missing
/// @throws tb::Error (data, ColumnLength) when x and y differ in length
[[nodiscard]] std::vector<double> pupil_displacement(std::span<const double> x,
                                                     std::span<const double> y);

}  // namespace tb::compute::imaging::openscope
