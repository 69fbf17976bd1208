#include "src/stats/ranks.hpp"

#include <algorithm>
#include <numeric>

namespace tb::stats {

Ranks ranks_of(std::span<const double> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
    Ranks out{std::vector<double>(values.size()), 0.0};
    for (std::size_t begin = 0; begin < order.size();) {
        std::size_t end = begin + 1;
        while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
        const double shared = (static_cast<double>(begin) + static_cast<double>(end) + 1.0) / 2.0;
        for (std::size_t i = begin; i < end; ++i) out.rank[order[i]] = shared;
        const auto tied = static_cast<double>(end - begin);
        out.tie_sum += tied * tied * tied - tied;
        begin = end;
    }
    return out;
}

}  // namespace tb::stats
