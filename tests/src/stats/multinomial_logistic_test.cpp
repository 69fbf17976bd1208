#include "src/stats/multinomial_logistic.hpp"

#include "src/stats/split_random.hpp"
#include "tests/src/stats/error_type.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::stats {
namespace {

Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns) {
    SplitRandom random(3);
    return Eigen::MatrixXd::NullaryExpr(
        rows, columns, [&] { return static_cast<double>(random.below(2000)) / 1000.0 - 1.0; });
}

// Two rows at -1 and 1: coefficients -w and w, and the derivative of
// 2 log(1 + exp(-2 w)) + w^2 / c is 0 where w = 2 c / (1 + exp(2 w)).
TEST(MultinomialLogistic, OfTwoRowsIsWorkedByHand) {
    const Eigen::MatrixXd x = Eigen::Vector2d(-1.0, 1.0);
    const std::vector<std::size_t> classes{0, 1};
    const std::vector<double> weights{1.0, 1.0};
    const auto fit = multinomial_logistic(x, classes, weights, 2, {.c = 3.0});
    ASSERT_TRUE(fit.is_converged);
    const double w = fit.coefficients(0, 1);
    EXPECT_NEAR(w, 6.0 / (1.0 + std::exp(2.0 * w)), 1e-6);
    EXPECT_NEAR(fit.coefficients(0, 0), -w, 1e-9);
    EXPECT_NEAR(fit.intercept[0], 0.0, 1e-9);
}

// Without measures that tell anything, intercepts alone give the (weighted) shares of the classes.
TEST(MultinomialLogistic, InterceptsAreFree) {
    const Eigen::MatrixXd x = Eigen::MatrixXd::Zero(4, 2);
    const std::vector<std::size_t> classes{0, 1, 1, 1};
    const std::vector<double> weights{1.0, 1.0, 1.0, 1.0};
    const auto fit = multinomial_logistic(x, classes, weights, 2);
    EXPECT_NEAR(fit.intercept[1] - fit.intercept[0], std::log(3.0), 1e-6);
    EXPECT_NEAR(fit.intercept.sum(), 0.0, 1e-9);
    EXPECT_NEAR(class_probabilities(fit.intercept.transpose())(0, 1), 0.75, 1e-6);
    const auto balanced = balanced_weights(classes, 2);
    EXPECT_THAT(balanced, testing::ElementsAre(2.0, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0));
    EXPECT_NEAR(multinomial_logistic(x, classes, balanced, 2).intercept[1], 0.0, 1e-6);
}

/// x^T y. Tests are not optimised, and Eigen's own products need it.
Eigen::MatrixXd product(const Eigen::MatrixXd& x, const Eigen::MatrixXd& y) {
    Eigen::MatrixXd out = Eigen::MatrixXd::Zero(x.cols(), y.cols());
    for (Eigen::Index i = 0; i < x.cols(); ++i)
        for (Eigen::Index j = 0; j < y.cols(); ++j)
            for (Eigen::Index k = 0; k < x.rows(); ++k) out(i, j) += x(k, i) * y(k, j);
    return out;
}

TEST(MultinomialLogistic, OfProductsIsTheSameFit) {
    // Also with rows that repeat, whose products have no inverse.
    for (const Eigen::Index measures : {4, 60}) {
        Eigen::MatrixXd x = random_matrix(21, measures);
        x.row(20) = x.row(3);
        std::vector<std::size_t> classes;
        for (std::size_t i = 0; i < 21; ++i) classes.push_back(i % 3);
        const auto weights = balanced_weights(classes, 3);
        const auto fit = multinomial_logistic(x, classes, weights, 3);
        const auto dual = multinomial_logistic_of_products(product(x.transpose(), x.transpose()),
                                                           classes, weights, 3);
        ASSERT_TRUE(fit.is_converged && dual.is_converged);
        EXPECT_NEAR((product(x, dual.dual) - fit.coefficients).cwiseAbs().maxCoeff(), 0.0, 1e-5);
        EXPECT_NEAR((dual.intercept - fit.intercept).cwiseAbs().maxCoeff(), 0.0, 1e-5);
        EXPECT_NEAR(dual.squared_norm, fit.coefficients.squaredNorm(), 1e-5);
    }
}

TEST(MultinomialLogistic, ProbabilitiesOfGreatLogitsAreNumbers) {
    Eigen::MatrixXd logits(1, 3);
    logits << 2000.0, 2000.0, -2000.0;
    const auto probability = class_probabilities(logits);
    EXPECT_DOUBLE_EQ(probability(0, 0), 0.5);
    EXPECT_DOUBLE_EQ(probability(0, 2), 0.0);
}

TEST(MultinomialLogistic, RefusesWhatItCannotFit) {
    const Eigen::MatrixXd x = Eigen::Vector2d(-1.0, 1.0);
    const std::vector<double> weights{1.0, 1.0};
    const auto type = [&](const Eigen::MatrixXd& measures, std::vector<std::size_t> classes,
                          std::size_t n_classes) {
        return error_type(
            [&] { (void)multinomial_logistic(measures, classes, weights, n_classes); });
    };
    EXPECT_EQ(type(x, {0, 1}, 3), "EmptyClass");
    EXPECT_EQ(type(x, {0, 2}, 2), "ValueError");
    EXPECT_EQ(type(x, {0, 0}, 1), "ValueError");
    EXPECT_EQ(type(x, {0, 1, 1}, 2), "ValueError");
    EXPECT_EQ(type(x * std::numeric_limits<double>::infinity(), {0, 1}, 2), "ValueError");
    EXPECT_EQ(error_type([] { (void)balanced_weights(std::vector<std::size_t>{1}, 2); }),
              "EmptyClass");
}

}  // namespace
}  // namespace tb::stats
