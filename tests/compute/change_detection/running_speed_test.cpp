#include "compute/change_detection/running_speed.hpp"

#include "compute/change_detection/known_values.hpp"
#include "ingest/allen/raw_log.hpp"
#include "ingest/formats/npy.hpp"
#include "tests/compute/change_detection/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <gtest/gtest.h>

namespace tb::compute::change_detection {
namespace {

/// Samples at 50 Hz of a wheel that turns evenly: 0.1 V a frame from a supply of 5 V.
struct EvenWheel {
    std::vector<double> time_s, v_sig, v_in;
    explicit EvenWheel(std::size_t n, double step_v = 0.1) {
        double v = step_v > 0 ? 0.5 : 4.5;
        for (std::size_t i = 0; i < n; ++i) {
            time_s.push_back(0.02 * static_cast<double>(i));
            v_sig.push_back(v);
            v_in.push_back(5.0);
            v += step_v;
            if (v > 5.0) v -= 5.0;
            if (v < 0.0) v += 5.0;
        }
    }
};

std::string error_type(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        return error.type();
    }
    return "none";
}

TEST(EncoderWraps, AreJumpsBetweenTopAndBottom) {
    const EncoderWraps wraps =
        encoder_wraps(std::vector{1.0, 4.0, 1.0, 1.4, 2.0, 1.2, 3.6, 3.6, 1.5});
    EXPECT_EQ(wraps.positive, (std::vector<std::size_t>{2}));
    EXPECT_EQ(wraps.negative, (std::vector<std::size_t>{1, 6}));
    EXPECT_TRUE(encoder_wraps({}).positive.empty());
}

TEST(UnfilteredRunningSpeed, OfAnEvenlyTurningWheelIsItsSpeed) {
    const EvenWheel wheel(400);
    const std::vector<double> speed =
        unfiltered_running_speed(wheel.v_sig, wheel.v_in, wheel.time_s);
    // 0.1 V of 5 V every 20 ms: one turn a second, at 5.5033 cm from the axis.
    const double want = 2.0 * std::numbers::pi * 0.5 * (2.0 * 6.5 * 2.54 / 3.0);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan(speed[i])) << i;
    EXPECT_NEAR(speed[10], want, 1e-9);
    const EncoderWraps wraps = encoder_wraps(wheel.v_sig);
    ASSERT_FALSE(wraps.positive.empty());
    EXPECT_TRUE(wraps.negative.empty());
    const std::size_t wrap = wraps.positive.front();
    EXPECT_NEAR(speed[wrap], want, 1e-9) << "held to its neighbours";
    EXPECT_NEAR(speed.back(), want, 1e-9);
}

TEST(UnfilteredRunningSpeed, IsMissingAroundAJumpThatNoWheelMakes) {
    EvenWheel wheel(100, 0.01);
    wheel.v_sig[40] += 1.2;
    const std::vector<double> speed =
        unfiltered_running_speed(wheel.v_sig, wheel.v_in, wheel.time_s);
    EXPECT_FALSE(std::isnan(speed[39]));
    EXPECT_TRUE(std::isnan(speed[40]));
    EXPECT_TRUE(std::isnan(speed[41]));
    EXPECT_FALSE(std::isnan(speed[60]));
}

// known_troubles 1.5
TEST(UnfilteredRunningSpeed, TakesOneSurplusEncoderSampleAndRefusesTwo) {
    const EvenWheel wheel(50);
    const auto times = std::span(wheel.time_s);
    const auto shorter = [&](std::size_t n) {
        return unfiltered_running_speed(wheel.v_sig, wheel.v_in, times.first(n));
    };
    EXPECT_EQ(shorter(49).size(), 49u);
    EXPECT_EQ(error_type([&] { (void)shorter(48); }), "EncoderLength");
    std::vector<double> longer(wheel.time_s);
    longer.push_back(2.0);
    EXPECT_EQ(error_type([&] { (void)unfiltered_running_speed(wheel.v_sig, wheel.v_in, longer); }),
              "EncoderLength");
}

TEST(UnfilteredRunningSpeed, RefusesTimesThatDecrease) {
    EvenWheel wheel(50);
    wheel.time_s[20] = 0.0;
    EXPECT_EQ(
        error_type([&] { (void)unfiltered_running_speed(wheel.v_sig, wheel.v_in, wheel.time_s); }),
        "TimeOrder");
}

TEST(FilteredRunningSpeed, LeavesAConstantAndCountsMissingAsZero) {
    const std::vector<double> constant(100, 12.5);
    for (const double value : filtered_running_speed(constant)) EXPECT_NEAR(value, 12.5, 1e-9);
    const std::vector<double> missing(100, nan);
    for (const double value : filtered_running_speed(missing)) EXPECT_EQ(value, 0.0);
    const std::vector<double> few = filtered_running_speed(std::vector<double>(12, 1.0));
    ASSERT_EQ(few.size(), 12u);
    EXPECT_TRUE(std::ranges::all_of(few, [](double value) { return std::isnan(value); }));
}

TEST(FilterCoefficients, AreThoseOfTheSpecification) {
    const FilterCoefficients filter = filter_coefficients({});
    const std::vector<double> b = {0.006296971912, 0.018890915737, 0.018890915737, 0.006296971912};
    const std::vector<double> a = {1.0, -2.167721547939, 1.648006148089, -0.429908824851};
    ASSERT_EQ(filter.b.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_NEAR(filter.b[i], b[i], 1e-12);
        EXPECT_NEAR(filter.a[i], a[i], 1e-12);
    }
}

TEST(Polarity, IsTurnedWhereTheMouseWouldRunBackwards) {
    EXPECT_EQ(with_right_polarity({-3.0, -1.5, 0.0}), (std::vector{3.0, 1.5, -0.0}));
    EXPECT_EQ(with_right_polarity({-1.0, -1.0}), (std::vector{-1.0, -1.0})) << "only below -1";
    const std::vector<double> some = with_right_polarity({nan, -5.0});
    EXPECT_TRUE(std::isnan(some[0]));
    EXPECT_EQ(some[1], 5.0);
    EXPECT_FALSE(is_polarity_reversed(std::vector{nan, nan}));
}

// A real encoder (behaviour session 891635659, first 300 trials), its facts computed with NumPy
// from the specification: data/allen_raw_log/encoder_first_300_trials_facts.json.
TEST(RunningSpeed, OfARealWheelHasItsFacts) {
    TB_NEED_SHARED(shared);
    const auto folder = shared / "data/allen_raw_log";
    const ChangeRecording log = allen::read_raw_log(folder / "log_first_300_trials.json.gz");
    const auto encoder = formats::read_npz(folder / "encoder_first_300_trials.npz");
    const std::vector<double> v_sig = encoder.at("vsig").as_doubles();
    const std::vector<double> v_in = encoder.at("vin").as_doubles();
    ASSERT_EQ(v_sig.size(), 83739u);
    ASSERT_EQ(log.stimulus_frame_time_s.size(), 83738u) << "one sample longer";
    const EncoderWraps wraps = encoder_wraps(std::span(v_sig).first(83738));
    EXPECT_EQ(wraps.positive.size(), 13u);
    EXPECT_EQ(wraps.negative.size(), 4u);
    const std::vector<double> unfiltered =
        unfiltered_running_speed(v_sig, v_in, log.stimulus_frame_time_s);
    const KnownMoments moments = known_moments(unfiltered);
    EXPECT_EQ(unfiltered.size() - moments.n, 47u);
    EXPECT_NEAR(moments.mean, 0.21751435771833943, 1e-9);
    const std::vector<double> some = {0.0, -0.5486985044794134, 0.5471281701697285,
                                      -0.5468570018573699, 0.0};
    for (std::size_t i = 0; i < some.size(); ++i) EXPECT_NEAR(unfiltered[20000 + i], some[i], 1e-9);
    const std::vector<double> speed = filtered_running_speed(unfiltered);
    EXPECT_NEAR(known_moments(speed).mean, 0.21738784408088552, 1e-7);
    EXPECT_NEAR(*std::ranges::max_element(speed), 10.37490302062805, 1e-7);
    const std::vector<double> first = {-6.388351078554466e-05, -0.005011163563574625,
                                       -0.00951674583427078, -0.013116082085294677,
                                       -0.015308195732439363};
    for (std::size_t i = 0; i < first.size(); ++i) EXPECT_NEAR(speed[i], first[i], 1e-7);
    EXPECT_FALSE(is_polarity_reversed(speed));
}

}  // namespace
}  // namespace tb::compute::change_detection
