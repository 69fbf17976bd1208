// Values from a window that moves over a signal.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tb::signal {

/// Median of the `width` values around each one, with zeros beyond both ends. Shape as `values`.
/// @param width  odd
/// @throws tb::Error (data, ValueError) for an even width
[[nodiscard]] std::vector<double> running_median(std::span<const double> values, std::size_t width);

/// Convolution with a kernel of odd length not longer than the signal, centred, zeros beyond both
/// ends: out[i] = sum_j kernel[j] values[i + (m - 1)/2 - j]. Shape as `values`.
/// @throws tb::Error (data, ValueError) for an even or longer kernel
[[nodiscard]] std::vector<double> convolved_same(std::span<const double> values,
                                                 std::span<const double> kernel);

}  // namespace tb::signal
