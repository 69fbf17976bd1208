#include "src/stats/correlation.hpp"

#include "src/stats/ranks.hpp"

#include <algorithm>
#include <cmath>

#include <boost/math/special_functions/beta.hpp>
#include <fmt/format.h>

namespace tb::stats {

namespace {

void require_pairs(std::span<const double> x, std::span<const double> y) {
    if (x.size() != y.size()) {
        throw value_error(fmt::format("correlation: {} and {} values, expected as many of either",
                                      x.size(), y.size()));
    }
    require_finite(x, "correlation: first measure");
    require_finite(y, "correlation: second measure");
    if (x.size() < 3) {
        throw too_few_values(fmt::format("correlation: {} pairs, expected at least 3", x.size()));
    }
    if (is_constant(x)) throw no_variance("correlation: all values of the first measure are equal");
    if (is_constant(y)) {
        throw no_variance("correlation: all values of the second measure are equal");
    }
}

/// Distances to the mean, as a vector of length 1.
std::vector<double> standardised(std::span<const double> values) {
    const double mean = mean_of(values);
    const double length = std::sqrt(sum_of_squares(values));
    std::vector<double> out;
    for (const double value : values) out.push_back((value - mean) / length);
    return out;
}

}  // namespace

TestResult pearson(std::span<const double> x, std::span<const double> y) {
    require_pairs(x, y);
    const std::vector<double> u = standardised(x);
    const std::vector<double> v = standardised(y);
    double r = 0.0;
    for (std::size_t i = 0; i < u.size(); ++i) r += u[i] * v[i];
    // 1 - r^2 as what the line leaves, for near 1 the difference is all rounding.
    double left = 0.0;
    for (std::size_t i = 0; i < u.size(); ++i) left += (v[i] - r * u[i]) * (v[i] - r * u[i]);
    const double half_degrees = (static_cast<double>(x.size()) - 2.0) / 2.0;
    return {std::clamp(r, -1.0, 1.0),
            boost::math::ibeta(half_degrees, 0.5, std::clamp(left, 0.0, 1.0))};
}

TestResult spearman(std::span<const double> x, std::span<const double> y) {
    require_pairs(x, y);
    return pearson(ranks_of(x).rank, ranks_of(y).rank);
}

}  // namespace tb::stats
