// Mean and standard deviation of the values that are there.
#pragma once

#include <cstddef>
#include <span>

namespace tb::compute::change_detection {

/// Of the values that are not NaN: how many, their mean, their population standard deviation. Both
/// NaN of none.
struct KnownMoments {
    std::size_t n = 0;
    double mean = 0.0;
    double sd = 0.0;
};
[[nodiscard]] KnownMoments known_moments(std::span<const double> values);

}  // namespace tb::compute::change_detection
