#include "src/stats/correlation.hpp"

#include "tests/src/stats/error_type.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

// scipy 1.10.1, stats.pearsonr and stats.spearmanr.
TEST(Pearson, IsThatOfScipy) {
    const TestResult found = pearson(std::vector{1.0, 2.0, 3.0, 4.0, 5.0, 6.5, 7.0, 8.0},
                                     std::vector{2.0, 1.0, 4.0, 3.0, 7.0, 5.0, 8.0, 8.5});
    EXPECT_NEAR(found.statistic, 0.8943672628600615, 1e-13);
    EXPECT_NEAR(found.p, 0.002718179055131736, 1e-13);
}

TEST(Pearson, OfAStraightLineIsOne) {
    const TestResult found = pearson(std::vector{1.0, 2.0, 3.0}, std::vector{-2.0, -4.0, -6.0});
    EXPECT_DOUBLE_EQ(found.statistic, -1.0);
    EXPECT_LT(found.p, 1e-14);
}

TEST(Spearman, SharesRanksOfEqualValues) {
    const TestResult found = spearman(std::vector{1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 6.0},
                                      std::vector{3.0, 1.0, 4.0, 4.0, 5.0, 9.0, 2.0, 6.0});
    EXPECT_NEAR(found.statistic, 0.47879667219594013, 1e-13);
    EXPECT_NEAR(found.p, 0.23002319140349975, 1e-13);
}

TEST(Correlation, SaysWhatItCannotJudge) {
    const std::vector<double> two{1.0, 2.0};
    const std::vector<double> three{1.0, 2.0, 3.0};
    const std::vector<double> equal{0.1, 0.1, 0.1};
    const std::vector<double> missing{0.1, 0.2, std::numeric_limits<double>::quiet_NaN()};
    for (const auto test : {&pearson, &spearman}) {
        EXPECT_EQ(error_type([&] { (void)test(two, two); }), "TooFewValues");
        EXPECT_EQ(error_type([&] { (void)test(three, equal); }), "NoVariance");
        EXPECT_EQ(error_type([&] { (void)test(equal, three); }), "NoVariance");
        EXPECT_EQ(error_type([&] { (void)test(three, missing); }), "ValueError");
        EXPECT_EQ(error_type([&] { (void)test(three, two); }), "ValueError");
    }
}

}  // namespace
}  // namespace tb::stats
