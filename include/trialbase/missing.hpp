// The missing value of numbers.
#pragma once
#include <limits>

namespace tb {

/// A number that is not there: of times, rates, samples. It equals nothing, itself included; ask
/// std::isnan.
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace tb
