// The running median of a series.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tb::stats {

/// What the window holds beyond the ends of the series.
enum class MedianEnds {
    zeros,  ///< zeros, as in published curves: pulls both ends towards 0
    shrink  ///< nothing: the window is cut, the median of an even number is their middle
};

/// The median of the `width` values around each. A window that holds a missing value (NaN) has
/// none.
/// @param values  shape (n), may be empty
/// @param width   odd
/// @return shape (n)
/// @throws tb::Error (data, ValueError) for an even width
/// Source: spec/ibl_behavior.md, 10 (figures 2a to 2c).
[[nodiscard]] std::vector<double> median_filter(std::span<const double> values, std::size_t width,
                                                MedianEnds ends);

}  // namespace tb::stats
