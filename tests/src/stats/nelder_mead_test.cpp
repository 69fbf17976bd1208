#include "src/stats/nelder_mead.hpp"

#include "trialbase/error.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace tb::stats {

namespace {

double rosenbrock(std::span<const double> x) {
    return 100.0 * std::pow(x[1] - x[0] * x[0], 2) + std::pow(1.0 - x[0], 2);
}

}  // namespace

TEST(NelderMead, FindsTheValleyOfRosenbrock) {
    const auto found = nelder_mead(rosenbrock, std::vector{-1.2, 1.0});
    EXPECT_TRUE(found.is_converged);
    EXPECT_NEAR(found.x[0], 1.0, 1e-3);
    EXPECT_NEAR(found.x[1], 1.0, 1e-3);
    EXPECT_LT(found.value, 1e-7);
}

TEST(NelderMead, StartsFromFivePercentStepsAndASmallOneAtZero) {
    std::vector<std::vector<double>> seen;
    const auto cost = [&](std::span<const double> x) {
        seen.emplace_back(x.begin(), x.end());
        return x[0] * x[0] + x[1] * x[1];
    };
    (void)nelder_mead(cost, std::vector{2.0, 0.0});
    ASSERT_GT(seen.size(), 4U);
    EXPECT_EQ(seen[0], (std::vector{2.0, 0.0}));
    EXPECT_EQ(seen[1], (std::vector{2.0 * 1.05, 0.0}));
    EXPECT_EQ(seen[2], (std::vector{2.0, 0.00025}));
    // By hand: best (2, 0), then (2, 0.00025), worst (2.1, 0); centroid (2, 0.000125); reflection 2
    // c - worst.
    EXPECT_EQ(seen[3], (std::vector{2.0 * 2.0 - 2.0 * 1.05, 0.00025}));
}

TEST(NelderMead, StopsAfterTwoHundredEvaluationsPerDimension) {
    const auto falls_for_ever = [](std::span<const double> x) { return -x[0]; };
    const auto found = nelder_mead(falls_for_ever, std::vector{1.0});
    EXPECT_FALSE(found.is_converged);
    EXPECT_LE(found.evaluations, 200U);
    EXPECT_LE(found.iterations, 200U);
    EXPECT_GT(found.x[0], 1.0);
}

TEST(NelderMead, RefusesAnEmptyStart) {
    try {
        (void)nelder_mead(rosenbrock, std::vector<double>{});
        FAIL() << "accepted";
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::data);
    }
}

}  // namespace tb::stats
