#include "src/stats/tukey.hpp"

#include "tests/src/stats/error_type.hpp"
#include "tests/src/stats/groups_of_three.hpp"

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

// R 4.2.2, TukeyHSD.
TEST(Tukey, ComparesEveryPairOfUnequalGroups) {
    const std::vector<TukeyPair> pairs = tukey(three_groups);
    ASSERT_EQ(pairs.size(), 3u);
    EXPECT_NEAR(pairs[0].difference, 1.67, 1e-12);
    EXPECT_NEAR(pairs[0].p, 0.0325143907873684, 1e-8);
    EXPECT_EQ(pairs[1].first, 0u);
    EXPECT_EQ(pairs[1].second, 2u);
    EXPECT_NEAR(pairs[1].p, 0.183192625314887, 1e-8);
    EXPECT_NEAR(pairs[2].p, 0.00116467124182895, 1e-8);
}

TEST(Tukey, SaysWhatItCannotJudge) {
    using Lists = std::vector<std::vector<double>>;
    EXPECT_EQ(error_type([] { (void)tukey(Lists{{1.0, 2.0}}); }), "TooFewValues");
    EXPECT_EQ(error_type([] { (void)tukey(Lists{{1.0, 1.0}, {2.0}}); }), "NoVariance");
}

}  // namespace
}  // namespace tb::stats
