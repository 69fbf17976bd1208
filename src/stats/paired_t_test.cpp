#include "src/stats/paired_t_test.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/math/distributions/students_t.hpp>
#include <fmt/format.h>

namespace tb::stats {

TestResult paired_t_test(std::span<const double> first, std::span<const double> second) {
    if (first.size() != second.size()) {
        throw value_error(fmt::format("paired t test: {} and {} values, expected as many of either",
                                      first.size(), second.size()));
    }
    require_finite(first, "paired t test: first values");
    require_finite(second, "paired t test: second values");
    if (first.size() < 2) {
        throw too_few_values(
            fmt::format("paired t test: {} pairs, expected at least 2", first.size()));
    }
    std::vector<double> differences;
    double greatest = 0.0;
    for (std::size_t i = 0; i < first.size(); ++i) {
        differences.push_back(first[i] - second[i]);
        greatest = std::max({greatest, std::abs(first[i]), std::abs(second[i])});
    }
    const auto n = static_cast<double>(differences.size());
    const double squares = sum_of_squares(differences);
    // Equal differences of decimal numbers differ by their rounding, which is no spread.
    const double rounding = 4.0 * std::numeric_limits<double>::epsilon() * greatest;
    if (squares <= n * rounding * rounding) {
        throw no_variance("paired t test: all differences are equal");
    }
    const double t = mean_of(differences) / std::sqrt(squares / (n - 1.0) / n);
    const boost::math::students_t distribution(n - 1.0);
    return {t, 2.0 * boost::math::cdf(boost::math::complement(distribution, std::abs(t)))};
}

}  // namespace tb::stats
