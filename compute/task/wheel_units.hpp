// What a wheel's position is measured in, by the size of its steps: spec/ibl_behavior.md, 7.1.
#pragma once

#include "compute/task/wheel_movements.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace tb::compute::task {

/// The unit and the encoder's resolution that a position's steps look like.
struct WheelUnits {
    std::string unit;      ///< `rad` or `cm`
    int resolution = 0;    ///< counts per turn: 4096, 2048, 1024
    std::string encoding;  ///< `X4`, `X2`, `X1`
};
/// By the median absolute step, NaN left out. @throws tb::Error (data, ValueError) when there is no
/// step
[[nodiscard]] WheelUnits wheel_units(std::span<const double> position);

/// Fewer steps than these tell no unit (spec/known_troubles.md, 2, row 11).
inline constexpr std::size_t least_steps_of_units = 10;
/// Positions that differ from the one before; NaN does not.
[[nodiscard]] std::size_t count_steps(std::span<const double> position);

/// The default parameters with their thresholds, which count encoder samples, in a wheel's unit.
[[nodiscard]] MovementParams movement_params(const WheelUnits& units,
                                             const MovementParams& in_samples = {});

}  // namespace tb::compute::task
