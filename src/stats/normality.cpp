#include "src/stats/normality.hpp"

#include <cmath>

#include <fmt/format.h>

namespace tb::stats {

namespace {

double skewness_z(double skewness, double n) {
    const double y = skewness * std::sqrt((n + 1) * (n + 3) / (6 * (n - 2)));
    const double beta2 =
        3 * (n * n + 27 * n - 70) * (n + 1) * (n + 3) / ((n - 2) * (n + 5) * (n + 7) * (n + 9));
    const double w2 = std::sqrt(2 * (beta2 - 1)) - 1;
    const double delta = 1 / std::sqrt(0.5 * std::log(w2));
    const double alpha = std::sqrt(2 / (w2 - 1));
    return delta * std::asinh(y / alpha);
}

double kurtosis_z(double kurtosis, double n) {
    const double expected = 3 * (n - 1) / (n + 1);
    const double variance = 24 * n * (n - 2) * (n - 3) / ((n + 1) * (n + 1) * (n + 3) * (n + 5));
    const double x = (kurtosis - expected) / std::sqrt(variance);
    const double skewness = 6 * (n * n - 5 * n + 2) / ((n + 7) * (n + 9)) *
                            std::sqrt(6 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3)));
    const double a = 6 + 8 / skewness * (2 / skewness + std::sqrt(1 + 4 / (skewness * skewness)));
    const double ratio = (1 - 2 / a) / (1 + x * std::sqrt(2 / (a - 4)));
    return (1 - 2 / (9 * a) - std::cbrt(ratio)) / std::sqrt(2 / (9 * a));
}

}  // namespace

TestResult dagostino_pearson(std::span<const double> values) {
    require_finite(values, "normality");
    if (values.size() < 8) {
        throw too_few_values(
            fmt::format("normality: {} values, expected at least 8", values.size()));
    }
    if (is_constant(values)) throw no_variance("normality: all values are equal");
    const auto n = static_cast<double>(values.size());
    const double mean = mean_of(values);
    double m2 = 0.0;
    double m3 = 0.0;
    double m4 = 0.0;
    for (const double value : values) {
        const double d = value - mean;
        m2 += d * d;
        m3 += d * d * d;
        m4 += d * d * d * d;
    }
    m2 /= n;
    m3 /= n;
    m4 /= n;
    const double z1 = skewness_z(m3 / std::pow(m2, 1.5), n);
    const double z2 = kurtosis_z(m4 / (m2 * m2), n);
    const double statistic = z1 * z1 + z2 * z2;
    return {statistic, std::exp(-statistic / 2)};
}

}  // namespace tb::stats
