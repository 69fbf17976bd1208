#include "compute/change_detection/known_values.hpp"

#include <cmath>
#include <limits>

namespace tb::compute::change_detection {

KnownMoments known_moments(std::span<const double> values) {
    KnownMoments result;
    double sum = 0.0;
    for (const double value : values) {
        if (std::isnan(value)) continue;
        sum += value;
        result.n += 1;
    }
    if (result.n == 0) {
        result.mean = std::numeric_limits<double>::quiet_NaN();
        result.sd = result.mean;
        return result;
    }
    const double n = static_cast<double>(result.n);
    result.mean = sum / n;
    double squares = 0.0;
    for (const double value : values) {
        if (!std::isnan(value)) squares += (value - result.mean) * (value - result.mean);
    }
    result.sd = std::sqrt(squares / n);
    return result;
}

}  // namespace tb::compute::change_detection
