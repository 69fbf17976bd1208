#include "src/stats/wilcoxon.hpp"

#include "src/stats/ranks.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace tb::stats {

namespace {

/// Chance, both sides, of a sum at most this small when each rank's sign is a fair coin.
double exact_p(const std::vector<double>& ranks, double lesser) {
    // Shared ranks are whole or half, so twice the sums are whole numbers.
    std::vector<std::size_t> doubled;
    for (const double rank : ranks) {
        doubled.push_back(static_cast<std::size_t>(std::lround(2.0 * rank)));
    }
    const std::size_t total = std::accumulate(doubled.begin(), doubled.end(), std::size_t{0});
    std::vector<double> chance(total + 1, 0.0);
    chance[0] = 1.0;
    for (const std::size_t rank : doubled) {
        // Downwards, so that what is read has not yet heard of this rank.
        for (std::size_t sum = total + 1; sum-- > 0;) {
            chance[sum] = 0.5 * (chance[sum] + (sum >= rank ? chance[sum - rank] : 0.0));
        }
    }
    const auto bound = static_cast<std::size_t>(std::lround(2.0 * lesser));
    double p = 0.0;
    for (std::size_t sum = 0; sum <= bound; ++sum) p += chance[sum];
    return std::min(1.0, 2.0 * p);
}

double normal_p(double n, double tie_sum, double lesser) {
    const double mean = n * (n + 1) / 4.0;
    const double variance = (n * (n + 1) * (2 * n + 1) - 0.5 * tie_sum) / 24.0;
    return normal_two_sided_p((lesser - mean) / std::sqrt(variance));
}

}  // namespace

TestResult wilcoxon_signed_rank(std::span<const double> first, std::span<const double> second,
                                WilcoxonMethod method) {
    if (first.size() != second.size()) {
        throw value_error(
            fmt::format("signed-rank test: {} and {} values, expected as many of either",
                        first.size(), second.size()));
    }
    require_finite(first, "signed-rank test: first values");
    require_finite(second, "signed-rank test: second values");
    if (first.empty()) throw too_few_values("signed-rank test: no pairs, expected at least one");
    std::vector<double> differences;
    std::vector<double> sizes;
    for (std::size_t i = 0; i < first.size(); ++i) {
        const double difference = first[i] - second[i];
        if (difference == 0.0) continue;
        differences.push_back(difference);
        sizes.push_back(std::abs(difference));
    }
    if (differences.empty()) throw no_variance("signed-rank test: no pair differs");
    const Ranks ranks = ranks_of(sizes);
    double positive = 0.0;
    double negative = 0.0;
    for (std::size_t i = 0; i < differences.size(); ++i) {
        (differences[i] > 0.0 ? positive : negative) += ranks.rank[i];
    }
    const double lesser = std::min(positive, negative);
    const bool is_exact = method == WilcoxonMethod::exact ||
                          (method == WilcoxonMethod::automatic && first.size() <= 50 &&
                           differences.size() == first.size());
    if (is_exact) return {lesser, exact_p(ranks.rank, lesser)};
    return {lesser, normal_p(static_cast<double>(differences.size()), ranks.tie_sum, lesser)};
}

}  // namespace tb::stats
