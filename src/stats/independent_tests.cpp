#include "src/stats/independent_tests.hpp"

#include "src/stats/ranks.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <boost/math/distributions/students_t.hpp>
#include <fmt/format.h>

namespace tb::stats {

namespace {

void require_both(std::span<const double> first, std::span<const double> second, const char* what) {
    if (first.empty() || second.empty()) {
        throw too_few_values(fmt::format("{}: groups of {} and {} values, expected at least one",
                                         what, first.size(), second.size()));
    }
    require_finite(first, what);
    require_finite(second, what);
}

/// Chance that U of the first group is at most u, when all orders are equally likely.
double exact_tail(std::size_t n_first, std::size_t n_second, std::size_t u) {
    // ways[k][s]: choices of k of the ranks seen so far whose U is s. U counts, for each value of
    // the first group, the values of the second below it.
    const std::size_t greatest = n_first * n_second;
    std::vector<std::vector<double>> ways(n_first + 1, std::vector<double>(greatest + 1, 0.0));
    ways[0][0] = 1.0;
    for (std::size_t rank = 0; rank < n_first + n_second; ++rank) {
        for (std::size_t k = std::min(rank, n_first - 1) + 1; k-- > 0;) {
            // The next value is the (k + 1)th of the first group: rank - k of the second are below.
            const std::size_t below = rank - k;
            if (below > n_second) continue;
            for (std::size_t s = 0; s + below <= greatest; ++s) {
                ways[k + 1][s + below] += ways[k][s];
            }
        }
    }
    double total = 0.0;
    double tail = 0.0;
    for (std::size_t s = 0; s <= greatest; ++s) {
        total += ways[n_first][s];
        if (s <= u) tail += ways[n_first][s];
    }
    return tail / total;
}

}  // namespace

TestResult independent_t_test(std::span<const double> first, std::span<const double> second) {
    require_both(first, second, "t test");
    const auto n0 = static_cast<double>(first.size());
    const auto n1 = static_cast<double>(second.size());
    if (n0 + n1 < 3.0) throw too_few_values("t test: 2 values, expected at least 3");
    const double squares = sum_of_squares(first) + sum_of_squares(second);
    if (squares == 0.0) throw no_variance("t test: all values of a group are equal, in both");
    const double degrees = n0 + n1 - 2.0;
    const double error = std::sqrt(squares / degrees * (1.0 / n0 + 1.0 / n1));
    const double t = (mean_of(first) - mean_of(second)) / error;
    const boost::math::students_t distribution(degrees);
    return {t, 2.0 * boost::math::cdf(boost::math::complement(distribution, std::abs(t)))};
}

TestResult mann_whitney(std::span<const double> first, std::span<const double> second) {
    require_both(first, second, "rank-sum test");
    std::vector<double> all(first.begin(), first.end());
    all.insert(all.end(), second.begin(), second.end());
    if (is_constant(all)) throw no_variance("rank-sum test: all values are equal");
    const Ranks ranks = ranks_of(all);
    double sum = 0.0;
    for (std::size_t i = 0; i < first.size(); ++i) sum += ranks.rank[i];
    const auto n0 = static_cast<double>(first.size());
    const auto n1 = static_cast<double>(second.size());
    const double u = sum - n0 * (n0 + 1.0) / 2.0;
    const double greater = std::max(u, n0 * n1 - u);
    if (ranks.tie_sum == 0.0 && std::min(first.size(), second.size()) <= 8) {
        const auto lesser = static_cast<std::size_t>(std::lround(n0 * n1 - greater));
        // Either group counts the same; the smaller one takes fewer steps.
        const std::size_t few = std::min(first.size(), second.size());
        const std::size_t many = std::max(first.size(), second.size());
        return {u, std::min(1.0, 2.0 * exact_tail(few, many, lesser))};
    }
    const double n = n0 + n1;
    const double sd = std::sqrt(n0 * n1 / 12.0 * (n + 1.0 - ranks.tie_sum / (n * (n - 1.0))));
    const double z = (greater - n0 * n1 / 2.0 - 0.5) / sd;
    return {u, std::min(1.0, z < 0.0 ? 2.0 - normal_two_sided_p(z) : normal_two_sided_p(z))};
}

}  // namespace tb::stats
