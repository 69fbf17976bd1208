#include "src/signal/nearest.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>

namespace tb::signal {

std::vector<std::size_t> nearest_places(std::span<const double> values,
                                        std::span<const double> targets) {
    if (targets.empty() || !std::ranges::is_sorted(targets)) {
        throw value_error("nearest places: expected at least one target, ascending");
    }
    std::vector<std::size_t> out;
    out.reserve(values.size());
    for (const double value : values) {
        // The first target at or above the value, unless the one before it is nearer.
        const auto above = std::ranges::lower_bound(targets, value);
        auto place = static_cast<std::size_t>(above - targets.begin());
        if (place == targets.size() ||
            (place > 0 && value - targets[place - 1] < targets[place] - value)) {
            --place;
        }
        // Of equal targets the last one is the later.
        while (place + 1 < targets.size() && targets[place + 1] == targets[place]) ++place;
        out.push_back(place);
    }
    return out;
}

std::vector<double> with_missing_interpolated(std::span<const double> values) {
    std::vector<double> out(values.begin(), values.end());
    const std::size_t n = out.size();
    std::size_t i = 0;
    while (i < n) {
        if (!std::isnan(out[i])) {
            ++i;
            continue;
        }
        std::size_t end = i;
        while (end < n && std::isnan(out[end])) ++end;
        for (std::size_t k = i; k < end; ++k) {
            if (i == 0 && end == n) break;
            if (i == 0) {
                out[k] = out[end];
            } else if (end == n) {
                out[k] = out[i - 1];
            } else {
                const double slope = (out[end] - out[i - 1]) / static_cast<double>(end - (i - 1));
                out[k] = out[i - 1] + slope * static_cast<double>(k - (i - 1));
            }
        }
        i = end;
    }
    return out;
}

}  // namespace tb::signal
