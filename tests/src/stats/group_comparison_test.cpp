#include "src/stats/group_comparison.hpp"

#include "tests/src/stats/error_type.hpp"
#include "tests/src/stats/groups_of_three.hpp"

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

// The same groups as in the tests of each test: scipy 1.10.1 for F and Levene, R 4.2.2 for Tukey.
TEST(CompareGroups, TakesMeansOfNormalValues) {
    const GroupComparison found = compare_groups(three_groups);
    EXPECT_TRUE(found.is_normal);
    EXPECT_NEAR(found.location.statistic, 11.534745955798591, 1e-11);
    EXPECT_NEAR(found.spread.p, 0.9207802044864586, 1e-12);
    ASSERT_EQ(found.pair_p.size(), 9u);
    EXPECT_EQ(found.pair_p[0], 1.0);
    EXPECT_NEAR(found.pair_p[1], 0.0325143907873684, 1e-8);
    EXPECT_EQ(found.pair_p[3], found.pair_p[1]);
}

// Asked to call nothing normal: scipy for H, the formula for Dunn.
TEST(CompareGroups, TakesRanksOfOthers) {
    const GroupComparison found = compare_groups(three_groups, 1.1);
    EXPECT_FALSE(found.is_normal);
    EXPECT_NEAR(found.location.statistic, 8.52675675675676, 1e-12);
    EXPECT_NEAR(found.pair_p[5], 0.0035657372050391747, 1e-12);
}

TEST(CompareGroups, SaysWhatItCannotJudge) {
    using Lists = std::vector<std::vector<double>>;
    EXPECT_EQ(error_type([] { (void)compare_groups({}); }), "TooFewValues");
    EXPECT_EQ(error_type([] {
                  (void)compare_groups(Lists{{1, 2, 3}, {2, 3, 4}});
              }),
              "TooFewValues");
    EXPECT_EQ(error_type([] {
                  (void)compare_groups(Lists{{1, 1, 1, 1}, {1, 1, 1, 1}});
              }),
              "NoVariance");
}

}  // namespace
}  // namespace tb::stats
