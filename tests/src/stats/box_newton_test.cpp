#include "src/stats/box_newton.hpp"

#include <gtest/gtest.h>

namespace tb::stats {

namespace {

// (x - 3)^2 + 2 (y + 1)^2 + x y
Expansion<2> bowl(const Vector<2>& at) {
    const auto [x, y] = at;
    Expansion<2> out;
    out.value = (x - 3.0) * (x - 3.0) + 2.0 * (y + 1.0) * (y + 1.0) + x * y;
    out.gradient = {2.0 * (x - 3.0) + y, 4.0 * (y + 1.0) + x};
    out.hessian[0][0] = 2.0;
    out.hessian[1][0] = 1.0;
    out.hessian[1][1] = 4.0;
    return out;
}

// (x^2 - 1)^2: a maximum between two minima
Expansion<1> two_wells(const Vector<1>& at) {
    const double x = at[0];
    Expansion<1> out;
    out.value = (x * x - 1.0) * (x * x - 1.0);
    out.gradient[0] = 4.0 * x * (x * x - 1.0);
    out.hessian[0][0] = 12.0 * x * x - 4.0;
    return out;
}

}  // namespace

TEST(BoxNewton, FindsTheMinimumInsideTheBox) {
    double cost = 0.0;
    const auto at = minimise_in_box<2>(bowl, {0.0, 0.0}, {-10.0, -10.0}, {10.0, 10.0}, cost);
    // 2x + y = 6, x + 4y = -4
    EXPECT_NEAR(at[0], 4.0, 1e-6);
    EXPECT_NEAR(at[1], -2.0, 1e-6);
    EXPECT_NEAR(cost, 1.0 + 2.0 - 8.0, 1e-9);
}

TEST(BoxNewton, StopsAtTheBoundAndSlidesAlongIt) {
    double cost = 0.0;
    const auto at = minimise_in_box<2>(bowl, {0.0, 0.0}, {-10.0, -1.0}, {2.0, 10.0}, cost);
    // At x = 2 the best y is -1.5, below the bound.
    EXPECT_EQ(at[0], 2.0);
    EXPECT_EQ(at[1], -1.0);
}

TEST(BoxNewton, LeavesARegionOfNegativeCurvature) {
    double cost = 0.0;
    const auto at = minimise_in_box<1>(two_wells, {0.1}, {-3.0}, {3.0}, cost);
    EXPECT_NEAR(at[0], 1.0, 1e-5);
    EXPECT_NEAR(cost, 0.0, 1e-9);
}

TEST(BoxNewton, PutsAStartOutsideOfTheBoxOnItsEdge) {
    double cost = 0.0;
    const auto at = minimise_in_box<1>(two_wells, {9.0}, {2.0}, {3.0}, cost);
    EXPECT_EQ(at[0], 2.0);
    EXPECT_EQ(cost, 9.0);
}

TEST(BoxNewton, GivesUpWhereNothingInReachIsGoodEnough) {
    std::size_t calls = 0;
    const auto counted = [&](const Vector<1>& at) {
        ++calls;
        return two_wells(at);
    };
    double cost = 0.0;
    (void)minimise_in_box<1>(counted, {100.0}, {-300.0}, {300.0}, cost);
    const auto to_the_end = calls;
    EXPECT_NEAR(cost, 0.0, 1e-9);
    calls = 0;
    BoxNewtonOptions options;
    options.abandon_above = -1e9;  // the least is 0
    (void)minimise_in_box<1>(counted, {100.0}, {-300.0}, {300.0}, cost, options);
    EXPECT_LT(calls, to_the_end);
    EXPECT_GT(cost, 0.0);
}

}  // namespace tb::stats
