#include "src/signal/rolling_mean.hpp"

#include "trialbase/error.hpp"

namespace tb::signal {

namespace {

/// Place of a signal of n values that a place beyond its ends mirrors.
std::size_t mirrored(std::ptrdiff_t place, std::ptrdiff_t n) {
    if (n == 1) return 0;
    const std::ptrdiff_t period = 2 * (n - 1);
    const std::ptrdiff_t within = ((place % period) + period) % period;
    return static_cast<std::size_t>(within < n ? within : period - within);
}

}  // namespace

std::vector<double> rolling_mean(std::span<const double> values, std::size_t width) {
    if (width == 0) throw value_error("rolling mean of width 0: expected at least 1");
    const auto n = static_cast<std::ptrdiff_t>(values.size());
    const auto before = static_cast<std::ptrdiff_t>((width - 1) / 2);
    const auto after = static_cast<std::ptrdiff_t>(width / 2);
    std::vector<double> out;
    out.reserve(values.size());
    for (std::ptrdiff_t i = 0; i < n; ++i) {
        // Each window anew: a sum carried along would carry rounding and NaN along, too.
        double sum = 0.0;
        if (i >= before && i + after < n) {
            for (std::ptrdiff_t k = i - before; k <= i + after; ++k) {
                sum += values[static_cast<std::size_t>(k)];
            }
        } else {
            for (std::ptrdiff_t k = i - before; k <= i + after; ++k) sum += values[mirrored(k, n)];
        }
        out.push_back(sum / static_cast<double>(width));
    }
    return out;
}

}  // namespace tb::signal
