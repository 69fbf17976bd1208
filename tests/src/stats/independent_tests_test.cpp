#include "src/stats/independent_tests.hpp"

#include "tests/src/stats/error_type.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

// Student's sleep data, R's t.test(extra ~ group, sleep, var.equal = TRUE): t = -1.8608, p =
// 0.07919.
TEST(IndependentTTest, IsStudents) {
    const TestResult found =
        independent_t_test(std::vector{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0},
                           std::vector{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4});
    EXPECT_NEAR(found.statistic, -1.8608, 5e-5);
    EXPECT_NEAR(found.p, 0.07919, 5e-6);
}

// The example of SciPy's mannwhitneyu: U = 17, exact p 1 / 9.
TEST(MannWhitney, IsExactForFewValues) {
    const TestResult found = mann_whitney(std::vector{19.0, 22.0, 16.0, 29.0, 24.0},
                                          std::vector{20.0, 11.0, 17.0, 12.0});
    EXPECT_EQ(found.statistic, 17.0);
    EXPECT_NEAR(found.p, 1.0 / 9.0, 1e-14);
}

// By hand: U = 2.5 of 9, mean 4.5; ranks 1, 2.5, 2.5, 4, 5, 6 give a variance of
// 9 / 12 (7 - 6 / 30) = 5.1; z = (9 - 2.5 - 4.5 - 0.5) / sqrt(5.1).
TEST(MannWhitney, CorrectsTheNormalDistributionForTies) {
    const TestResult found = mann_whitney(std::vector{1.0, 2.0, 4.0}, std::vector{2.0, 5.0, 3.0});
    EXPECT_EQ(found.statistic, 2.5);
    EXPECT_NEAR(found.p, normal_two_sided_p((6.5 - 4.5 - 0.5) / 2.2583179581272428), 1e-12);
}

TEST(IndependentTests, RefuseGroupsThatTheyCannotJudge) {
    EXPECT_EQ(error_type([] { static_cast<void>(mann_whitney({}, std::vector{1.0})); }),
              "TooFewValues");
    EXPECT_EQ(error_type([] {
                  static_cast<void>(mann_whitney(std::vector{1.0}, std::vector{1.0, 1.0}));
              }),
              "NoVariance");
    EXPECT_EQ(error_type([] {
                  static_cast<void>(independent_t_test(std::vector{1.0}, std::vector{2.0}));
              }),
              "TooFewValues");
}

}  // namespace
}  // namespace tb::stats
