#include "compute/task/psychometric_points.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::task {

namespace {

void expect_value_error(const std::function<void()>& call) {
    try {
        call();
        FAIL() << "accepted";
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::data);
        EXPECT_EQ(e.type(), "ValueError");
    }
}

// Contrasts and choices of eight trials: at -0.125 a right and a no-go, at 0 left, right and no-go
// (one of them on the left side: -0), at 0.125 right, right, at 1 no-go.
const std::vector<double> contrast = {-0.125, -0.125, 0.0, -0.0, 0.0, 0.125, 0.125, 1.0};
const std::vector<double> choice = {-1, 0, 1, -1, 0, -1, -1, 0};

}  // namespace

TEST(PsychometricPoints, CountNoGoTrialsAsNotRightward) {
    const auto points = points_of(contrast, choice);
    EXPECT_EQ(points.x, (std::vector{-12.5, 0.0, 12.5, 100.0}));
    EXPECT_EQ(points.n, (std::vector{2.0, 3.0, 2.0, 1.0}));
    EXPECT_EQ(points.n_right, (std::vector{1.0, 1.0, 2.0, 0.0}));
    EXPECT_EQ(points.p, (std::vector{0.5, 1.0 / 3.0, 1.0, 0.0}));
    EXPECT_FALSE(std::signbit(points.x[1]));
    EXPECT_EQ(points.n_trials(), 8.0);
}

TEST(PsychometricPoints, LeaveNoGoTrialsOutOfTheFractionForThePaper) {
    const auto points = points_of(contrast, choice, PointGrouping::no_go_in_n_only);
    EXPECT_EQ(points.n, (std::vector{2.0, 3.0, 2.0, 1.0}));
    EXPECT_EQ(points.p[0], 1.0);
    EXPECT_EQ(points.p[1], 0.5);
    EXPECT_EQ(points.p[2], 1.0);
    EXPECT_TRUE(std::isnan(points.p[3]));
}

TEST(PsychometricPoints, CutLevelsToWholePercentTowardsZero) {
    const auto points =
        points_of(std::vector{-0.125, -0.0625, 0.0625, 0.125, 0.5},
                  std::vector{1.0, 1.0, -1.0, -1.0, -1.0}, PointGrouping::whole_percent);
    EXPECT_EQ(points.x, (std::vector{-12.0, -6.0, 6.0, 12.0, 50.0}));
}

TEST(PsychometricPoints, LeaveOutTrialsWithoutContrastOrChoice) {
    const auto points = points_of(std::vector{nan, 0.25, 0.25}, std::vector{-1.0, nan, -1.0});
    EXPECT_EQ(points.x, std::vector{25.0});
    EXPECT_EQ(points.n, std::vector{1.0});
    EXPECT_EQ(points_of(std::vector{nan}, std::vector{1.0}).size(), 0U);
}

TEST(PsychometricPoints, RefuseColumnsOfDifferentLength) {
    expect_value_error([] { (void)points_of(std::vector{0.5, 0.25}, std::vector{1.0}); });
    expect_value_error([] { (void)points_from({0.0, 1.0}, {1.0}, {0.5, 0.5}); });
}

TEST(PsychometricPoints, RefuseLevelsAndCountsThatAreNoNumbers) {
    expect_value_error([] { (void)points_from({nan}, {1.0}, {0.5}); });
    expect_value_error([] { (void)points_from({0.0}, {nan}, {0.5}); });
    expect_value_error([] { (void)points_from({0.0}, {-1.0}, {0.5}); });
    EXPECT_EQ(points_from({0.0}, {1.0}, {nan}).size(), 1U);
}

TEST(PsychometricPoints, GroupingsGoByName) {
    for (const auto grouping : {PointGrouping::no_go_is_not_right, PointGrouping::no_go_in_n_only,
                                PointGrouping::whole_percent}) {
        EXPECT_EQ(grouping_named(to_string(grouping)), grouping);
    }
    expect_value_error([] { (void)grouping_named("all"); });
}

}  // namespace tb::compute::task
