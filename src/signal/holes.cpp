#include "src/signal/holes.hpp"

#include "src/signal/order_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tb::signal {

double median_interval(std::span<const double> times_s) {
    return median_difference(times_s);
}

std::vector<Hole> holes(std::span<const double> times_s, double intervals) {
    std::vector<Hole> found;
    const double longest_s = intervals * median_interval(times_s);
    if (!(longest_s > 0.0)) return found;
    for (std::size_t i = 1; i < times_s.size(); ++i) {
        if (times_s[i] - times_s[i - 1] > longest_s) found.push_back({times_s[i - 1], times_s[i]});
    }
    return found;
}

std::int64_t missing_samples(std::span<const double> times_s) {
    return missing_samples(times_s, median_interval(times_s));
}

std::int64_t missing_samples(std::span<const double> times_s, double interval_s) {
    if (!(interval_s > 0.0)) return 0;
    std::int64_t missing = 0;
    for (std::size_t i = 1; i < times_s.size(); ++i) {
        const double wait_s = times_s[i] - times_s[i - 1];
        if (!(wait_s > 1.5 * interval_s)) continue;
        const double samples = std::round(wait_s / interval_s) - 1.0;
        if (samples < 1e9) missing += static_cast<std::int64_t>(samples);
    }
    return missing;
}

}  // namespace tb::signal
