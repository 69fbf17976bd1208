#include "src/stats/kruskal_wallis.hpp"

#include "src/stats/pooled_ranks.hpp"

namespace tb::stats {

TestResult kruskal_wallis(Groups groups) {
    const PooledRanks pooled = pooled_ranks(groups, "Kruskal-Wallis test");
    double sum = 0.0;
    for (std::size_t k = 0; k < groups.size(); ++k) {
        const auto n = static_cast<double>(groups[k].size());
        sum += n * pooled.mean_rank[k] * pooled.mean_rank[k];
    }
    const double n = pooled.n;
    const double untied = 12.0 / (n * (n + 1)) * sum - 3.0 * (n + 1);
    const double statistic = untied / (1.0 - pooled.tie_sum / (n * n * n - n));
    return {statistic, chi_squared_p(statistic, static_cast<double>(groups.size()) - 1.0)};
}

}  // namespace tb::stats
