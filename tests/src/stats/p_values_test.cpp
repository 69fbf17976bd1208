#include "src/stats/p_values.hpp"

#include "tests/src/stats/error_type.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

std::vector<double> counted(std::size_t n) {
    std::vector<double> out(n);
    std::iota(out.begin(), out.end(), 1.0);
    return out;
}

TEST(PFromNull, CountsEqualValuesHalf) {
    const std::vector<double> null = {1.0, 2.0, 2.0, 3.0};
    EXPECT_EQ(percentile_of_score(null, 2.0), 50.0);
    EXPECT_EQ(percentile_of_score(null, 2.5), 75.0);
    EXPECT_EQ(p_from_null(2.5, null, Tails::both), 0.25);
    EXPECT_EQ(p_from_null(2.5, null, Tails::high), 0.25);
    EXPECT_EQ(p_from_null(2.5, null, Tails::low), 0.75);
    EXPECT_TRUE(std::isnan(p_from_null(nan, null, Tails::both)));
}

TEST(PFromNull, RefusesMissingNullValuesUnlessTheyAreLeftOut) {
    const std::vector<double> null = {1.0, nan, 3.0};
    EXPECT_EQ(error_type([&] { static_cast<void>(p_from_null(2.0, null, Tails::both)); }),
              "UnexpectedNaN");
    EXPECT_EQ(p_from_null(2.0, null, Tails::both, MissingPolicy::leave_out), 0.5);
    EXPECT_EQ(error_type([] { static_cast<void>(p_from_null(2.0, {}, Tails::both)); }),
              "TooFewValues");
}

// Percentiles 2.5, 50 and 97.5 of 1 .. 101: 1 + 100 q.
TEST(NullInterval, HasTheTailsAndComparisonsOfItsTest) {
    const std::vector<double> null = counted(101);
    const auto both = null_interval(null, Tails::both, 0.05);
    EXPECT_NEAR(both[0], 3.5, 1e-9);
    EXPECT_NEAR(both[1], 51.0, 1e-9);
    EXPECT_NEAR(both[2], 98.5, 1e-9);
    const auto low = null_interval(null, Tails::low, 0.05, 2.0);
    EXPECT_NEAR(low[0], 3.5, 1e-9);
    EXPECT_NEAR(low[2], 101.0, 1e-9);
    EXPECT_EQ(null_interval(null, Tails::high, 0.05)[0], 1.0);
}

TEST(NullInterval, NeedsTwoValuesBeyond) {
    EXPECT_EQ(error_type([] { static_cast<void>(null_interval(counted(39), Tails::both, 0.05)); }),
              "TooFewPermutations");
    EXPECT_EQ(error_type([] { static_cast<void>(null_interval(counted(40), Tails::both, 0.05)); }),
              "none");
    EXPECT_EQ(adjusted_permutations(1000.0, 0.05, 10000).n_permutations, 40000U);
    EXPECT_EQ(adjusted_permutations(1.0, 0.05, 10000).n_permutations, 10000U);
}

TEST(CorrectedP, MultipliesByTailsAndComparisons) {
    EXPECT_EQ(corrected_p(0.01, Tails::both, 12.0), 0.24);
    EXPECT_EQ(corrected_p(0.01, Tails::low, std::nullopt), 0.01);
    EXPECT_EQ(corrected_p(0.3, Tails::both, 12.0), 1.0);
    EXPECT_TRUE(std::isnan(corrected_p(nan, Tails::both, 12.0)));
    EXPECT_NEAR(p_sensitivity(Tails::both, 12.0, 100000), 0.00024, 1e-15);
}

TEST(ValuesBeyond, LieBeyondTheThresholdsOfTheirTails) {
    const std::vector<std::vector<double>> nulls(3, counted(101));
    const std::vector<double> values = {0.0, 50.0, 200.0};
    const BeyondNull both = values_beyond(values, nulls, Tails::both, 0.05);
    EXPECT_EQ(both.low, (std::vector<std::size_t>{0}));
    EXPECT_EQ(both.high, (std::vector<std::size_t>{2}));
    EXPECT_TRUE(values_beyond(values, nulls, Tails::low, 0.05).high.empty());
    EXPECT_EQ(
        error_type([&] {
            static_cast<void>(values_beyond(std::vector{nan, 1.0, 2.0}, nulls, Tails::both, 0.05));
        }),
        "UnexpectedNaN");
}

}  // namespace
}  // namespace tb::stats
