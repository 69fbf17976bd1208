#include "src/stats/dunn.hpp"

#include "src/stats/pooled_ranks.hpp"

#include <cmath>

namespace tb::stats {

std::vector<double> dunn(Groups groups) {
    const PooledRanks pooled = pooled_ranks(groups, "Dunn's test");
    const double n = pooled.n;
    const double variance = n * (n + 1) / 12.0 - pooled.tie_sum / (12.0 * (n - 1));
    const std::size_t k = groups.size();
    std::vector<double> out(k * k, 1.0);
    for (std::size_t i = 0; i < k; ++i) {
        for (std::size_t j = i + 1; j < k; ++j) {
            const double per_value = 1.0 / static_cast<double>(groups[i].size()) +
                                     1.0 / static_cast<double>(groups[j].size());
            const double z =
                (pooled.mean_rank[i] - pooled.mean_rank[j]) / std::sqrt(variance * per_value);
            out[i * k + j] = out[j * k + i] = normal_two_sided_p(z);
        }
    }
    return out;
}

}  // namespace tb::stats
