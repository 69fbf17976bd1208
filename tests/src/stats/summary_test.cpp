#include "src/stats/summary.hpp"

#include "tests/src/stats/error_type.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

const std::vector<double> values = {1.0, 2.0, 3.0, 4.0, 10.0};
const std::vector<double> with_gap = {1.0, nan, 3.0};

// By hand: mean 4, squared deviations 9 + 4 + 1 + 0 + 36 = 50.
TEST(Summary, HasTheCentreAndSpreadThatItsKindNames) {
    const auto of = [](Centre centre, Spread spread) {
        return summary_of(values, {centre, spread});
    };
    EXPECT_EQ(of(Centre::mean, Spread::std).centre, 4.0);
    EXPECT_NEAR(of(Centre::mean, Spread::std).spread[0], std::sqrt(10.0), 1e-12);
    EXPECT_NEAR(of(Centre::mean, Spread::var).spread[0], 10.0, 1e-12);
    EXPECT_NEAR(of(Centre::mean, Spread::sem).spread[0], std::sqrt(50.0 / 4.0 / 5.0), 1e-12);
    EXPECT_EQ(of(Centre::median, Spread::std).centre, 3.0);
    EXPECT_EQ(of(Centre::median, Spread::std).spread, (std::vector{2.0, 4.0}));
    EXPECT_EQ(of(Centre::median, Spread::sem).spread, (std::vector{1.0}));
    EXPECT_EQ(error_type([&] { static_cast<void>(of(Centre::median, Spread::var)); }),
              "ValueError");
}

TEST(Summary, KeepsOrLeavesOutWhatIsMissing) {
    EXPECT_TRUE(std::isnan(statistic_of(with_gap, Statistic::mean)));
    EXPECT_TRUE(std::isnan(percentile_of(with_gap, 50.0)));
    EXPECT_EQ(statistic_of(with_gap, Statistic::mean, MissingPolicy::leave_out), 2.0);
    EXPECT_EQ(statistic_of(with_gap, Statistic::median, MissingPolicy::leave_out), 2.0);
    EXPECT_EQ(percentile_of(with_gap, 25.0, MissingPolicy::leave_out), 1.5);
    EXPECT_TRUE(
        std::isnan(statistic_of(std::vector{nan, nan}, Statistic::mean, MissingPolicy::leave_out)));
    EXPECT_TRUE(std::isnan(statistic_of({}, Statistic::std)));
    EXPECT_TRUE(std::isnan(statistic_of(std::vector{2.0}, Statistic::sem)));
}

// [[1, 2, 3], [5, 6, 10]]: means of rows 2 and 7, of columns 3, 4 and 6.5.
TEST(Summary, TakesAxesInTheOrderGiven) {
    const Grid grid{{1.0, 2.0, 3.0, 5.0, 6.0, 10.0}, {2, 3}};
    const SummaryKind kind{Centre::mean, Spread::std};
    const Grid rows_first = summary_along(grid, std::vector<std::ptrdiff_t>{1, 0}, kind);
    EXPECT_EQ(rows_first.shape, (std::vector<std::size_t>{2}));
    EXPECT_EQ(rows_first.values, (std::vector{4.5, 2.5}));
    EXPECT_EQ(summary_along(grid, {}, kind).values, rows_first.values);
    const Grid columns = summary_along(grid, std::vector<std::ptrdiff_t>{-2}, kind);
    EXPECT_EQ(columns.shape, (std::vector<std::size_t>{2, 3}));
    EXPECT_EQ(columns.values, (std::vector{3.0, 4.0, 6.5, 2.0, 2.0, 3.5}));
    for (const auto& axes : std::vector<std::vector<std::ptrdiff_t>>{{2}, {0, 0}, {-3}}) {
        EXPECT_EQ(error_type([&] { static_cast<void>(summary_along(grid, axes, kind)); }),
                  "ValueError");
    }
}

TEST(Summary, PutsFencesBeyondTheQuartiles) {
    const Fences fences = outlier_fences(values, 1.5);
    EXPECT_EQ(fences.low, -1.0);
    EXPECT_EQ(fences.high, 7.0);
}

TEST(ScaleFactors, AreThoseOfTheirMethod) {
    const auto of = [](Scaling scaling) {
        const ScaleFactors found = scale_factors(values, scaling);
        return std::vector{found.subtract, found.divide_by};
    };
    EXPECT_EQ(of(Scaling::stand_rob), (std::vector{3.0, 2.0}));
    EXPECT_EQ(of(Scaling::center), (std::vector{4.0, 1.0}));
    EXPECT_EQ(of(Scaling::unit), (std::vector{0.0, 4.0}));
    EXPECT_EQ(of(Scaling::min_max), (std::vector{1.0, 9.0}));
    EXPECT_NEAR(of(Scaling::min_max_perc)[0], 1.2, 1e-12);
    EXPECT_NEAR(of(Scaling::min_max_perc)[1], 7.6, 1e-12);
    EXPECT_EQ(scale_factors(with_gap, Scaling::min_max, MissingPolicy::leave_out).divide_by, 2.0);
    EXPECT_TRUE(std::isnan(scale_factors(with_gap, Scaling::stand).divide_by));
}

TEST(ScaleFactors, RefuseToDivideByZeroUnlessAllowed) {
    const std::vector<double> equal = {2.0, 2.0};
    EXPECT_EQ(error_type([&] { static_cast<void>(scale_factors(equal, Scaling::stand)); }),
              "ZeroScale");
    EXPECT_EQ(scale_factors(equal, Scaling::stand, MissingPolicy::keep, true).divide_by, 0.0);
}

TEST(RoundedToDigits, CountsSignificantOnes) {
    using enum RoundingDirection;
    EXPECT_EQ(rounded_to_digits(0.0123, 1, up), 0.02);
    EXPECT_EQ(rounded_to_digits(-47.3, 1, down), -50.0);
    EXPECT_EQ(rounded_to_digits(187.2, 2, nearest), 190.0);
    EXPECT_EQ(rounded_to_digits(0.0, 1, up), 0.0);
    EXPECT_EQ(error_type([] { static_cast<void>(rounded_to_digits(1.0, 0, up)); }), "ValueError");
}

}  // namespace
}  // namespace tb::stats
