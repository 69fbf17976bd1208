// Logistic regression by maximum likelihood.
#pragma once

#include "src/stats/design_matrix.hpp"

#include <span>
#include <vector>

namespace tb::stats {

/// A fit of P(outcome) = 1 / (1 + exp(-x w)).
struct LogisticFit {
    std::vector<double> weights;     ///< one per column
    std::vector<double> covariance;  ///< inverse of the information, shape (columns, columns)
    double log_likelihood = 0.0;
    double null_log_likelihood = 0.0;  ///< of the intercept alone
    double condition_number = 1.0;     ///< greatest over least singular value of the design
    std::size_t iterations = 0;

    /// McFadden's: 1 - log-likelihood / that of the intercept alone.
    [[nodiscard]] double pseudo_r2() const { return 1.0 - log_likelihood / null_log_likelihood; }
};

/// Newton's method with steps halved until the likelihood does not fall, without any penalty.
/// @param x        finite
/// @param outcome  one per row
/// @throws tb::Error (data), by type:
///   TooFewValues: no rows, or fewer than columns;
///   NoVariance: every outcome is the same;
///   RankDeficient: a column is a combination of others, named in the message;
///   PerfectSeparation: some weights grow without end, since a combination of columns tells the
///   outcome of some rows without error and is 0 or undecided for the others;
///   ValueError: lengths that do not fit, or a value that is not finite
/// Source: spec/ibl_behavior.md, 10 (figure 5).
[[nodiscard]] LogisticFit logistic_regression(const DesignMatrix& x,
                                              const std::vector<bool>& outcome);

/// P(outcome) of each row.
/// @throws tb::Error (data, ValueError) when weights and columns are not as many
[[nodiscard]] std::vector<double> predicted_probabilities(const DesignMatrix& x,
                                                          std::span<const double> weights);

}  // namespace tb::stats
