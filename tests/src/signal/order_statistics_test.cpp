#include "src/signal/order_statistics.hpp"

#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tb::signal {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Signals of the kinds that make bucket sorting hard: ties, outliers, steps, few values.
std::vector<std::vector<double>> hard_signals() {
    std::mt19937_64 generator(11);
    std::normal_distribution<double> normal;
    std::vector<std::vector<double>> out;
    for (const std::size_t n : {0u, 1u, 2u, 31u, 32u, 33u, 100u, 3601u, 20000u}) {
        std::vector<double> gauss, quantised, outlier, two, constant, heavy, ends;
        for (std::size_t i = 0; i < n; ++i) {
            gauss.push_back(normal(generator));
            quantised.push_back(std::round(20.0 * normal(generator)) / 20.0);
            outlier.push_back(i == n / 2 ? 1e12 : normal(generator));
            two.push_back(i % 3 == 0 ? -1.0 : 2.0);
            constant.push_back(0.1);
            heavy.push_back(std::exp(8.0 * normal(generator)));
            ends.push_back(i == 0 ? infinity : i == 1 ? -infinity : normal(generator));
        }
        for (auto& one : {gauss, quantised, outlier, two, constant, heavy, ends}) {
            out.push_back(one);
        }
    }
    return out;
}

TEST(ValueSorter, SortsEverythingThatTheStandardSortDoes) {
    ValueSorter sorter;
    for (const auto& values : hard_signals()) {
        std::vector<double> wanted = values;
        std::ranges::sort(wanted);
        const auto sorted = sorter.sorted(values);
        ASSERT_TRUE(std::ranges::equal(sorted, wanted)) << values.size();
    }
}

TEST(QuantileOfSorted, InterpolatesBetweenOrderStatistics) {
    const std::vector sorted = {1.0, 2.0, 4.0, 8.0};
    EXPECT_DOUBLE_EQ(quantile_of_sorted(sorted, 0.0), 1.0);
    EXPECT_DOUBLE_EQ(quantile_of_sorted(sorted, 0.25), 1.75);
    EXPECT_DOUBLE_EQ(quantile_of_sorted(sorted, 0.5), 3.0);
    EXPECT_DOUBLE_EQ(quantile_of_sorted(sorted, 0.9), 6.8);
    EXPECT_DOUBLE_EQ(quantile_of_sorted(sorted, 1.0), 8.0);
    EXPECT_TRUE(std::isnan(quantile_of_sorted({}, 0.5)));
}

TEST(MedianDeviationOfSorted, IsTheMedianOfTheDistances) {
    for (const auto& values : hard_signals()) {
        std::vector<double> sorted = values;
        std::ranges::sort(sorted);
        const double centre = median_of_sorted(sorted);
        std::vector<double> distances;
        for (const double value : sorted) distances.push_back(std::abs(value - centre));
        std::ranges::sort(distances);
        const double wanted = median_of_sorted(distances);
        const double got = median_deviation_of_sorted(sorted);
        if (std::isnan(wanted)) {
            EXPECT_TRUE(std::isnan(got) || sorted.size() < 3) << sorted.size();
        } else {
            EXPECT_DOUBLE_EQ(got, wanted) << sorted.size();
        }
    }
}

TEST(CountDistinctOfSorted, CountsTheRuns) {
    EXPECT_EQ(count_distinct_of_sorted({}), 0u);
    EXPECT_EQ(count_distinct_of_sorted(std::vector{1.0, 1.0, 2.0, 3.0, 3.0, 3.0}), 3u);
    EXPECT_EQ(count_distinct_of_sorted(std::vector{-0.0, 0.0}), 1u);
}

TEST(Median, IsThatOfTheSortedValues) {
    for (const auto& values : hard_signals()) {
        std::vector<double> sorted = values;
        std::ranges::sort(sorted);
        const double wanted = median_of_sorted(sorted);
        const double got = median(values);
        EXPECT_TRUE(got == wanted || (std::isnan(got) && std::isnan(wanted))) << values.size();
    }
    EXPECT_TRUE(std::isnan(median(std::vector{1.0, nan, 2.0})));
}

TEST(MedianDifference, FindsTheIntervalAmongGapsAndJitter) {
    std::mt19937 generator(3);
    std::normal_distribution<double> jitter(0.0, 0.001);
    std::vector<double> times = {5000.0};
    std::vector<double> differences;
    for (int i = 0; i < 50000; ++i) {
        const double step = i % 9000 == 17 ? 10.0 : 1.0 / 30.0 + jitter(generator);
        times.push_back(times.back() + step);
        differences.push_back(times.back() - times[times.size() - 2]);
    }
    std::ranges::sort(differences);
    EXPECT_DOUBLE_EQ(median_difference(times), median_of_sorted(differences));
    EXPECT_TRUE(std::isnan(median_difference(std::vector{1.0})));
    EXPECT_DOUBLE_EQ(median_difference(std::vector{1.0, 3.0}), 2.0);
    EXPECT_TRUE(std::isnan(median_difference(std::vector{1.0, nan, 3.0})));
}

// A period that equals the sample's stride must not mislead the selection.
TEST(Median, IsRightForPeriodicSignals) {
    for (const std::size_t period : {2u, 10u, 97u}) {
        std::vector<double> values(100000);
        for (std::size_t i = 0; i < values.size(); ++i) {
            values[i] = i % period == 0 ? 5.0 : static_cast<double>(i % 1000) / 1000.0;
        }
        std::vector<double> sorted = values;
        std::ranges::sort(sorted);
        EXPECT_EQ(median(values), median_of_sorted(sorted)) << period;
    }
}

}  // namespace
}  // namespace tb::signal
