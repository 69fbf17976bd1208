#include "src/stats/levene.hpp"

#include "tests/src/stats/error_type.hpp"
#include "tests/src/stats/groups_of_three.hpp"

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

// scipy 1.10.1, stats.levene (about the median).
TEST(Levene, IsThatOfScipy) {
    const TestResult found = levene(three_groups);
    EXPECT_NEAR(found.statistic, 0.08310418576229767, 1e-12);
    EXPECT_NEAR(found.p, 0.9207802044864586, 1e-12);
}

TEST(Levene, SaysWhatItCannotJudge) {
    using Lists = std::vector<std::vector<double>>;
    EXPECT_EQ(error_type([] { (void)levene(Lists{{1.0, 2.0}}); }), "TooFewValues");
    EXPECT_EQ(error_type([] { (void)levene(Lists{{}, {2.0}}); }), "TooFewValues");
    // Two values lie equally far from their median.
    EXPECT_EQ(error_type([] { (void)levene(Lists{{1.0, 2.0}, {3.0, 7.0}}); }), "NoVariance");
}

}  // namespace
}  // namespace tb::stats
