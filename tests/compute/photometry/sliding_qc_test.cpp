#include "compute/photometry/sliding_qc.hpp"

#include "src/signal/moments.hpp"
#include "trialbase/error.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

struct Recording {
    std::vector<double> times;
    std::vector<double> values;
};

Recording recording(double start_s, double length_s, double rate_hz) {
    Recording out;
    const auto n = static_cast<std::size_t>(length_s * rate_hz) + 1;
    for (std::size_t i = 0; i < n; ++i) {
        out.times.push_back(start_s + static_cast<double>(i) / rate_hz);
        out.values.push_back(1.0 + 0.001 * std::fmod(static_cast<double>(i * i), 101.0) +
                             0.0001 * static_cast<double>(i));
    }
    return out;
}

TEST(SlidingQc, HasAWindowPerStepThatEndsBeforeTheLastSample) {
    const Recording r = recording(50.0, 300.0, 10.0);
    const SlidingQc qc = sliding_qc(r.times, r.values);
    // Starts 50, 110, 170 (230 would equal the end of the range 350 - 120).
    ASSERT_EQ(qc.windows.size(), 3u);
    EXPECT_DOUBLE_EQ(qc.windows[2].start_s, 170.0);
    EXPECT_DOUBLE_EQ(qc.windows[2].centre_s, 230.0);
    // The second window by hand: samples 600..1799, detrended.
    std::vector<double> detrended(1200);
    signal::detrend(std::span(r.times).subspan(600, 1200), std::span(r.values).subspan(600, 1200),
                    detrended);
    EXPECT_DOUBLE_EQ(qc.windows[1].metrics.percentile_distance, percentile_distance(detrended));
    EXPECT_DOUBLE_EQ(qc.whole.percentile_distance, percentile_distance(r.values));
}

TEST(SlidingQc, KeepsWholeWindowAndReferenceValuesApart) {
    const Recording r = recording(0.0, 301.0, 10.0);
    const SlidingQc qc = sliding_qc(r.times, r.values);
    ASSERT_EQ(qc.windows.size(), 4u);
    double asymmetry = 0.0;
    double unique = 0.0;
    for (const QcWindow& window : qc.windows) {
        asymmetry += window.metrics.percentile_asymmetry_95;
        unique += window.metrics.n_unique_samples;
    }
    EXPECT_NEAR(qc.window_mean.percentile_asymmetry_95, asymmetry / 4.0, 1e-12);
    EXPECT_NEAR(qc.reference_aggregate.percentile_asymmetry,
                (asymmetry + qc.whole.percentile_asymmetry_75) / 5.0, 1e-12);
    EXPECT_NEAR(qc.reference_aggregate.n_unique_samples, (unique + qc.whole.n_unique_samples) / 5.0,
                1e-12);
}

TEST(SlidingQc, HasNoWindowsInAShortSignal) {
    const Recording r = recording(0.0, 119.0, 10.0);
    const SlidingQc qc = sliding_qc(r.times, r.values);
    EXPECT_TRUE(qc.windows.empty());
    EXPECT_TRUE(std::isnan(qc.window_mean.ar_score));
    EXPECT_DOUBLE_EQ(qc.reference_aggregate.ar_score, qc.whole.ar_score);
}

TEST(SlidingQc, PassesOverWindowsWithoutSamplesAndConstantSignals) {
    Recording r = recording(0.0, 130.0, 10.0);
    const Recording later = recording(1000.0, 130.0, 10.0);
    r.times.insert(r.times.end(), later.times.begin(), later.times.end());
    r.values.insert(r.values.end(), later.values.begin(), later.values.end());
    const SlidingQc qc = sliding_qc(r.times, r.values);
    EXPECT_TRUE(std::isnan(qc.windows[5].metrics.n_unique_samples));
    EXPECT_FALSE(std::isnan(qc.window_mean.n_unique_samples));

    const SlidingQc constant = sliding_qc(r.times, std::vector(r.times.size(), 0.7));
    EXPECT_DOUBLE_EQ(constant.whole.median_absolute_deviance, 0.0);
    EXPECT_TRUE(std::isnan(constant.whole.percentile_distance));
    EXPECT_TRUE(std::isnan(constant.reference_aggregate.ar_score));
    EXPECT_DOUBLE_EQ(constant.windows[0].metrics.n_unique_samples, 1.0 / 1200.0);
}

TEST(SlidingQc, MissingSamplesMakeOnlyTheirOwnWindowsUndefined) {
    Recording r = recording(0.0, 400.0, 10.0);
    r.values[100] = std::numeric_limits<double>::quiet_NaN();
    const SlidingQc qc = sliding_qc(r.times, r.values);
    EXPECT_TRUE(std::isnan(qc.whole.percentile_distance));
    EXPECT_TRUE(std::isnan(qc.windows[0].metrics.percentile_distance));
    EXPECT_FALSE(std::isnan(qc.windows[1].metrics.percentile_distance));
    EXPECT_FALSE(std::isnan(qc.reference_aggregate.percentile_distance));
}

TEST(SlidingQc, RefusesImpossibleInputs) {
    const std::vector times = {0.0, 1.0};
    const std::vector backwards = {1.0, 0.0};
    EXPECT_THROW((void)sliding_qc(times, std::vector{1.0}), Error);
    EXPECT_THROW((void)sliding_qc({}, {}), Error);
    EXPECT_THROW((void)sliding_qc(backwards, times), Error);
    EXPECT_THROW((void)sliding_qc(times, times, {.window_s = 0.0, .step_s = 60.0}), Error);
    EXPECT_THROW((void)sliding_qc(times, times, {.window_s = 120.0, .step_s = -1.0}), Error);
}

}  // namespace
}  // namespace tb::compute::photometry
