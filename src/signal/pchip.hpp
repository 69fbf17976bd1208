// Monotone piecewise cubic interpolation.
#pragma once

#include "src/signal/grid.hpp"

#include <span>
#include <vector>

namespace tb::signal {

/// Piecewise cubic Hermite interpolation that keeps the data's monotony (Fritsch and Carlson,
/// slopes by the weighted harmonic mean). Outside [times.front(), times.back()] the end pieces go
/// on.
/// @param times   strictly increasing, shape (n), n >= 2
/// @param values  shape (n)
/// @param at      ascending, shape (m)
/// @return shape (m)
/// @throws tb::Error (data, ValueError) when lengths differ, n < 2, or times or `at` are not
/// ascending (NaN included)
/// Source: spec/photometry.md, 6.4.
[[nodiscard]] std::vector<double> pchip(std::span<const double> times,
                                        std::span<const double> values, std::span<const double> at);
/// The same at the times of a grid, which need not be laid out. @param at  interval not below 0
[[nodiscard]] std::vector<double> pchip(std::span<const double> times,
                                        std::span<const double> values, const EvenGrid& at);

}  // namespace tb::signal
