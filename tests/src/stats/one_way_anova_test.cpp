#include "src/stats/one_way_anova.hpp"

#include "tests/src/stats/error_type.hpp"
#include "tests/src/stats/groups_of_three.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

using Lists = std::vector<std::vector<double>>;

// scipy 1.10.1, stats.f_oneway.
TEST(OneWayAnova, IsThatOfScipy) {
    const TestResult found = one_way_anova(three_groups);
    EXPECT_NEAR(found.statistic, 11.534745955798591, 1e-11);
    EXPECT_NEAR(found.p, 0.0016051315573872823, 1e-13);
}

// By hand: means 2 and 4 of two values each, squares within 0.5 + 0.5, between 4: F = 4 / 0.5.
TEST(OneWayAnova, OfFourValuesIsThatWorkedByHand) {
    EXPECT_DOUBLE_EQ(one_way_anova(Lists{{1.5, 2.5}, {3.5, 4.5}}).statistic, 8.0);
}

TEST(OneWayAnova, OfEqualMeansIsZero) {
    const TestResult found = one_way_anova(Lists{{1.0, 3.0}, {0.0, 4.0}});
    EXPECT_EQ(found.statistic, 0.0);
    EXPECT_EQ(found.p, 1.0);
}

TEST(OneWayAnova, SaysWhatItCannotJudge) {
    EXPECT_EQ(error_type([] { (void)one_way_anova({}); }), "TooFewValues");
    EXPECT_EQ(error_type([] { (void)one_way_anova(Lists{{1.0, 2.0}}); }), "TooFewValues");
    EXPECT_EQ(error_type([] { (void)one_way_anova(Lists{{1.0}, {2.0}}); }), "TooFewValues");
    // 0.1 three times has a mean that is not 0.1: no spread must come of it.
    EXPECT_EQ(error_type([] {
                  (void)one_way_anova(Lists{{0.1, 0.1, 0.1}, {0.2, 0.2}});
              }),
              "NoVariance");
    const double missing = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(error_type([&] {
                  (void)one_way_anova(Lists{{1.0, missing}, {2.0, 3.0}});
              }),
              "ValueError");
}

}  // namespace
}  // namespace tb::stats
