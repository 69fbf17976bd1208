#include "compute/task/wheel.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

std::string error_type(const auto& work) {
    try {
        work();
    } catch (const Error& error) {
        return error.type();
    }
    return "no error";
}

TEST(WheelUnits, ConvertAsTheWheelIsBuilt) {
    EXPECT_NEAR(samples_to_cm(4096.0), std::numbers::pi * 6.2, 1e-12);
    EXPECT_NEAR(samples_to_cm(1024.0, 1024.0), std::numbers::pi * 6.2, 1e-12);
    EXPECT_NEAR(cm_to_rad(std::numbers::pi * 6.2), 2.0 * std::numbers::pi, 1e-12);
    EXPECT_NEAR(cm_to_degrees(std::numbers::pi * 6.2), 360.0, 1e-12);
}

TEST(InterpolatedPosition, JoinsSamplesByLines) {
    const auto found =
        interpolated_position(std::vector{10.0, 10.05, 10.2}, std::vector{0.0, 1.0, 4.0}, 100.0);
    ASSERT_EQ(found.times.n, 20u);
    EXPECT_DOUBLE_EQ(found.times[0], 10.0);
    EXPECT_NEAR(found.position[3], 0.6, 1e-9);
    EXPECT_NEAR(found.position[15], 3.0, 1e-9);
}

TEST(InterpolatedPosition, IsThatOfASearchForEveryPoint) {
    std::mt19937_64 random(5);
    std::exponential_distribution<double> wait(1.0);
    std::normal_distribution<double> normal;
    for (const double rate : {30.0, 100.0, 1000.0}) {
        for (const std::size_t n : {2u, 3u, 5u, 1024u, 1025u, 1026u, 5000u}) {
            std::vector<double> times = {4000.25};
            std::vector<double> position = {0.0};
            for (std::size_t i = 1; i < n; ++i) {
                // Bursts, gaps, samples on grid points, and samples at the same time.
                const double step = i % 17 == 0   ? 0.0
                                    : i % 5 == 0  ? 0.01
                                    : i % 90 == 1 ? 2.0 * wait(random)
                                                  : 0.004 * wait(random);
                times.push_back(times.back() + step);
                position.push_back(position.back() + normal(random));
            }
            if (times.back() - times.front() < 1.5 / rate) times.back() += 0.5;
            const auto found = interpolated_position(times, position, rate);
            ASSERT_GT(found.times.n, 0u);
            EXPECT_EQ(found.position.size(), found.times.n);
            EXPECT_LE(found.times[found.times.n - 1], times.back());
            EXPECT_LT(times.back() - found.times[found.times.n - 1], 1.001 / rate);
            for (std::size_t i = 0; i < found.times.n; ++i) {
                const double t = found.times[i];
                const auto next = std::ranges::upper_bound(times, t);
                double want = position.back();
                if (next != times.end()) {
                    const auto at = static_cast<std::size_t>(next - times.begin()) - 1;
                    want = position[at] + (position[at + 1] - position[at]) * (t - times[at]) /
                                              (times[at + 1] - times[at]);
                }
                ASSERT_NEAR(found.position[i], want, 1e-9) << rate << " " << n << " " << i;
            }
        }
    }
}

TEST(InterpolatedPosition, RefusesWhatHasNoGrid) {
    const std::vector<double> two = {0.0, 1.0};
    EXPECT_EQ(error_type([&] { (void)interpolated_position(two, std::vector{0.0}, 100.0); }),
              "ValueError");
    EXPECT_EQ(error_type([] { (void)interpolated_position({}, {}, 100.0); }), "ValueError");
    EXPECT_EQ(error_type([&] {
                  (void)interpolated_position(std::vector{1.0, 1.0}, two, 100.0);
              }),
              "ValueError");
    EXPECT_EQ(error_type([&] {
                  (void)interpolated_position(std::vector{1.0, 0.0}, two, 100.0);
              }),
              "ValueError");
    EXPECT_EQ(error_type([&] {
                  (void)interpolated_position(std::vector{0.0, nan}, two, 100.0);
              }),
              "ValueError");
    EXPECT_EQ(error_type([&] { (void)interpolated_position(two, two, 0.0); }), "ValueError");
    EXPECT_EQ(error_type([&] {
                  (void)interpolated_position(std::vector{0.0, 1e12}, two, 100.0);
              }),
              "ValueError");
    std::vector<double> dip = {0.0, 1.0, 2.0, 3.0, 2.5, 4.0, 5.0, 6.0};
    EXPECT_EQ(error_type([&] { (void)interpolated_position(dip, dip, 100.0); }), "ValueError");
    dip[4] = nan;
    EXPECT_EQ(error_type([&] { (void)interpolated_position(dip, dip, 100.0); }), "ValueError");
}

TEST(WheelMotion, OfASteadyTurnIsItsSpeed) {
    std::vector<double> position(1000);
    for (std::size_t i = 0; i < 1000; ++i) position[i] = 0.03 * static_cast<double>(i);
    const WheelMotion motion = wheel_motion(position, 100.0);
    EXPECT_EQ(motion.velocity[0], 0.0);
    for (std::size_t i = 100; i < 900; ++i) {
        EXPECT_NEAR(motion.velocity[i], 3.0, 1e-9);
        EXPECT_NEAR(motion.acceleration[i], 0.0, 1e-6);
    }
    EXPECT_EQ(error_type([] { (void)wheel_motion(std::vector<double>(27, 0.0), 100.0); }),
              "ValueError");
    EXPECT_EQ(wheel_motion(std::vector<double>(28, 0.0), 100.0).velocity.size(), 28u);
}

TEST(WheelVelocity, IsThatOfItsSteps) {
    std::mt19937_64 random(9);
    std::exponential_distribution<double> wait(60.0);
    std::vector<double> times = {100.0}, position = {0.0};
    for (int i = 1; i < 20000; ++i) {
        times.push_back(times.back() + wait(random));
        position.push_back(std::sin(times.back()) + 0.1 * std::sin(20.0 * times.back()));
    }
    const WheelVelocity found = wheel_velocity(times, position);
    const EvenPosition even = interpolated_position(times, position, 100.0);
    const WheelMotion motion = wheel_motion(even.position, 100.0);
    ASSERT_EQ(found.velocity.size(), motion.velocity.size());
    for (std::size_t i = 0; i < found.velocity.size(); ++i) {
        // Single precision of values up to 4.
        ASSERT_NEAR(found.velocity[i], motion.velocity[i], 1e-6);
    }
}

TEST(WheelTrialMatrix, MovesSamplesWhenTimesAreRoundedAsTheReferenceRoundsThem) {
    // At 20000 s single precision has steps of 2 ms: a sample 1 ms before an event may come to lie
    // on its other side.
    EvenTimes times = photometry::even_times(20000.0, 100.0, 2000);
    std::vector<float> velocity(times.n);
    for (std::size_t i = 0; i < velocity.size(); ++i) velocity[i] = static_cast<float>(i);
    std::vector<double> begin, end;
    for (int i = 0; i < 20; ++i) {
        begin.push_back(20002.0031 + 0.7131 * i);
        end.push_back(begin.back() + 0.5);
    }
    const auto exact = wheel_trial_matrix(times, velocity, begin, end);
    EXPECT_EQ(exact.n_samples(), 50u);
    for (std::size_t i = 0; i < begin.size(); ++i) {
        const auto first = static_cast<std::size_t>(std::ceil((begin[i] - 20000.0) * 100.0 - 1e-6));
        EXPECT_EQ(exact.row(i)[0], static_cast<float>(first));
    }
    const auto rounded = wheel_trial_matrix(times, velocity, begin, end, TimePrecision::float32);
    EXPECT_NE(exact.values, rounded.values);
    // The rate is the median of rounded intervals there.
    EXPECT_NE(rounded.rate_hz, 0);
    EXPECT_EQ(time_precision_named("float32"), TimePrecision::float32);
    EXPECT_THROW((void)time_precision_named("half"), Error);
}

TEST(WheelPeakVelocities, AreThoseOfTheMatrix) {
    EvenTimes times = photometry::even_times(50.0, 100.0, 3000);
    std::vector<float> velocity(times.n);
    for (std::size_t i = 0; i < velocity.size(); ++i) {
        velocity[i] = static_cast<float>(std::sin(0.01 * static_cast<double>(i)));
    }
    const std::vector<double> begin = {51.0, nan, 60.0, 79.5, 61.0};
    const std::vector<double> end = {52.5, 53.0, 60.2, 79.6, nan};
    for (const auto precision : {TimePrecision::float64, TimePrecision::float32}) {
        const auto matrix = wheel_trial_matrix(times, velocity, begin, end, precision);
        const auto want = row_peaks(matrix.values, matrix.n_samples());
        const auto got = wheel_peak_velocities(times, velocity, begin, end, precision);
        ASSERT_EQ(got.size(), 5u);
        for (std::size_t i = 0; i < 5; ++i) {
            EXPECT_TRUE(want[i] == got[i] || (std::isnan(want[i]) && std::isnan(got[i]))) << i;
        }
        EXPECT_TRUE(std::isnan(got[1]));
        EXPECT_TRUE(std::isnan(got[3]));  // the longest trial does not fit behind it
    }
    EXPECT_THROW((void)wheel_peak_velocities(times, velocity, begin, std::vector{1.0}), Error);
    EXPECT_THROW((void)row_peaks(velocity, 7), Error);
}

// From scipy 1.10.1 and numpy 1.24.2. The exact velocity lies 2e-7 away from the reference's.
TEST(WheelMotion, RoundsAsTheReferenceFarFromZero) {
    std::vector<double> counts;
    for (int i = 0; i < 300; ++i) counts.push_back(-159535.0 + (i * i % 97) / 4.0);
    const WheelMotion motion = wheel_motion(counts, 1000.0);
    EXPECT_EQ(motion.velocity[0], 0.0);
    EXPECT_NEAR(motion.velocity[1], 972.7779274689965, 1e-9);
    EXPECT_NEAR(motion.velocity[150], -5.3400629258248955, 1e-9);
    EXPECT_NEAR(motion.velocity[299], -9.157955297268927, 1e-9);
    EXPECT_NEAR(motion.acceleration[2], -6914.511584909633, 1e-6);
    EXPECT_NEAR(motion.acceleration[299], 1952.492748387158, 1e-6);
}

}  // namespace
}  // namespace tb::compute::task
