#include "src/stats/bootstrap.hpp"

#include "src/stats/permutation_test.hpp"
#include "tests/src/stats/error_type.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

const std::vector<double> x = {0.3, 1.9, -0.4, 2.2, 0.7, 1.1};
const std::vector<double> y = {1.0, 0.2, 0.9, -1.3, 0.4, 2.0};
const BootstrapSettings few{40, {}, MissingPolicy::keep};

/// Column j of whole numbers drawn row by row.
std::vector<double> sample_of(const std::vector<double>& values, std::size_t j,
                              const BootstrapSettings& settings) {
    RandomStream stream(settings.source);
    std::vector<std::uint32_t> row(settings.n_samples);
    std::vector<double> out;
    for (std::size_t i = 0; i < values.size(); ++i) {
        stream.fill_below(static_cast<std::uint32_t>(values.size()), row);
        out.push_back(values[row[j]]);
    }
    return out;
}

TEST(Bootstrap, TakesColumnsOfChoices) {
    for (const Statistic statistic :
         {Statistic::mean, Statistic::var, Statistic::std, Statistic::sem}) {
        const auto found = bootstrap_statistics(x, statistic, few);
        ASSERT_EQ(found.size(), 40U);
        for (std::size_t j = 0; j < found.size(); ++j) {
            EXPECT_NEAR(found[j], statistic_of(sample_of(x, j, few), statistic), 1e-12);
        }
    }
    const auto correlations = bootstrap_correlations(x, y, true, few);
    for (std::size_t j = 0; j < correlations.size(); ++j) {
        const auto first = sample_of(x, j, few);
        auto second = sample_of(y, j, few);
        for (std::size_t i = 0; i < second.size(); ++i) second[i] -= first[i];
        EXPECT_NEAR(correlations[j], pearson_r(first, second), 1e-10);
    }
}

TEST(Bootstrap, GivesListsOfOneLengthTheSameChoices) {
    const std::vector<std::span<const double>> lists = {x, y};
    const auto both = bootstrap_statistics(lists, Statistic::mean, few);
    EXPECT_EQ(both[0], bootstrap_statistics(x, Statistic::mean, few));
    EXPECT_EQ(both[1], bootstrap_statistics(y, Statistic::mean, few));
}

// Standard error of the mean is its deviation over the root of n.
TEST(Bootstrap, OfAMeanIsItsStandardErrorWithBothStreams) {
    const double expected = statistic_of(x, Statistic::std) / std::sqrt(6.0);
    for (const RandomKind kind : {RandomKind::numpy_legacy, RandomKind::split_mix}) {
        const BootstrapSettings many{10000, {kind, 905}, MissingPolicy::keep};
        EXPECT_NEAR(bootstrap_std(x, Statistic::mean, many), expected, 0.03 * expected);
        EXPECT_NEAR(bootstrap_proportion_std(0.3, 50, many), std::sqrt(0.3 * 0.7 / 50.0),
                    0.03 * std::sqrt(0.3 * 0.7 / 50.0));
        EXPECT_EQ(bootstrap_proportion_std(0.0, 50, many), 0.0);
        EXPECT_EQ(bootstrap_proportion_std(1.0, 50, many), 0.0);
    }
}

TEST(Bootstrap, LeavesOutOrKeepsWhatIsMissing) {
    std::vector<double> with_gap = x;
    with_gap[2] = nan;
    EXPECT_TRUE(std::isnan(bootstrap_std(with_gap, Statistic::mean, few)));
    const BootstrapSettings omitting{40, {}, MissingPolicy::leave_out};
    const auto found = bootstrap_statistics(with_gap, Statistic::mean, omitting);
    for (std::size_t j = 0; j < found.size(); ++j) {
        EXPECT_NEAR(found[j],
                    statistic_of(sample_of(with_gap, j, omitting), Statistic::mean,
                                 MissingPolicy::leave_out),
                    1e-12);
    }
}

TEST(Bootstrap, RefusesMediansAndImpossibleProportions) {
    EXPECT_EQ(error_type([] { static_cast<void>(bootstrap_std(x, Statistic::median, few)); }),
              "ValueError");
    EXPECT_EQ(error_type([] { static_cast<void>(bootstrap_proportion_std(1.1, 5, few)); }),
              "ValueError");
    EXPECT_EQ(error_type([] { static_cast<void>(bootstrap_proportion_std(0.1, 0, few)); }),
              "ValueError");
}

}  // namespace
}  // namespace tb::stats
