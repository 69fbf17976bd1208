#include "src/stats/kaplan_meier.hpp"

#include "src/stats/test_result.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace tb::stats {

std::vector<SurvivalStep> kaplan_meier(std::span<const double> time,
                                       const std::vector<bool>& reached) {
    if (time.size() != reached.size()) {
        throw value_error(fmt::format("survival: {} times and {} outcomes, expected as many",
                                      time.size(), reached.size()));
    }
    require_finite(time, "survival: times");
    if (time.empty()) throw too_few_values("survival: nobody, expected at least one");
    std::vector<std::size_t> order(time.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return time[i]; });
    std::vector<SurvivalStep> out;
    double survival = 1.0;
    double greenwood = 0.0;  // sum of d / (n (n - d))
    for (std::size_t begin = 0; begin < order.size();) {
        std::size_t end = begin;
        std::size_t n_events = 0;
        for (; end < order.size() && time[order[end]] == time[order[begin]]; ++end) {
            if (reached[order[end]]) ++n_events;
        }
        const std::size_t n_at_risk = order.size() - begin;
        if (n_events > 0) {
            const auto n = static_cast<double>(n_at_risk);
            const auto d = static_cast<double>(n_events);
            survival *= (n - d) / n;
            greenwood += n_events == n_at_risk ? 0.0 : d / (n * (n - d));
            out.push_back({time[order[begin]], n_at_risk, n_events, survival,
                           survival * std::sqrt(greenwood)});
        }
        begin = end;
    }
    return out;
}

}  // namespace tb::stats
