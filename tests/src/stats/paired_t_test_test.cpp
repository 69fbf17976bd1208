#include "src/stats/paired_t_test.hpp"

#include "tests/src/stats/error_type.hpp"

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

// scipy 1.10.1, stats.ttest_rel.
TEST(PairedTTest, IsThatOfScipy) {
    const TestResult found =
        paired_t_test(std::vector{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30},
                      std::vector{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29});
    EXPECT_NEAR(found.statistic, 3.0353754156485917, 1e-12);
    EXPECT_NEAR(found.p, 0.016176627434908095, 1e-13);
}

TEST(PairedTTest, SaysWhatItCannotJudge) {
    const std::vector<double> one{1.0};
    EXPECT_EQ(error_type([&] { (void)paired_t_test(one, one); }), "TooFewValues");
    // Differences of 0.1 that differ in their last digits.
    EXPECT_EQ(error_type([] {
                  (void)paired_t_test(std::vector{0.3, 0.7, 1.1}, std::vector{0.2, 0.6, 1.0});
              }),
              "NoVariance");
    EXPECT_EQ(error_type([&] { (void)paired_t_test(one, {}); }), "ValueError");
}

}  // namespace
}  // namespace tb::stats
