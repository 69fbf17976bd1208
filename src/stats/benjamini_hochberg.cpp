#include "src/stats/benjamini_hochberg.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace tb::stats {

std::vector<double> benjamini_hochberg(std::span<const double> p) {
    for (std::size_t i = 0; i < p.size(); ++i) {
        if (!(p[i] >= 0.0 && p[i] <= 1.0)) {
            throw value_error(
                fmt::format("p value {} of {} is {}, expected 0 to 1", i + 1, p.size(), p[i]));
        }
    }
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p[i]; });
    std::vector<double> out(p.size());
    double least = 1.0;
    const auto n = static_cast<double>(p.size());
    for (std::size_t rank = order.size(); rank > 0; --rank) {
        least = std::min(least, p[order[rank - 1]] * n / static_cast<double>(rank));
        out[order[rank - 1]] = least;
    }
    return out;
}

}  // namespace tb::stats
