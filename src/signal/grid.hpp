// Evenly spaced times.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace tb::signal {

/// Number of elements of arange(begin, end, step): ceil((end - begin)/step), 0 when end <= begin.
/// Source: spec/photometry.md, 0.
[[nodiscard]] inline std::size_t arange_size(double begin, double end, double step) {
    const double n = std::ceil((end - begin) / step);
    return n > 0.0 ? static_cast<std::size_t>(n) : 0;
}

/// begin, begin + d, begin + 2 d, ... where d = (begin + step) - begin: the step as it is
/// representable at `begin`, so that the values are those of the reference's arange.
/// @param step  above 0
[[nodiscard]] inline std::vector<double> arange(double begin, double end, double step) {
    std::vector<double> values(arange_size(begin, end, step));
    const double delta = (begin + step) - begin;
    double i = 0.0;
    for (double& value : values) {
        value = begin + i * delta;
        i += 1.0;
    }
    return values;
}

}  // namespace tb::signal
