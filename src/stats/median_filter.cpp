#include "src/stats/median_filter.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tb::stats {

std::vector<double> median_filter(std::span<const double> values, std::size_t width,
                                  MedianEnds ends) {
    if (width % 2 == 0) {
        throw value_error(
            fmt::format("median filter over {} values: expected an odd number", width));
    }
    const std::size_t half = width / 2;
    std::vector<double> out(values.size());
    std::vector<double> window;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t begin = i - std::min(i, half);
        const std::size_t end = std::min(values.size(), i + half + 1);
        window.assign(values.begin() + static_cast<std::ptrdiff_t>(begin),
                      values.begin() + static_cast<std::ptrdiff_t>(end));
        if (std::ranges::any_of(window, [](double value) { return std::isnan(value); })) {
            out[i] = std::numeric_limits<double>::quiet_NaN();
            continue;
        }
        if (ends == MedianEnds::zeros) window.resize(width, 0.0);
        std::ranges::sort(window);
        const std::size_t middle = window.size() / 2;
        out[i] =
            window.size() % 2 == 1 ? window[middle] : (window[middle - 1] + window[middle]) / 2.0;
    }
    return out;
}

}  // namespace tb::stats
