#include "src/stats/kruskal_wallis.hpp"

#include "tests/src/stats/error_type.hpp"
#include "tests/src/stats/groups_of_three.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

using Lists = std::vector<std::vector<double>>;

// scipy 1.10.1, stats.kruskal.
TEST(KruskalWallis, CorrectsForTies) {
    const TestResult found = kruskal_wallis(three_groups);
    EXPECT_NEAR(found.statistic, 8.52675675675676, 1e-12);
    EXPECT_NEAR(found.p, 0.014074672430397249, 1e-12);
}

TEST(KruskalWallis, SaysWhatItCannotJudge) {
    EXPECT_EQ(error_type([] { (void)kruskal_wallis({}); }), "TooFewValues");
    EXPECT_EQ(error_type([] { (void)kruskal_wallis(Lists{{1.0, 2.0}}); }), "TooFewValues");
    EXPECT_EQ(error_type([] { (void)kruskal_wallis(Lists{{1.0, 2.0}, {}}); }), "TooFewValues");
    EXPECT_EQ(error_type([] { (void)kruskal_wallis(Lists{{2.0, 2.0}, {2.0}}); }), "NoVariance");
    const double infinite = std::numeric_limits<double>::infinity();
    EXPECT_EQ(error_type([&] { (void)kruskal_wallis(Lists{{2.0}, {infinite}}); }), "ValueError");
}

}  // namespace
}  // namespace tb::stats
