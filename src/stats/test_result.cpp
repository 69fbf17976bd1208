#include "src/stats/test_result.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <fmt/format.h>

namespace tb::stats {

Error too_few_values(const std::string& message) {
    return Error(ErrorKind::data, message, {}, "TooFewValues");
}

Error no_variance(const std::string& message) {
    return Error(ErrorKind::data, message, {}, "NoVariance");
}

void require_finite(std::span<const double> values, std::string_view what) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) {
            throw Error(ErrorKind::data,
                        fmt::format("{}: value {} of {} is {}, expected finite numbers",
                                    std::string(what), i + 1, values.size(), values[i]),
                        "Leave missing values out first.", "ValueError");
        }
    }
}

void require_groups(Groups groups, std::string_view what) {
    if (groups.size() < 2) {
        throw too_few_values(
            fmt::format("{}: {} groups, expected at least two", std::string(what), groups.size()));
    }
    for (std::size_t k = 0; k < groups.size(); ++k) {
        if (groups[k].empty()) {
            throw too_few_values(
                fmt::format("{}: group {} of {} has no values, expected at least one",
                            std::string(what), k + 1, groups.size()));
        }
        require_finite(groups[k], fmt::format("{}: group {}", std::string(what), k + 1));
    }
}

bool is_constant(std::span<const double> values) {
    return !values.empty() &&
           std::ranges::all_of(values, [&](double value) { return value == values.front(); });
}

double normal_two_sided_p(double z) {
    return std::erfc(std::abs(z) / std::numbers::sqrt2);
}

double chi_squared_p(double x, double degrees_of_freedom) {
    const boost::math::chi_squared distribution(degrees_of_freedom);
    return boost::math::cdf(boost::math::complement(distribution, std::max(x, 0.0)));
}

double f_p(double f, double numerator_degrees, double denominator_degrees) {
    const boost::math::fisher_f distribution(numerator_degrees, denominator_degrees);
    return boost::math::cdf(boost::math::complement(distribution, std::max(f, 0.0)));
}

double mean_of(std::span<const double> values) {
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

double sum_of_squares(std::span<const double> values) {
    // The mean of equal values may be off by a rounding, which would leave a spread of none.
    if (values.empty() || is_constant(values)) return 0.0;
    const double mean = mean_of(values);
    double sum = 0.0;
    for (const double value : values) sum += (value - mean) * (value - mean);
    return sum;
}

}  // namespace tb::stats
