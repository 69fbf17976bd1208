#include "src/stats/logistic_regression.hpp"

#include "tests/src/stats/error_type.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::stats {
namespace {

/// An intercept and one column.
DesignMatrix line(const std::vector<double>& x) {
    DesignMatrix out{{"one", "x"}, {}};
    for (const double value : x) out.values.insert(out.values.end(), {1.0, value});
    return out;
}

// Hours of study and passing, the example of Wikipedia's article on logistic regression; numbers of
// R 4.2.2, glm(family = binomial).
TEST(LogisticRegression, IsThatOfR) {
    const DesignMatrix hours = line({0.5,  0.75, 1,    1.25, 1.5, 1.75, 1.75, 2,    2.25, 2.5,
                                     2.75, 3,    3.25, 3.5,  4,   4.25, 4.5,  4.75, 5,    5.5});
    const std::vector<bool> passed{false, false, false, false, false, false, true,
                                   false, true,  false, true,  false, true,  false,
                                   true,  true,  true,  true,  true,  true};
    const LogisticFit fit = logistic_regression(hours, passed);
    EXPECT_NEAR(fit.weights[0], -4.0777134310876306, 1e-9);
    EXPECT_NEAR(fit.weights[1], 1.5046454283733328, 1e-9);
    EXPECT_NEAR(fit.covariance[0], 3.1011009742386717, 1e-7);
    EXPECT_NEAR(fit.covariance[1], -1.0345034588863673, 1e-7);
    EXPECT_NEAR(fit.covariance[3], 0.39528990208677511, 1e-7);
    EXPECT_NEAR(fit.log_likelihood, -8.0298784643446748, 1e-10);
    EXPECT_NEAR(fit.null_log_likelihood, -13.862943611198906, 1e-10);
    EXPECT_NEAR(fit.pseudo_r2(), 1.0 - 8.0298784643446748 / 13.862943611198906, 1e-10);
    EXPECT_NEAR(fit.condition_number, 7.3022009207501988, 1e-10);
    // exp(-4.0777 + 2 * 1.5046) / (1 + ...), as the article tells for two hours
    EXPECT_NEAR(predicted_probabilities(line({2.0}), fit.weights)[0], 0.25570318, 1e-7);
}

TEST(LogisticRegression, OfACoinIsItsShare) {
    const DesignMatrix one{{"one"}, {1.0, 1.0, 1.0, 1.0}};
    const LogisticFit fit = logistic_regression(one, {true, true, true, false});
    EXPECT_NEAR(fit.weights[0], std::log(3.0), 1e-12);
    EXPECT_NEAR(fit.pseudo_r2(), 0.0, 1e-12);
}

TEST(LogisticRegression, SaysWhenOutcomesAreSeparated) {
    EXPECT_EQ(error_type([] {
                  (void)logistic_regression(line({1.0, 2.0, 3.0, 4.0}), {false, false, true, true});
              }),
              "PerfectSeparation");
    // All but the rows at 2, which are of either kind.
    EXPECT_EQ(error_type([] {
                  (void)logistic_regression(line({1.0, 2.0, 2.0, 3.0}), {false, false, true, true});
              }),
              "PerfectSeparation");
    // One column tells a few of many rows.
    DesignMatrix many{{"one", "x", "rare"}, {}};
    std::vector<bool> outcome;
    for (int i = 0; i < 500; ++i) {
        const double x = (i % 7) - 3.0;
        const bool is_rare = i % 100 == 0;
        many.values.insert(many.values.end(), {1.0, x, is_rare ? 1.0 : 0.0});
        outcome.push_back(is_rare || (i % 11 < 5) == (x > 0.0));
    }
    EXPECT_EQ(error_type([&] { (void)logistic_regression(many, outcome); }), "PerfectSeparation");
}

// One row far out is the only one that tells: still no separation, since one answers otherwise.
TEST(LogisticRegression, FitsSteepSlopesThatAreNotSeparated) {
    std::vector<double> x;
    std::vector<bool> outcome;
    for (int i = -500; i <= 500; ++i) {
        x.push_back(i / 100.0);
        outcome.push_back(i > 0);
    }
    outcome[500 + 1] = false;
    outcome[500 - 1] = true;
    const LogisticFit fit = logistic_regression(line(x), outcome);
    EXPECT_GT(fit.weights[1], 20.0);
}

TEST(LogisticRegression, NamesAColumnThatIsACombination) {
    const DesignMatrix twice{{"one", "a", "b"}, {1, 1, 2, 1, 2, 4, 1, 3, 6, 1, 0, 0, 1, 5, 10}};
    try {
        (void)logistic_regression(twice, {true, false, true, false, true});
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "RankDeficient");
        EXPECT_THAT(error.what(), ::testing::ContainsRegex("column '[ab]'"));
    }
}

TEST(LogisticRegression, SaysWhatElseItCannotJudge) {
    EXPECT_EQ(error_type([] { (void)logistic_regression(line({}), {}); }), "TooFewValues");
    EXPECT_EQ(error_type([] { (void)logistic_regression(line({1.0}), {true}); }), "TooFewValues");
    EXPECT_EQ(error_type([] {
                  (void)logistic_regression(line({1.0, 2.0, 3.0}), {true, true, true});
              }),
              "NoVariance");
    EXPECT_EQ(error_type([] {
                  (void)logistic_regression(line({1.0, 2.0}), {true});
              }),
              "ValueError");
    EXPECT_EQ(error_type([] { (void)logistic_regression({}, {}); }), "ValueError");
    const double missing = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(error_type([&] {
                  (void)logistic_regression(line({1.0, missing, 3.0}), {true, false, true});
              }),
              "ValueError");
}

}  // namespace
}  // namespace tb::stats
