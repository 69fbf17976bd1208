#include "src/stats/random_forest.hpp"

#include "src/stats/confusion.hpp"
#include "src/stats/split_random.hpp"
#include "tests/src/stats/error_type.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <set>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

DesignMatrix column(std::vector<double> values) {
    return {{"x"}, std::move(values)};
}

std::size_t told(const DesignMatrix& train, const std::vector<std::size_t>& classes,
                 std::vector<double> row, RandomForestOptions options = {}) {
    return random_forest(train, classes, row, options);
}

TEST(RandomForest, TellsClassesThatLieApart) {
    const DesignMatrix train = column({1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24});
    const std::vector<std::size_t> classes{7, 7, 7, 7, 3, 3, 3, 3, 9, 9, 9, 9};
    EXPECT_EQ(told(train, classes, {2.5}), 7U);
    EXPECT_EQ(told(train, classes, {12.5}), 3U);
    EXPECT_EQ(told(train, classes, {-100.0}), 7U);
    EXPECT_EQ(told(train, classes, {100.0}), 9U);
}

// Neither measure alone tells anything: the corners of a square, diagonal ones alike.
TEST(RandomForest, SplitsMoreThanOnce) {
    DesignMatrix train{{"x", "y"}, {}};
    std::vector<std::size_t> classes;
    for (int i = 0; i < 10; ++i) {
        for (const auto& [x, y] : {std::pair{0.0, 0.0}, {0.0, 1.0}, {1.0, 0.0}, {1.0, 1.0}}) {
            train.values.push_back(x + 0.001 * i);
            train.values.push_back(y - 0.001 * i);
            classes.push_back(x == y ? 1 : 0);
        }
    }
    EXPECT_EQ(told(train, classes, {0.005, 0.995}), 0U);
    EXPECT_EQ(told(train, classes, {0.995, 0.005}), 0U);
    EXPECT_EQ(told(train, classes, {0.005, -0.005}), 1U);
    EXPECT_EQ(told(train, classes, {1.005, 0.995}), 1U);
}

// One row of each class, at 0 and 1. A sample of two draws both with chance 1/2, and then 0 is told
// as class 0; else all rows are of one class, each with chance 1/4. So of many trees three quarters
// vote for the nearer class.
TEST(RandomForest, VotesAsItsSamplesFall) {
    const DesignMatrix train = column({0.0, 1.0});
    const std::vector<std::size_t> classes{0, 1};
    int n_zero = 0;
    constexpr int n = 4000;
    for (int seed = 0; seed < n; ++seed) {
        RandomForestOptions one_tree;
        one_tree.n_trees = 1;
        one_tree.seed = static_cast<std::uint64_t>(seed);
        n_zero += told(train, classes, {0.2}, one_tree) == 0 ? 1 : 0;
    }
    // Five standard deviations of a binomial of 4000 and 3/4.
    EXPECT_NEAR(n_zero, 0.75 * n, 5 * std::sqrt(n * 0.75 * 0.25));
}

// A measure that does not vary is not taken for one that was tried.
TEST(RandomForest, PassesOverMeasuresThatDoNotVary) {
    const DesignMatrix train{{"nothing", "x"}, {5, 1, 5, 2, 5, 11, 5, 12}};
    const std::vector<std::size_t> classes{0, 0, 1, 1};
    RandomForestOptions options;
    options.n_tried = 1;
    EXPECT_EQ(told(train, classes, {5.0, 1.5}, options), 0U);
    EXPECT_EQ(told(train, classes, {5.0, 11.5}, options), 1U);
}

TEST(RandomForest, TellsTheCommonerClassWhereRowsAreEqual) {
    const DesignMatrix train = column({1, 1, 1, 1, 1, 1, 1, 1});
    EXPECT_EQ(told(train, {2, 2, 2, 2, 2, 2, 4, 4}, {1.0}), 2U);
}

TEST(RandomForest, LeavesOutWhatItTells) {
    const DesignMatrix x = column({1.0, 1.2, 1.1, 1.3, 9.0, 9.1, 9.3, 9.2, 1.15});
    const std::vector<std::size_t> classes{0, 0, 0, 0, 1, 1, 1, 1, 1};
    const std::vector<std::size_t> found = random_forest_leave_one_out(x, classes);
    EXPECT_EQ(found.back(), 0U) << "the last lies among the others' class";
    EXPECT_EQ(found[4], 1U);
    EXPECT_EQ(found, random_forest_leave_one_out(x, classes)) << "the same seed twice";
}

// Measures that say nothing: leaving one out tells classes by chance.
TEST(RandomForest, KnowsNothingOfNoise) {
    SplitRandom random(12);
    double sum = 0.0;
    constexpr int n = 40;
    for (int i = 0; i < n; ++i) {
        DesignMatrix x{{"a", "b", "c"}, {}};
        std::vector<std::size_t> classes;
        for (std::size_t row = 0; row < 40; ++row) {
            classes.push_back(row % 4);
            for (int m = 0; m < 3; ++m) x.values.push_back(random.below(1000000));
        }
        sum += accuracy(classes, random_forest_leave_one_out(x, classes));
    }
    // Chance is 1/4 (a little less, since the row that is left out makes its class the rarest).
    EXPECT_NEAR(sum / n, 0.23, 0.05);
}

TEST(RandomForest, SaysWhatItCannotTell) {
    EXPECT_EQ(error_type([] {
                  (void)random_forest_leave_one_out(column({1.0}), std::vector<std::size_t>{0});
              }),
              "TooFewValues");
    EXPECT_EQ(error_type([] { (void)told(column({1.0, 2.0}), {0}, {1.0}); }), "ValueError");
    EXPECT_EQ(error_type([] { (void)told(column({1.0, 2.0}), {0, 1}, {1.0, 2.0}); }), "ValueError");
    EXPECT_EQ(
        error_type([] {
            (void)told(column({1.0, std::numeric_limits<double>::quiet_NaN()}), {0, 1}, {1.0});
        }),
        "ValueError");
    EXPECT_EQ(error_type([] {
                  RandomForestOptions none;
                  none.n_trees = 0;
                  (void)told(column({1.0, 2.0}), {0, 1}, {1.0}, none);
              }),
              "ValueError");
}

TEST(SplitRandom, FillsItsRangeAndDependsOnItsStream) {
    SplitRandom random(1, 2);
    std::array<int, 7> counts{};
    for (int i = 0; i < 70000; ++i) ++counts.at(random.below(7));
    for (const int count : counts) EXPECT_NEAR(count, 10000, 500);  // five standard deviations
    std::set<std::uint64_t> first;
    for (std::uint64_t stream = 0; stream < 1000; ++stream)
        first.insert(SplitRandom(1, stream).next());
    EXPECT_EQ(first.size(), 1000U);
}

}  // namespace
}  // namespace tb::stats
