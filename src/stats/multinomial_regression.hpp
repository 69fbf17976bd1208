// Telling a class from measures by multinomial logistic regression.
#pragma once

#include "src/stats/design_matrix.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tb::stats {

/// Weights by which P(class k) is proportional to exp(w_k . z), z the standardised measures of a
/// row with a one behind them.
struct MultinomialRegression {
    std::size_t n_classes = 0;
    std::vector<double> weights;  ///< shape (n_classes, measures + 1), the intercept last
    std::vector<double> mean,
        deviation;  ///< that measures are standardised by; a deviation of 0 is 1

    /// P of each class, shape (n_classes). @param row  as many measures
    [[nodiscard]] std::vector<double> probabilities(const double* row) const;
};

/// The greatest of log-likelihood - penalty / 2 x (sum of squared weights, those of intercepts not
/// counted), by Newton's method; the intercepts of all classes sum to 0. Measures are standardised
/// by mean and standard deviation (n) of these rows.
/// @param x        finite measures, at least one row
/// @param classes  one per row, 0 to n_classes - 1
/// @param start    weights of a similar fit to begin from, or empty
/// @throws tb::Error (data): TooFewValues without rows, ValueError for lengths that do not fit, a
/// value that is not finite, or a penalty that is not positive
/// Source: spec/ibl_behavior.md, 10 (figure 3f); the penalty is ours to choose: 1, on standardised
/// measures.
[[nodiscard]] MultinomialRegression multinomial_regression(const DesignMatrix& x,
                                                    std::span<const std::size_t> classes,
                                                    std::size_t n_classes, double penalty = 1.0,
                                                    std::span<const double> start = {});

/// Each row's likeliest class as told from all the others; among equally likely ones the least.
/// Fewer than two rows: TooFewValues. @throws tb::Error (data) as multinomial_regression
[[nodiscard]] std::vector<std::size_t> multinomial_regression_leave_one_out(
    const DesignMatrix& x, std::span<const std::size_t> classes, double penalty = 1.0);

}  // namespace tb::stats
