#include "compute/photometry/quality_metrics.hpp"

#include "trialbase/missing.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

TEST(NUniqueSamples, IsAFractionAndCountsMissingAsOneValue) {
    EXPECT_DOUBLE_EQ(n_unique_samples(std::vector{1.0, 2.0, 2.0, 3.0}), 0.75);
    EXPECT_DOUBLE_EQ(n_unique_samples(std::vector{1.0, nan, nan, 1.0}), 0.5);
    EXPECT_TRUE(std::isnan(n_unique_samples({})));
}

// 0..8 and 100: mean 13.6, SD sqrt(mean of squares - mean^2) = sqrt(1020.4 - 184.96); median 4.5.
TEST(PercentileDistance, IsInUnitsOfThePopulationSd) {
    const std::vector values = {0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 100.0};
    const double sd = std::sqrt(1020.4 - 13.6 * 13.6);
    EXPECT_NEAR(percentile_distance(values), (8.0 + 0.55 * 92.0 - 4.5) / sd, 1e-12);
    EXPECT_NEAR(percentile_distance(values, 25.0, 75.0), (6.75 - 2.25) / sd, 1e-12);
    EXPECT_NEAR(percentile_asymmetry(values, 75.0), 1.0, 1e-12);
    EXPECT_NEAR(percentile_asymmetry(values), (8.0 + 0.55 * 92.0 - 4.5) / (4.5 - 0.45), 1e-12);
}

TEST(PercentileAsymmetry, IsInfiniteOrUndefinedWhereItsDivisorIsZero) {
    EXPECT_TRUE(std::isinf(percentile_asymmetry(std::vector{0.0, 0.0, 0.0, 1.0, 2.0}, 75.0)));
    EXPECT_TRUE(std::isnan(
        percentile_asymmetry(std::vector{0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 9.0}, 75.0)));
    EXPECT_TRUE(std::isnan(percentile_asymmetry(std::vector(10, 0.3))));
}

// y[i] = y[i - 1] - y[i - 2] exactly, disturbed once: the share explained is less than 1 by the
// residuals of the fit, worked out here by the normal equations in long double.
TEST(ArScore, IsTheShareOfVarianceThatTwoSamplesBeforeExplain) {
    std::vector<double> y = {1.0, 2.0};
    for (int i = 2; i < 60; ++i) {
        y.push_back(y[y.size() - 1] - y[y.size() - 2] + 0.01 * std::cos(3.7 * i * i));
    }
    long double aa = 0, ab = 0, bb = 0, ay = 0, by = 0, sum = 0;
    const std::size_t rows = y.size() - 2;
    for (std::size_t i = 0; i < rows; ++i) {
        aa += y[i] * y[i];
        ab += y[i] * y[i + 1];
        bb += y[i + 1] * y[i + 1];
        ay += y[i] * y[i + 2];
        by += y[i + 1] * y[i + 2];
        sum += y[i + 2];
    }
    const long double det = aa * bb - ab * ab;
    const long double a = (ay * bb - by * ab) / det;
    const long double b = (by * aa - ay * ab) / det;
    long double error = 0, total = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        const long double residual = y[i + 2] - a * y[i] - b * y[i + 1];
        error += residual * residual;
        total += (y[i + 2] - sum / rows) * (y[i + 2] - sum / rows);
    }
    EXPECT_NEAR(ar_score(y), static_cast<double>(1 - error / total), 1e-13);
    // An offset a million times the signal: no intercept, so the score changes, but stays right.
    for (double& value : y) value += 1e6;
    EXPECT_GT(ar_score(y), 0.0);
}

TEST(ArScore, IsUndefinedWhereTheFitIs) {
    EXPECT_TRUE(std::isnan(ar_score(std::vector(50, 0.1))));
    EXPECT_TRUE(std::isnan(ar_score(std::vector{1.0, 2.0, 4.0, 1.0})));  // two rows, two predictors
    std::vector<double> alternating;
    for (int i = 0; i < 50; ++i) alternating.push_back(i % 2 == 0 ? 1.0 : -1.0);
    EXPECT_TRUE(std::isnan(ar_score(alternating)));  // collinear
    std::vector<double> period_four;
    for (int i = 0; i < 48; ++i) period_four.push_back(i % 4 == 0 ? 1.0 : i % 4 == 2 ? -1.0 : 0.0);
    EXPECT_TRUE(std::isnan(ar_score(period_four)));  // SSE is exactly 0
    EXPECT_TRUE(std::isnan(ar_score(std::vector{1.0, nan, 2.0, 4.0, 3.0, 9.0})));
}

TEST(SignalMetrics, AreThoseOfTheSingleFunctions) {
    signal::ValueSorter sorter;
    std::vector<double> values;
    for (int i = 0; i < 999; ++i) values.push_back(std::round(100.0 * std::sin(0.01 * i * i)));
    const SignalMetrics metrics = signal_metrics(values, sorter);
    EXPECT_DOUBLE_EQ(metrics.n_unique_samples, n_unique_samples(values));
    EXPECT_DOUBLE_EQ(metrics.median_absolute_deviance, median_absolute_deviance(values));
    EXPECT_DOUBLE_EQ(metrics.percentile_distance, percentile_distance(values));
    EXPECT_DOUBLE_EQ(metrics.percentile_asymmetry_75, percentile_asymmetry(values, 75.0));
    EXPECT_DOUBLE_EQ(metrics.percentile_asymmetry_95, percentile_asymmetry(values));
    EXPECT_DOUBLE_EQ(metrics.ar_score, ar_score(values));
    values[7] = nan;
    EXPECT_TRUE(std::isnan(signal_metrics(values, sorter).percentile_distance));
    EXPECT_TRUE(std::isnan(signal_metrics({}, sorter).n_unique_samples));
}

TEST(ExpectedMaximum, CountsWhatIsBeyondIt) {
    std::vector<double> values(100, 0.0);
    values[3] = 10.0;
    values[4] = -8.0;
    // Mean 0.02, SD sqrt(1.64 - 0.0004).
    const double bound = 0.02 + std::sqrt(1.64 - 0.0004) * std::sqrt(2.0 * std::log(100.0));
    EXPECT_EQ(n_expmax_violations(values), 2.0);
    EXPECT_NEAR(expmax_violation(values), (10.0 + 8.0) / 2.0 - bound, 1e-12);
    EXPECT_EQ(expmax_violation(std::vector(10, 1.0)), 0.0);
}

TEST(SpectralMetrics, TellATone) {
    std::vector<double> times, tone;
    for (int i = 0; i < 300; ++i) {
        times.push_back(i / 30.0);
        tone.push_back(5.0 + std::sin(2.0 * std::numbers::pi * 1.0 * times.back()));
    }
    EXPECT_NEAR(low_freq_power_ratio(times, tone), 1.0, 1e-12);
    EXPECT_NEAR(low_freq_power_ratio(times, tone, 0.5), 0.0, 1e-12);
    EXPECT_NEAR(spectral_entropy(tone), 1.0, 1e-9);
    EXPECT_TRUE(std::isnan(low_freq_power_ratio(times, std::vector(300, 0.1))));
}

TEST(NEdges, CountsStepsAndNoSlopes) {
    std::vector<double> values;
    for (int i = 0; i < 400; ++i) values.push_back(0.01 * std::sin(0.9 * i));
    EXPECT_EQ(n_edges(values), 0.0);
    for (std::size_t i = 100; i < 103; ++i) values[i] += 5.0;
    EXPECT_GE(n_edges(values), 1.0);
    EXPECT_EQ(n_edges(std::vector{1.0, 5.0, 1.0}), 0.0);
}

TEST(SignalSkew, IsBiasedAndUndefinedForConstants) {
    // 0, 0, 3: deviations -1, -1, 2; m2 = 2, m3 = 2; 2/2^1.5.
    EXPECT_NEAR(signal_skew(std::vector{0.0, 0.0, 3.0}), 1.0 / std::sqrt(2.0), 1e-14);
    EXPECT_TRUE(std::isnan(signal_skew(std::vector(30, 0.1))));
}

}  // namespace
}  // namespace tb::compute::photometry
