// Places in a series: the nearest of ascending values, and what lies between samples.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tb::signal {

/// For each value the place of the nearest of ascending targets; half-way the later one.
/// @param targets  ascending, at least one; not NaN
/// @return shape as `values`
/// @throws tb::Error (data, ValueError) without targets, or when they do not ascend
[[nodiscard]] std::vector<std::size_t> nearest_places(std::span<const double> values,
                                                      std::span<const double> targets);

/// Values with the NaN among them replaced: on the straight line between their neighbours, beyond
/// the first and last value by that value. Without any value they stay.
[[nodiscard]] std::vector<double> with_missing_interpolated(std::span<const double> values);

}  // namespace tb::signal
