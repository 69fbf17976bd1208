#include "src/stats/binomial.hpp"

#include "tests/src/stats/error_type.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

// Of four fair coins 1, 4, 6, 4 and 1 of 16.
TEST(Binomial, AddsUpItsChances) {
    EXPECT_NEAR(binomial_cdf(1.9, 4, 0.5), 5.0 / 16.0, 1e-15);
    EXPECT_EQ(binomial_cdf(-0.1, 4, 0.5), 0.0);
    EXPECT_EQ(binomial_cdf(4.0, 4, 0.5), 1.0);
    EXPECT_EQ(binomial_cdf(0.0, 4, 0.0), 1.0);
    EXPECT_EQ(binomial_cdf(3.0, 4, 1.0), 0.0);
    EXPECT_EQ(binomial_quantile(0.3, 4, 0.5), 1U);
    EXPECT_EQ(binomial_quantile(0.32, 4, 0.5), 2U);
    EXPECT_EQ(binomial_quantile(0.5, 4, 0.0), 0U);
    EXPECT_EQ(binomial_quantile(0.5, 4, 1.0), 4U);
}

// Medians published with the papers, panel 4D: of 1355 and 2807 fair coins the lesser of the two
// middle numbers, of 407 the greater one.
TEST(Binomial, RoundsAHalfAsPublished) {
    EXPECT_EQ(binomial_quantile(0.5, 1355, 0.5), 677U);
    EXPECT_EQ(binomial_quantile(0.5, 2807, 0.5), 1403U);
    EXPECT_EQ(binomial_quantile(0.5, 407, 0.5), 204U);
}

// 10 heads of 10 fair coins: 1 - 1023 / 1024 would be the chance of more than 9; of at most 10 it
// is 1, so that both tails give 0.
TEST(Binomial, ComparesAPercentageWithChance) {
    const BinomialComparison all = binomial_comparison(100.0, 10, 50.0, Tails::both, 0.05);
    EXPECT_EQ(all.p, 0.0);
    EXPECT_EQ(all.interval[0], 100.0);
    const BinomialComparison few = binomial_comparison(20.0, 10, 50.0, Tails::both, 0.05);
    EXPECT_NEAR(few.p, 56.0 / 1024.0, 1e-12);
    EXPECT_EQ(few.null_interval[1], 50.0);
    EXPECT_NEAR(binomial_comparison(80.0, 10, 50.0, Tails::low, 0.05).p, 1013.0 / 1024.0, 1e-12);
    EXPECT_NEAR(binomial_comparison(80.0, 10, 50.0, Tails::high, 0.05).p, 11.0 / 1024.0, 1e-12);
}

TEST(Binomial, TellsTheLeastPOfASide) {
    EXPECT_NEAR(binomial_sensitivity(20, 50.0, true), std::ldexp(1.0, -20), 1e-15);
    EXPECT_NEAR(binomial_sensitivity(20, 50.0, false), 21.0 * std::ldexp(1.0, -20), 1e-15);
}

TEST(Binomial, RefusesWhatIsNoShare) {
    const auto type_of = [](double percent, std::size_t n) {
        return error_type(
            [&] { static_cast<void>(binomial_comparison(percent, n, 50.0, Tails::both, 0.05)); });
    };
    EXPECT_EQ(type_of(101.0, 5), "ValueError");
    EXPECT_EQ(type_of(-1.0, 5), "ValueError");
    EXPECT_EQ(type_of(10.0, 0), "ValueError");
}

}  // namespace
}  // namespace tb::stats
