#include "compute/photometry/preprocess.hpp"

#include "src/signal/moments.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

template <class Function>
std::string type_of(const Function& function) {
    try {
        function();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::data);
        return error.type();
    }
    return "none";
}

TEST(OptionNames, AreThoseOfTheSpecAndNoOthers) {
    EXPECT_EQ(correction_named("subtract-divide"), Correction::subtract_divide);
    EXPECT_EQ(regression_loss_named("irls"), RegressionLoss::irls);
    EXPECT_EQ(isosbestic_mode_named("peer_sorted"), IsosbesticMode::peer_sorted);
    EXPECT_EQ(zscore_mode_named("median"), ZscoreMode::median);
    EXPECT_EQ(type_of([] { (void)correction_named("add"); }), "ValueError");
    EXPECT_EQ(type_of([] { (void)regression_loss_named(""); }), "ValueError");
    EXPECT_EQ(type_of([] { (void)isosbestic_mode_named("sorted"); }), "ValueError");
    EXPECT_EQ(type_of([] { (void)zscore_mode_named("robust"); }), "ValueError");
}

TEST(Corrected, FollowsItsMode) {
    const std::vector s = {6.0, 9.0, 2.0, 4.0, 10.0};
    const std::vector r = {2.0, 3.0, 4.0, 4.0, 5.0};
    EXPECT_EQ(corrected(s, r, Correction::subtract), (std::vector{4.0, 6.0, -2.0, 0.0, 5.0}));
    EXPECT_EQ(corrected(s, r, Correction::divide), (std::vector{3.0, 3.0, 0.5, 1.0, 2.0}));
    EXPECT_EQ(corrected(s, r, Correction::subtract_divide),
              (std::vector{2.0, 2.0, -0.5, 0.0, 1.0}));
    EXPECT_EQ(type_of([&] { (void)corrected(s, std::vector{1.0}, Correction::divide); }),
              "ValueError");
}

TEST(Lowpass, NeedsMoreThanTwelveSamples) {
    EXPECT_EQ(type_of([] { (void)lowpass(std::vector(12, 1.0), 30.0); }), "ValueError");
    EXPECT_EQ(lowpass(std::vector(13, 2.0), 30.0).size(), 13u);
}

TEST(SamplingRate, IsThatOfTheMedianInterval) {
    EXPECT_DOUBLE_EQ(sampling_rate_hz(std::vector{0.0, 0.5, 1.0, 9.0}), 2.0);
    EXPECT_EQ(type_of([] { (void)sampling_rate_hz(std::vector{1.0}); }), "ValueError");
    EXPECT_EQ(type_of([] { (void)sampling_rate_hz(std::vector{1.0, 1.0, 1.0}); }), "ValueError");
}

/// y = 2 x + 1 with a few outliers far above.
struct Scatter {
    std::vector<double> x;
    std::vector<double> y;
};
Scatter scatter() {
    Scatter out;
    for (int i = 0; i < 101; ++i) {
        out.x.push_back(0.01 * i);
        out.y.push_back(1.0 + 2.0 * out.x.back() + (i % 20 == 19 ? 50.0 : 0.0));
    }
    return out;
}

TEST(FitIsosbestic, OfLeastSquaresIsTheClosedForm) {
    const IsosbesticFit fit =
        fit_isosbestic(std::vector{0.0, 1.0, 2.0, 3.0}, std::vector{1.0, 3.0, 2.0, 4.0});
    EXPECT_DOUBLE_EQ(fit.slope, 0.8);
    EXPECT_DOUBLE_EQ(fit.intercept, 1.3);
    EXPECT_DOUBLE_EQ(fit.correlation, 0.64);
}

TEST(FitIsosbestic, OfRobustLossesIgnoresOutliers) {
    const Scatter s = scatter();
    for (const RegressionLoss loss : {RegressionLoss::mae, RegressionLoss::irls}) {
        const IsosbesticFit fit = fit_isosbestic(s.x, s.y, loss);
        EXPECT_NEAR(fit.slope, 2.0, 1e-5);
        EXPECT_NEAR(fit.intercept, 1.0, 1e-5);
    }
    // Pseudo-Huber with a small d: near the line, not on it; its gradient is 0 there.
    const double d = 0.1;
    const IsosbesticFit fit = fit_isosbestic(s.x, s.y, RegressionLoss::huber, d);
    double gradient_slope = 0.0;
    double gradient_intercept = 0.0;
    for (std::size_t i = 0; i < s.x.size(); ++i) {
        const double e = s.y[i] - fit.slope * s.x[i] - fit.intercept;
        const double pull = e / std::sqrt(1.0 + e * e / (d * d));
        gradient_slope += pull * s.x[i];
        gradient_intercept += pull;
    }
    EXPECT_NEAR(gradient_slope, 0.0, 1e-8);
    EXPECT_NEAR(gradient_intercept, 0.0, 1e-8);
    EXPECT_GT(fit_isosbestic(s.x, s.y).intercept, 2.0);  // least squares does not ignore them
}

TEST(FitIsosbestic, HandlesConstantsAndRefusesMissingSamples) {
    const IsosbesticFit fit =
        fit_isosbestic(std::vector(5, 2.0), std::vector{1.0, 2.0, 3.0, 4.0, 5.0});
    EXPECT_EQ(fit.slope, 0.0);
    EXPECT_DOUBLE_EQ(fit.intercept, 3.0);
    EXPECT_TRUE(std::isnan(fit.correlation));
    EXPECT_EQ(type_of([] {
                  (void)fit_isosbestic(std::vector{1.0, nan}, std::vector{1.0, 2.0});
              }),
              "ValueError");
    EXPECT_EQ(type_of([] { (void)fit_isosbestic({}, {}); }), "ValueError");
}

TEST(Zscore, DividesByThePopulationSdInBothModes) {
    const std::vector values = {0.0, 0.0, 0.0, 4.0};
    const std::vector<double> classic = zscore(values);
    EXPECT_DOUBLE_EQ(classic[3], 3.0 / std::sqrt(3.0));
    EXPECT_DOUBLE_EQ(zscore(values, ZscoreMode::median)[3], 4.0 / std::sqrt(3.0));
    EXPECT_TRUE(std::isnan(zscore(std::vector(4, 0.1))[0]));
}

TEST(Resample, StartsAtTheFirstSampleAndExcludesTheLast) {
    const Resampled out = resample(std::vector{10.0, 10.5, 11.0}, std::vector{0.0, 5.0, 10.0}, 4.0);
    ASSERT_EQ(out.values.size(), 4u);
    ASSERT_EQ(out.grid.n, 4u);
    EXPECT_DOUBLE_EQ(out.grid[3], 10.75);
    EXPECT_DOUBLE_EQ(out.values[3], 7.5);
    EXPECT_EQ(type_of([] { (void)resample(std::vector{1.0}, std::vector{1.0}); }), "ValueError");
    EXPECT_EQ(type_of([] {
                  (void)resample(std::vector{0.0, 1.0, 1.0}, std::vector{1.0, 2.0, 3.0});
              }),
              "ValueError");
    EXPECT_EQ(type_of([] {
                  (void)resample(std::vector{0.0, 1.0}, std::vector{1.0, 2.0}, 0.0);
              }),
              "ValueError");
    EXPECT_EQ(type_of([] {
                  (void)resample(std::vector{0.0, 1e12}, std::vector{1.0, 2.0});
              }),
              "ValueError");
}

/// A signal whose fast part is `share` of the reference's fast part plus its own.
struct Recording {
    std::vector<double> times, signal, reference, own;
};
Recording recording(std::size_t n) {
    Recording out;
    for (std::size_t i = 0; i < n; ++i) {
        const double t = 100.0 + static_cast<double>(i) / 30.0;
        const double motion = 0.02 * std::sin(2.7 * t) + 0.01 * std::sin(11.0 * t);
        out.times.push_back(t);
        out.own.push_back(0.05 * std::sin(5.1 * t + 1.0));
        const double decay = std::exp(-static_cast<double>(i) / 60000.0);
        out.reference.push_back(2.0 * decay * (1.0 + motion));
        out.signal.push_back(5.0 * decay * (1.0 + 0.5 * motion + out.own.back()));
    }
    return out;
}

TEST(Preprocess, FindsTheMotionAndTakesItAway) {
    const Recording r = recording(18000);
    PreprocessSteps steps;
    const Preprocessed out =
        preprocess(r.times, r.signal, r.times, r.reference, PreprocessParams(), &steps);
    EXPECT_NEAR(out.isosbestic.slope, 0.5, 0.02);
    EXPECT_NEAR(out.signal_rate_hz, 30.0, 1e-6);
    // What is left is the signal's own part, away from the ends, where a filter of 100 s has little
    // to go by.
    const std::span own(r.own);
    const std::span z(steps.z);
    const signal::JointMoments sums =
        signal::joint_moments_of(own.subspan(6000, 6000), z.subspan(6000, 6000));
    EXPECT_GT(sums.xy * sums.xy / (sums.xx * sums.yy), 0.99);
    const signal::Moments moments = signal::moments_of(steps.z);
    EXPECT_NEAR(moments.mean, 0.0, 1e-12);
    EXPECT_NEAR(moments.sd, 1.0, 1e-12);
    EXPECT_EQ(out.signal.grid.n, 17999u);
}

TEST(Preprocess, PeerModeSubtractsTheSortedFit) {
    const Recording r = recording(2000);
    PreprocessParams params;
    params.isosbestic_mode = IsosbesticMode::peer_sorted;
    PreprocessSteps steps;
    const Preprocessed out = preprocess(r.times, r.signal, r.times, r.reference, params, &steps);
    std::vector<double> sorted = steps.bleach_corrected_reference;
    std::ranges::sort(sorted);
    for (std::size_t i = 0; i < sorted.size(); i += 97) {
        EXPECT_DOUBLE_EQ(steps.isosbestic_corrected[i],
                         steps.bleach_corrected_signal[i] -
                             (out.isosbestic.slope * sorted[i] + out.isosbestic.intercept));
    }
}

TEST(Preprocess, FollowsItsCorrectionModes) {
    const Recording r = recording(1000);
    PreprocessParams params;
    params.bleach_correction = Correction::divide;
    params.isosbestic_correction = Correction::subtract_divide;
    params.zscore_mode = ZscoreMode::median;
    PreprocessSteps steps;
    const Preprocessed out = preprocess(r.times, r.signal, r.times, r.reference, params, &steps);
    const std::size_t i = 500;
    const double ratio = r.signal[i] / steps.lowpass_signal[i];
    EXPECT_NEAR(steps.bleach_corrected_signal[i], ratio, 1e-12);
    const double fit =
        out.isosbestic.slope * steps.bleach_corrected_reference[i] + out.isosbestic.intercept;
    EXPECT_NEAR(steps.isosbestic_corrected[i], (ratio - fit) / fit, 1e-12);
    std::vector<double> sorted = steps.z;
    std::ranges::sort(sorted);
    EXPECT_NEAR((sorted[499] + sorted[500]) / 2.0, 0.0, 1e-12);
}

TEST(Preprocess, RefusesWhatCannotBeProcessed) {
    Recording r = recording(100);
    const auto with = [](const Recording& x) {
        return type_of([&] { (void)preprocess(x.times, x.signal, x.times, x.reference); });
    };
    EXPECT_EQ(with(r), "none");
    Recording missing = r;
    missing.signal[5] = nan;
    EXPECT_EQ(with(missing), "ValueError");
    Recording no_reference = r;
    no_reference.reference.clear();
    EXPECT_EQ(with(no_reference), "ValueError");
    Recording unequal = r;
    unequal.reference.pop_back();
    EXPECT_EQ(with(unequal), "ValueError");
    Recording repeated = r;
    repeated.times[50] = repeated.times[49];
    EXPECT_EQ(with(repeated), "ValueError");
    Recording constant = r;
    std::ranges::fill(constant.signal, 0.0);
    EXPECT_EQ(with(constant), "ValueError");
    EXPECT_EQ(with(recording(12)), "ValueError");
}

}  // namespace
}  // namespace tb::compute::photometry
