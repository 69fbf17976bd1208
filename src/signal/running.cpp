#include "src/signal/running.hpp"

#include "trialbase/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tb::signal {

std::vector<double> running_median(std::span<const double> values, std::size_t width) {
    if (width % 2 == 0) {
        throw Error(ErrorKind::data,
                    fmt::format("width {} of a running median: expected an odd number", width), {},
                    "ValueError");
    }
    const std::size_t half = width / 2;
    std::vector<double> out(values.size());
    std::vector<double> window(width);
    for (std::size_t i = 0; i < values.size(); ++i) {
        for (std::size_t j = 0; j < width; ++j) {
            const std::size_t shifted = i + j;  // of the signal with `half` zeros before it
            const bool is_inside = shifted >= half && shifted - half < values.size();
            window[j] = is_inside ? values[shifted - half] : 0.0;
        }
        const auto middle = window.begin() + static_cast<std::ptrdiff_t>(half);
        std::nth_element(window.begin(), middle, window.end());
        out[i] = *middle;
    }
    return out;
}

std::vector<double> convolved_same(std::span<const double> values, std::span<const double> kernel) {
    const std::size_t m = kernel.size();
    if (m % 2 == 0 || m > values.size()) {
        throw Error(ErrorKind::data,
                    fmt::format("kernel of {} values for a signal of {}: expected an odd number, "
                                "not longer than the signal",
                                m, values.size()),
                    {}, "ValueError");
    }
    const std::size_t half = m / 2;
    std::vector<double> out(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        double sum = 0.0;
        for (std::size_t j = 0; j < m; ++j) {
            const std::size_t shifted = i + half;
            if (shifted >= j && shifted - j < values.size()) sum += kernel[j] * values[shifted - j];
        }
        out[i] = sum;
    }
    return out;
}

}  // namespace tb::signal
