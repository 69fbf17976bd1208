#include "compute/imaging/openscope/thirds.hpp"

#include "src/signal/order_statistics.hpp"
#include "trialbase/error.hpp"

#include <algorithm>

namespace tb::compute::imaging::openscope {

std::array<HalfOpenRange, 3> thirds(std::span<const std::size_t> segments) {
    if (segments.empty()) {
        throw Error(ErrorKind::data, "thirds: no segments, expected at least one",
                    "Ask for what this session's stimulus table holds.", "NoSegments");
    }
    std::vector<double> sorted(segments.begin(), segments.end());
    std::ranges::sort(sorted);
    std::array<HalfOpenRange, 3> out;
    for (std::size_t t = 0; t < out.size(); ++t) {
        const auto edge = [&](std::size_t i) {
            return signal::quantile_of_sorted(sorted, static_cast<double>(i) / 3.0);
        };
        out[t] = {edge(t), edge(t + 1) + 1.0};
    }
    return out;
}

}  // namespace tb::compute::imaging::openscope
