#include "src/stats/multinomial_regression.hpp"

#include "tests/src/stats/error_type.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

/// Three classes around three places, some of each among the others.
struct Scattered {
    DesignMatrix x{{"a", "b"}, {}};
    std::vector<std::size_t> classes;
    Scattered() {
        const double at[3][2] = {{0, 0}, {3, 1}, {1, 40}};
        for (std::size_t i = 0; i < 30; ++i) {
            const std::size_t k = i % 3;
            const double turn = 2.4 * static_cast<double>(i);
            x.values.push_back(at[k][0] + 1.7 * std::cos(turn));
            x.values.push_back(at[k][1] + 12.0 * std::sin(1.3 * turn));
            classes.push_back(k);
        }
    }
};

TEST(MultinomialRegression, IsWhereTheSlopeIsZero) {
    const Scattered given;
    const double penalty = 0.7;
    const auto fit = multinomial_regression(given.x, given.classes, 3, penalty);
    // By each weight: sum over rows of (P - [class]) z, plus the penalty; none of intercepts.
    std::vector<double> slope(9, 0.0);
    double intercepts = 0.0;
    for (std::size_t i = 0; i < given.classes.size(); ++i) {
        const auto p = fit.probabilities(given.x.row(i));
        EXPECT_NEAR(p[0] + p[1] + p[2], 1.0, 1e-14);
        for (std::size_t k = 0; k < 3; ++k) {
            const double off = p[k] - (given.classes[i] == k ? 1.0 : 0.0);
            for (std::size_t j = 0; j < 2; ++j) {
                slope[3 * k + j] += off * (given.x.row(i)[j] - fit.mean[j]) / fit.deviation[j];
            }
            slope[3 * k + 2] += off;
        }
    }
    for (std::size_t k = 0; k < 3; ++k) {
        intercepts += fit.weights[3 * k + 2];
        for (std::size_t j = 0; j < 2; ++j) slope[3 * k + j] += penalty * fit.weights[3 * k + j];
    }
    for (const double one : slope) EXPECT_NEAR(one, 0.0, 1e-7);
    EXPECT_NEAR(intercepts, 0.0, 1e-9);
    // The same from elsewhere.
    const std::vector<double> start(9, 2.0);
    const auto again = multinomial_regression(given.x, given.classes, 3, penalty, start);
    for (std::size_t i = 0; i < 9; ++i) {
        EXPECT_NEAR(again.weights[i], fit.weights[i], 1e-6);
    }
}

TEST(MultinomialRegression, OfTwoSymmetricClassesIsTheOneOfAnEquation) {
    // Four rows -1, -1, 1, 1 of classes 0, 0, 1, 1: by symmetry w = -w0 = w1 and no intercept;
    // 4 (1 - 1/(1 + exp(-2w))) = w penalty, at w = 1.0: penalty 4 / (1 + e^2).
    const DesignMatrix x{{"a"}, {-1, -1, 1, 1}};
    const std::vector<std::size_t> classes{0, 0, 1, 1};
    const auto fit = multinomial_regression(x, classes, 2, 4.0 / (1.0 + std::exp(2.0)));
    EXPECT_NEAR(fit.weights[0], -1.0, 1e-8);
    EXPECT_NEAR(fit.weights[2], 1.0, 1e-8);
    EXPECT_NEAR(fit.weights[1], 0.0, 1e-8);
    EXPECT_NEAR(fit.probabilities(x.row(3))[1], 1.0 / (1.0 + std::exp(-2.0)), 1e-8);
}

TEST(MultinomialRegression, TellsRowsThatItHasNotSeen) {
    Scattered given;
    const auto told = multinomial_regression_leave_one_out(given.x, given.classes);
    std::size_t right = 0;
    for (std::size_t i = 0; i < told.size(); ++i) right += told[i] == given.classes[i] ? 1 : 0;
    EXPECT_GE(right, 22U);
    // A measure without spread tells nothing and costs nothing; classes that lie apart have an end.
    DesignMatrix apart{{"a", "constant"}, {}};
    std::vector<std::size_t> classes;
    for (std::size_t i = 0; i < 12; ++i) {
        classes.push_back(i % 3);
        apart.values.push_back(10.0 * static_cast<double>(i % 3) + 0.1 * static_cast<double>(i));
        apart.values.push_back(5.0);
    }
    EXPECT_EQ(multinomial_regression_leave_one_out(apart, classes), classes);
}

TEST(MultinomialRegression, RefusesWhatCannotBeFitted) {
    const DesignMatrix x{{"a"}, {1, 2}};
    const std::vector<std::size_t> classes{0, 1};
    EXPECT_EQ(error_type([&] { (void)multinomial_regression(x, classes, 1); }), "ValueError");
    EXPECT_EQ(error_type([&] { (void)multinomial_regression(x, classes, 2, 0.0); }), "ValueError");
    EXPECT_EQ(error_type([&] { (void)multinomial_regression(x, std::vector<std::size_t>{0}, 1); }),
              "ValueError");
    EXPECT_EQ(error_type([&] {
                  (void)multinomial_regression(
                      {{"a"}, {1, std::numeric_limits<double>::quiet_NaN()}}, classes, 2);
              }),
              "ValueError");
    EXPECT_EQ(error_type([&] {
                  (void)multinomial_regression({{"a"}, {}}, {}, 2);
              }),
              "TooFewValues");
    EXPECT_EQ(
        error_type([&] {
            (void)multinomial_regression_leave_one_out({{"a"}, {1}}, std::vector<std::size_t>{0});
        }),
        "TooFewValues");
}

}  // namespace
}  // namespace tb::stats
