#include "src/stats/pooled_ranks.hpp"

#include "src/stats/ranks.hpp"

#include <fmt/format.h>

namespace tb::stats {

PooledRanks pooled_ranks(Groups groups, std::string_view test) {
    require_groups(groups, test);
    std::vector<double> all;
    for (const std::vector<double>& group : groups) {
        all.insert(all.end(), group.begin(), group.end());
    }
    if (is_constant(all)) {
        throw no_variance(fmt::format("{}: all values of all groups are equal", std::string(test)));
    }
    const Ranks ranks = ranks_of(all);
    PooledRanks out;
    out.tie_sum = ranks.tie_sum;
    out.n = static_cast<double>(all.size());
    auto next = std::span<const double>(ranks.rank);
    for (const std::vector<double>& group : groups) {
        out.mean_rank.push_back(mean_of(next.first(group.size())));
        next = next.subspan(group.size());
    }
    return out;
}

}  // namespace tb::stats
