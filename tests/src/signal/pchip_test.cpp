#include "src/signal/pchip.hpp"

#include "src/signal/grid.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tb::signal {
namespace {

TEST(Pchip, IsALineThroughTwoPoints) {
    const auto y =
        pchip(std::vector{1.0, 3.0}, std::vector{10.0, 20.0}, std::vector{0.0, 1.0, 1.5, 3.0, 4.0});
    const std::vector wanted = {5.0, 10.0, 12.5, 20.0, 25.0};
    for (std::size_t i = 0; i < y.size(); ++i) EXPECT_DOUBLE_EQ(y[i], wanted[i]);
}

// Times 0, 1, 3 and values 0, 2, 3: rises 2 and 1/2; slope in the middle (w1 = 2 2 + 1 = 5, w2 = 2
// + 2 = 4): 9/(5/2 + 4/0.5) = 6/7; slope at 0: ((2 + 2) 2 - 1/2)/3 = 5/2. At 0.5: h00 = h01 = 1/2,
// h10 = 1/8, h11 = -1/8: 1 + 5/16 - 6/56.
TEST(Pchip, IsTheHermiteCubicWithHarmonicSlopes) {
    const auto y = pchip(std::vector{0.0, 1.0, 3.0}, std::vector{0.0, 2.0, 3.0}, std::vector{0.5});
    EXPECT_NEAR(y[0], 1.0 + 5.0 / 16.0 - 6.0 / 56.0, 1e-14);
}

TEST(Pchip, KeepsPlateausAndNeverOvershoots) {
    std::mt19937 generator(7);
    std::uniform_real_distribution<double> draw(0.0, 1.0);
    std::vector<double> times, values;
    double t = 100.0;
    for (int i = 0; i < 500; ++i) {
        t += 0.001 + draw(generator) * (i % 50 == 0 ? 40.0 : 0.1);
        times.push_back(t);
        values.push_back(i % 7 == 0 && i > 0 ? values.back() : draw(generator));
    }
    const auto at = arange(times.front(), times.back(), 1.0 / 30.0);
    const auto y = pchip(times, values, at);
    std::size_t k = 0;
    for (std::size_t i = 0; i < at.size(); ++i) {
        while (times[k + 1] <= at[i]) ++k;
        const auto [low, high] = std::minmax(values[k], values[k + 1]);
        EXPECT_GE(y[i], low - 1e-12);
        EXPECT_LE(y[i], high + 1e-12);
    }
}

TEST(Pchip, GivesTheSamplesAtTheirTimes) {
    const std::vector times = {0.0, 0.1, 0.15, 2.0, 2.5};
    const std::vector values = {3.0, -1.0, -1.0, 7.0, 0.0};
    EXPECT_EQ(pchip(times, values, times), values);
}

TEST(Pchip, GivesTheSameOnAGridThatIsNotLaidOut) {
    std::vector<double> times, values;
    for (int i = 0; i < 3000; ++i) {
        times.push_back(70.0 + 0.05 * i + 0.01 * std::sin(i) + (i > 1000 ? 90.0 : 0.0));
        values.push_back(std::cos(0.3 * i));
    }
    const EvenGrid grid = even_grid(times.front(), times.back(), 1.0 / 30.0);
    const auto at = arange(times.front(), times.back(), 1.0 / 30.0);
    EXPECT_EQ(pchip(times, values, grid), pchip(times, values, at));
    EXPECT_THROW((void)pchip(times, values, EvenGrid{0.0, -1.0, 5}), Error);
    EXPECT_EQ(grid.lower_bound(times.front() + 1e-9), 1u);
    EXPECT_EQ(grid.lower_bound(1e9), grid.n);
}

TEST(Pchip, KeepsTinyRises) {
    const auto y =
        pchip(std::vector{0.0, 1.0, 2.0}, std::vector{0.0, 1e-200, 2e-200}, std::vector{0.5});
    EXPECT_NEAR(y[0], 0.5e-200, 1e-212);
}

TEST(Pchip, RefusesTimesThatDoNotIncrease) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector values = {1.0, 2.0, 3.0};
    EXPECT_THROW((void)pchip(std::vector{0.0, 0.0, 1.0}, values, values), Error);
    EXPECT_THROW((void)pchip(std::vector{0.0, nan, 1.0}, values, values), Error);
    EXPECT_THROW((void)pchip(std::vector{0.0, 1.0}, values, values), Error);
    EXPECT_THROW((void)pchip(std::vector{0.0}, std::vector{1.0}, values), Error);
    EXPECT_THROW((void)pchip(std::vector{0.0, 1.0, 2.0}, values, std::vector{1.0, 0.5}), Error);
    try {
        (void)pchip(std::vector{0.0, 2.0, 1.0}, values, values);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "ValueError");
        EXPECT_NE(std::string(error.what()).find("sample 1 at 2 s"), std::string::npos)
            << error.what();
    }
}

TEST(Arange, ExcludesItsEndAndKeepsTheStepOfTheStart) {
    EXPECT_EQ(arange(0.0, 1.0, 0.25), (std::vector{0.0, 0.25, 0.5, 0.75}));
    EXPECT_EQ(arange(0.0, 1.1, 0.5), (std::vector{0.0, 0.5, 1.0}));
    EXPECT_TRUE(arange(1.0, 1.0, 0.5).empty());
    EXPECT_TRUE(arange(2.0, 1.0, 0.5).empty());
}

}  // namespace
}  // namespace tb::signal
