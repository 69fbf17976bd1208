// Logistic regression for several classes with a penalty on the squares of its weights, as
// classifiers of many measures and few observations use it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <Eigen/Core>

namespace tb::stats {

struct MultinomialOptions {
    /// Inverse strength of the penalty: sum_i weight_i loss_i + |coefficients|^2 / (2 c) is made
    /// least. Intercepts are free.
    double c = 1.0;
    std::size_t iterations = 1000;  ///< of L-BFGS, at most
    double gradient_tolerance = 1e-6;
};

/// Coefficients of a fit to inner products of observations: those of class k are
/// sum_i dual(i, k) x_i over the training rows x_i.
struct MultinomialDual {
    Eigen::MatrixXd dual;       ///< shape (training row, class)
    Eigen::VectorXd intercept;  ///< shape (class)
    double squared_norm = 0.0;  ///< of all coefficients
    std::size_t iterations = 0;
    bool is_converged = false;
};

struct MultinomialFit {
    Eigen::MatrixXd coefficients;  ///< shape (measure, class)
    Eigen::VectorXd intercept;     ///< shape (class)
    std::size_t iterations = 0;
    bool is_converged = false;
};

/// Weights that give every class the same total: n / (n_classes * rows of the class).
/// @param classes  of the rows, each below n_classes
/// @throws tb::Error (data, EmptyClass) naming the first class without rows, (data, ValueError) for
/// a class out of range
[[nodiscard]] std::vector<double> balanced_weights(std::span<const std::size_t> classes,
                                                   std::size_t n_classes);

/// Fits the measures of rows. The optimum is unique but for a common shift of the intercepts, which
/// sum to 0.
/// @param x        shape (row, measure), finite
/// @param classes  of the rows, each below n_classes
/// @param weights  of the rows, above 0
/// @throws tb::Error (data): EmptyClass for a class without rows, ValueError for fewer than two
/// classes, lengths that do not fit or a value that is not finite
[[nodiscard]] MultinomialFit multinomial_logistic(const Eigen::MatrixXd& x,
                                                  std::span<const std::size_t> classes,
                                                  std::span<const double> weights,
                                                  std::size_t n_classes,
                                                  const MultinomialOptions& options = {});

/// The same fit from inner products of the rows alone: where measures outnumber rows, the
/// coefficients are a combination of rows, and the products are all that a fit needs. Its cost does
/// not depend on the number of measures.
/// @param gram  inner products x_i . x_j, shape (row, row), finite, symmetric
/// @throws as multinomial_logistic
[[nodiscard]] MultinomialDual multinomial_logistic_of_products(
    const Eigen::MatrixXd& gram, std::span<const std::size_t> classes,
    std::span<const double> weights, std::size_t n_classes, const MultinomialOptions& options = {});

/// exp(logit) / sum of exp(logits), row by row, without overflow.
/// @param logits  shape (row, class)
[[nodiscard]] Eigen::MatrixXd class_probabilities(const Eigen::MatrixXd& logits);

}  // namespace tb::stats
