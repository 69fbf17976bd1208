// Smoothing by the mean of a window that moves over a signal.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tb::signal {

/// Mean of the `width` values around each one: as many before it as after it, of an even width one
/// more after it. Beyond an end the signal goes on as its mirror image, without the end's value
/// again. What is not finite spreads over its windows. Shape as `values`.
/// @param width  at least 1. @throws tb::Error (data, ValueError) for 0
/// Source: spec/openscope.md, 6.
[[nodiscard]] std::vector<double> rolling_mean(std::span<const double> values, std::size_t width);

}  // namespace tb::signal
