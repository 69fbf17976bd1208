#include "compute/photometry/bleaching.hpp"

#include "trialbase/error.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

struct Decay {
    std::vector<double> times;
    std::vector<double> values;
};

Decay decay(double tau_s, double amplitude, double offset, double noise, std::size_t n) {
    std::mt19937_64 generator(1);
    std::normal_distribution<double> normal;
    Decay out;
    for (std::size_t i = 0; i < n; ++i) {
        out.times.push_back(4000.0 + static_cast<double>(i) / 30.0);
        out.values.push_back(offset + amplitude * std::exp(-(out.times.back() - 4000.0) / tau_s) +
                             noise * normal(generator));
    }
    return out;
}

TEST(FitBleaching, FindsExactDecaysOfEveryLength) {
    for (const double tau : {1.7, 9.0, 80.0, 300.0, 2500.0, 20000.0}) {
        for (const double amplitude : {0.03, 40.0}) {
            const Decay d = decay(tau, amplitude, 0.05, 0.0, 54001);
            const BleachingFit fit = fit_bleaching(d.times, d.values);
            EXPECT_NEAR(fit.tau_s, tau, 1e-5 * tau) << amplitude;
            EXPECT_NEAR(fit.amplitude, amplitude, 1e-4 * amplitude) << tau;
            EXPECT_NEAR(fit.offset, 0.05, 1e-4 * amplitude) << tau;
            EXPECT_TRUE(fit.is_bleaching());
        }
    }
}

// The derivative of the squared error over tau is 0 at the fit: checked with sums of the test's
// own.
TEST(FitBleaching, IsTheLeastSquaresFitOfNoisySignals) {
    const Decay d = decay(400.0, 1.0, 2.0, 0.3, 20011);
    const BleachingFit fit = fit_bleaching(d.times, d.values);
    const auto error_at = [&](double tau) {
        long double e = 0, ee = 0, y = 0, ye = 0, yy = 0;
        const auto n = static_cast<long double>(d.values.size());
        for (std::size_t i = 0; i < d.values.size(); ++i) {
            const long double x = std::exp(-(d.times[i] - d.times[0]) / tau);
            e += x;
            ee += x * x;
            y += d.values[i];
            ye += x * d.values[i];
            yy += d.values[i] * d.values[i];
        }
        const long double joint = ye - y * e / n;
        return static_cast<double>(yy - y * y / n - joint * joint / (ee - e * e / n));
    };
    EXPECT_NEAR(fit.squared_error, error_at(fit.tau_s), 1e-8 * fit.squared_error);
    EXPECT_LE(error_at(fit.tau_s), error_at(1.003 * fit.tau_s));
    EXPECT_LE(error_at(fit.tau_s), error_at(fit.tau_s / 1.003));
    for (const double tau : {2.0, 30.0, 150.0, 900.0, 1e4}) {
        EXPECT_LT(error_at(fit.tau_s), error_at(tau));
    }
}

TEST(FitBleaching, FlagsWhatDoesNotBleach) {
    const Decay rising = decay(300.0, -1.0, 5.0, 0.01, 9000);
    const BleachingFit rise = fit_bleaching(rising.times, rising.values);
    EXPECT_LT(rise.amplitude, 0.0);
    EXPECT_FALSE(rise.is_bleaching());
    Decay line = decay(1.0, 0.0, 0.0, 0.0, 9000);
    for (std::size_t i = 0; i < line.values.size(); ++i) {
        line.values[i] = 5.0 - 0.001 * static_cast<double>(i);
    }
    const BleachingFit straight = fit_bleaching(line.times, line.values);
    EXPECT_TRUE(straight.is_at_limit);
    EXPECT_FALSE(straight.is_bleaching());
    const BleachingFit constant = fit_bleaching(line.times, std::vector(9000, 0.3));
    EXPECT_TRUE(std::isnan(constant.tau_s));
    EXPECT_FALSE(constant.is_bleaching());
    EXPECT_DOUBLE_EQ(constant.offset, 0.3);
}

TEST(FitBleaching, RefusesImpossibleInputs) {
    const Decay d = decay(10.0, 1.0, 0.0, 0.0, 10);
    EXPECT_THROW((void)fit_bleaching(d.times, std::vector(9, 1.0)), Error);
    EXPECT_THROW((void)fit_bleaching(std::vector{1.0, 2.0, 3.0}, std::vector{1.0, 2.0, 3.0}),
                 Error);
    EXPECT_THROW((void)fit_bleaching(d.times, d.values, {.min_tau_s = 0.0, .max_tau_s = 1.0}),
                 Error);
    EXPECT_THROW((void)fit_bleaching(d.times, d.values, {.min_tau_s = 5.0, .max_tau_s = 5.0}),
                 Error);
    Decay bad = d;
    bad.values[3] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THROW((void)fit_bleaching(bad.times, bad.values), Error);
    bad = d;
    std::swap(bad.times[1], bad.times[7]);
    EXPECT_THROW((void)fit_bleaching(bad.times, bad.values), Error);
}

}  // namespace
}  // namespace tb::compute::photometry
