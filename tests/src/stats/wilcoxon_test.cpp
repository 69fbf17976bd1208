#include "src/stats/wilcoxon.hpp"

#include "tests/src/stats/error_type.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

// Hollander and Wolfe's depression scores, the example of R's wilcox.test; p two-sided.
TEST(WilcoxonSignedRank, IsExactForFewPairs) {
    const TestResult found =
        wilcoxon_signed_rank(std::vector{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30},
                             std::vector{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29});
    EXPECT_DOUBLE_EQ(found.statistic, 5.0);
    EXPECT_DOUBLE_EQ(found.p, 0.0390625);
}

// All 2^7 signs counted one by one.
TEST(WilcoxonSignedRank, IsExactWithEqualRanks) {
    const TestResult found =
        wilcoxon_signed_rank(std::vector{1.0, -1.0, 2.0, 3.0, 3.0, -2.0, 4.0},
                             std::vector<double>(7, 0.0), WilcoxonMethod::exact);
    EXPECT_DOUBLE_EQ(found.statistic, 5.0);
    EXPECT_DOUBLE_EQ(found.p, 0.15625);
}

// scipy 1.10.1, stats.wilcoxon: one pair does not differ.
TEST(WilcoxonSignedRank, LeavesOutPairsThatDoNotDiffer) {
    const TestResult found = wilcoxon_signed_rank(
        std::vector{125.0, 115.0, 130.0, 140.0, 140.0, 115.0, 140.0, 125.0, 140.0, 135.0},
        std::vector{110.0, 122.0, 125.0, 120.0, 140.0, 124.0, 123.0, 137.0, 135.0, 145.0});
    EXPECT_DOUBLE_EQ(found.statistic, 18.0);
    EXPECT_NEAR(found.p, 0.5936305914425295, 1e-12);
}

TEST(WilcoxonSignedRank, OfOnePairTellsNothing) {
    EXPECT_EQ(wilcoxon_signed_rank(std::vector{2.0}, std::vector{1.0}).p, 1.0);
}

TEST(WilcoxonSignedRank, SaysWhatItCannotJudge) {
    const std::vector<double> two{1.0, 2.0};
    EXPECT_EQ(error_type([] { (void)wilcoxon_signed_rank({}, {}); }), "TooFewValues");
    EXPECT_EQ(error_type([&] { (void)wilcoxon_signed_rank(two, two); }), "NoVariance");
    EXPECT_EQ(error_type([&] { (void)wilcoxon_signed_rank(two, std::vector{1.0}); }), "ValueError");
    const std::vector<double> missing{1.0, std::numeric_limits<double>::quiet_NaN()};
    EXPECT_EQ(error_type([&] { (void)wilcoxon_signed_rank(two, missing); }), "ValueError");
}

}  // namespace
}  // namespace tb::stats
