// The first, second and last third of a stimulus, by its segments.
#pragma once

#include "compute/imaging/openscope/segments.hpp"

#include <array>

namespace tb::compute::imaging::openscope {

/// Edges of row numbers: from percentile 100 t / 3 to percentile 100 (t + 1) / 3, plus 1. They
/// overlap by up to one row, as published.
/// @param segments  row numbers that meet the criteria, unexpected ones included, in any order
/// @throws tb::Error (data, NoSegments) when there are none
/// Source: spec/openscope.md, 5 "Thirds".
[[nodiscard]] std::array<HalfOpenRange, 3> thirds(std::span<const std::size_t> segments);

}  // namespace tb::compute::imaging::openscope
