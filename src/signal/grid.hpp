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

/// Times begin, begin + interval, begin + 2 interval, ...
struct EvenGrid {
    double begin = 0.0;
    double interval = 1.0;
    std::size_t n = 0;

    [[nodiscard]] double operator[](std::size_t i) const {
        return begin + static_cast<double>(i) * interval;
    }
    /// First index whose time is not below `time`; n when there is none.
    [[nodiscard]] std::size_t lower_bound(double time) const {
        std::size_t low = 0;
        std::size_t high = n;
        while (low < high) {
            const std::size_t middle = low + (high - low) / 2;
            if ((*this)[middle] < time)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
};

/// The grid of arange(begin, end, step). Its interval is (begin + step) - begin: the step as it is
/// representable at `begin`, so that the times are those of the reference's arange.
/// @param step  above 0
[[nodiscard]] inline EvenGrid even_grid(double begin, double end, double step) {
    return {begin, (begin + step) - begin, arange_size(begin, end, step)};
}

/// Its times.
[[nodiscard]] inline std::vector<double> arange(double begin, double end, double step) {
    const EvenGrid grid = even_grid(begin, end, step);
    std::vector<double> values(grid.n);
    for (std::size_t i = 0; i < grid.n; ++i) values[i] = grid[i];
    return values;
}

}  // namespace tb::signal
