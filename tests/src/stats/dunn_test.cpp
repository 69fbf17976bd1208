#include "src/stats/dunn.hpp"

#include "tests/src/stats/error_type.hpp"
#include "tests/src/stats/groups_of_three.hpp"

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

// From the formula with scipy's ranks and normal distribution.
TEST(Dunn, GivesTheChanceOfEveryPairBothWays) {
    const std::vector<double> p = dunn(three_groups);
    ASSERT_EQ(p.size(), 9u);
    EXPECT_NEAR(p[1], 0.12555847514779217, 1e-12);
    EXPECT_NEAR(p[2], 0.15867267682347008, 1e-12);
    EXPECT_NEAR(p[5], 0.0035657372050391747, 1e-12);
    for (const std::size_t k : {0u, 1u, 2u}) EXPECT_EQ(p[k * 3 + k], 1.0);
    EXPECT_EQ(p[3], p[1]);
    EXPECT_EQ(p[7], p[5]);
}

TEST(Dunn, SaysWhatItCannotJudge) {
    using Lists = std::vector<std::vector<double>>;
    EXPECT_EQ(error_type([] { (void)dunn(Lists{{1.0, 2.0}}); }), "TooFewValues");
    EXPECT_EQ(error_type([] { (void)dunn(Lists{{1.0, 1.0}, {1.0}}); }), "NoVariance");
}

}  // namespace
}  // namespace tb::stats
