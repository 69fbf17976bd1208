#include "src/stats/naive_bayes.hpp"

#include "src/stats/confusion.hpp"
#include "tests/src/stats/error_type.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

DesignMatrix column(std::vector<double> values) {
    return {{"x"}, std::move(values)};
}

// Class 0 has mean 0 and variance 1, class 5 mean 4 and variance 4: they are equally likely where
// x^2 / 2 = (x - 4)^2 / 8 + ln 2, at x = 1.662 (the other root lies at -4.329).
TEST(NaiveBayes, TakesTheLikelierClass) {
    const DesignMatrix train = column({-1.0, 1.0, 2.0, 6.0});
    const std::vector<std::size_t> classes{0, 0, 5, 5};
    const DesignMatrix test = column({0.0, 1.65, 1.67, 5.0, -4.4, -4.2});
    EXPECT_EQ(naive_bayes(train, classes, test), (std::vector<std::size_t>{0, 0, 5, 5, 5, 0}));
}

// The same shapes, but three times as many of class 0: it reaches ln 3 further.
TEST(NaiveBayes, CountsHowCommonAClassIs) {
    const DesignMatrix train = column({-1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 2.0, 6.0});
    const std::vector<std::size_t> classes{0, 0, 0, 0, 0, 0, 5, 5};
    EXPECT_EQ(naive_bayes(train, classes, column({1.9})), std::vector<std::size_t>{0});
}

TEST(NaiveBayes, LeavesOutWhatItTells) {
    const DesignMatrix x = column({1.0, 1.2, 1.1, 9.0, 9.1, 9.3, 1.15});
    const std::vector<std::size_t> classes{0, 0, 0, 1, 1, 1, 1};
    // The last one lies among the others' class; a class with a far member is wide.
    const std::vector<std::size_t> found = naive_bayes_leave_one_out(x, classes);
    EXPECT_EQ(found.back(), 0u);
    EXPECT_EQ(found[0], 0u);
}

TEST(NaiveBayes, SaysWhatItCannotJudge) {
    const std::vector<std::size_t> two{0, 1};
    EXPECT_EQ(error_type([] { (void)naive_bayes(column({}), {}, column({1.0})); }), "TooFewValues");
    EXPECT_EQ(error_type([] {
                  (void)naive_bayes_leave_one_out(column({1.0}), std::vector<std::size_t>{0});
              }),
              "TooFewValues");
    EXPECT_EQ(error_type([&] {
                  (void)naive_bayes(column({0.1, 0.1}), two, column({1.0}));
              }),
              "NoVariance");
    EXPECT_EQ(error_type([&] { (void)naive_bayes(column({0.1}), two, column({1.0})); }),
              "ValueError");
    const double missing = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(error_type([&] {
                  (void)naive_bayes(column({0.1, missing}), two, column({1.0}));
              }),
              "ValueError");
    EXPECT_EQ(error_type([&] {
                  (void)naive_bayes(column({0.1, 0.2}), two, {{"a", "b"}, {}});
              }),
              "ValueError");
}

TEST(Confusion, CountsTruthByRow) {
    const std::vector<std::size_t> truth{0, 0, 1, 2};
    const std::vector<std::size_t> taken{0, 1, 1, 0};
    EXPECT_EQ(confusion_counts(truth, taken, 3),
              (std::vector<std::size_t>{1, 1, 0, 0, 1, 0, 1, 0, 0}));
    EXPECT_DOUBLE_EQ(accuracy(truth, taken), 0.5);
    EXPECT_EQ(error_type([&] { (void)confusion_counts(truth, taken, 2); }), "ValueError");
    EXPECT_EQ(error_type([] { (void)accuracy({}, {}); }), "TooFewValues");
}

}  // namespace
}  // namespace tb::stats
