#include "src/stats/multinomial_logistic.hpp"

#include "src/stats/lbfgs.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>
#include <fmt/format.h>

namespace tb::stats {

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Index = Eigen::Index;

std::vector<std::size_t> class_counts(std::span<const std::size_t> classes, std::size_t n_classes) {
    std::vector<std::size_t> counts(n_classes, 0);
    for (std::size_t i = 0; i < classes.size(); ++i) {
        if (classes[i] >= n_classes) {
            throw value_error(fmt::format("classes: row {} is of class {}, expected one below {}",
                                          i, classes[i], n_classes));
        }
        ++counts[classes[i]];
    }
    for (std::size_t k = 0; k < n_classes; ++k) {
        if (counts[k] == 0) {
            throw Error(ErrorKind::data,
                        fmt::format("classes: none of {} rows is of class {}, expected at least "
                                    "one of each of {} classes",
                                    classes.size(), k, n_classes),
                        "Leave the class out, or take more observations.", "EmptyClass");
        }
    }
    return counts;
}

void check(const Matrix& x, std::span<const std::size_t> classes, std::span<const double> weights,
           std::size_t n_classes) {
    const auto n = static_cast<std::size_t>(x.rows());
    if (classes.size() != n || weights.size() != n) {
        throw value_error(
            fmt::format("multinomial logistic regression: {} rows, {} classes and {} "
                        "weights, expected as many of each",
                        n, classes.size(), weights.size()));
    }
    if (n_classes < 2) {
        throw value_error(fmt::format(
            "multinomial logistic regression: {} classes, expected at least two", n_classes));
    }
    (void)class_counts(classes, n_classes);
    if (!x.allFinite()) {
        throw value_error(
            "multinomial logistic regression: a measure is not finite, expected finite numbers");
    }
    for (std::size_t i = 0; i < n; ++i) {
        if (std::isfinite(weights[i]) && weights[i] > 0.0) continue;
        throw value_error(
            fmt::format("multinomial logistic regression: weight {} of row {}, expected a number "
                        "above 0",
                        weights[i], i));
    }
}

/// A lower triangle (but for the order of rows) whose product with itself gives a matrix of inner
/// products: Cholesky's, the greatest remainder first, until what remains is rounding.
struct Factor {
    Matrix lower;              ///< shape (row, rank)
    std::vector<Index> pivot;  ///< rows in the order in which they were taken, shape (rank)
};

Factor factor_of(const Matrix& gram) {
    const Index n = gram.rows();
    Vector remainder = gram.diagonal();
    const double negligible =
        n == 0 ? 0.0 : 1e-13 * static_cast<double>(n) * std::max(remainder.maxCoeff(), 0.0);
    Factor factor{Matrix::Zero(n, n), {}};
    Index rank = 0;
    for (; rank < n; ++rank) {
        Index row = 0;
        const double most = remainder.maxCoeff(&row);
        if (!(most > negligible)) break;
        const double root = std::sqrt(most);
        Vector column = gram.col(row);
        column.noalias() -=
            factor.lower.leftCols(rank) * factor.lower.row(row).head(rank).transpose();
        column /= root;
        for (const Index taken : factor.pivot) column[taken] = 0.0;
        column[row] = root;
        factor.lower.col(rank) = column;
        factor.pivot.push_back(row);
        remainder -= column.cwiseAbs2();
        for (const Index taken : factor.pivot) remainder[taken] = 0.0;
    }
    factor.lower.conservativeResize(n, rank);
    return factor;
}

MultinomialFit fit(const Matrix& x, std::span<const std::size_t> classes,
                   std::span<const double> weights, std::size_t n_classes,
                   const MultinomialOptions& options) {
    const Index n = x.rows();
    const Index p = x.cols();
    const auto k = static_cast<Index>(n_classes);
    Matrix logits(n, k);
    Matrix residual(n, k);
    const auto cost = [&](const Vector& at, Vector& gradient) {
        const Eigen::Map<const Matrix> coefficients(at.data(), p, k);
        const Eigen::Map<const Eigen::RowVectorXd> intercept(at.data() + p * k, k);
        logits.noalias() = x * coefficients;
        logits.rowwise() += intercept;
        double value = 0.5 / options.c * coefficients.squaredNorm();
        for (Index i = 0; i < n; ++i) {
            const double weight = weights[static_cast<std::size_t>(i)];
            const auto own = static_cast<Index>(classes[static_cast<std::size_t>(i)]);
            const double most = logits.row(i).maxCoeff();
            double sum = 0.0;
            for (Index j = 0; j < k; ++j) {
                residual(i, j) = std::exp(logits(i, j) - most);
                sum += residual(i, j);
            }
            value += weight * (most + std::log(sum) - logits(i, own));
            residual.row(i) *= weight / sum;
            residual(i, own) -= weight;
        }
        Eigen::Map<Matrix> by_coefficients(gradient.data(), p, k);
        by_coefficients.noalias() = x.transpose() * residual;
        by_coefficients += coefficients / options.c;
        Eigen::Map<Eigen::RowVectorXd>(gradient.data() + p * k, k) = residual.colwise().sum();
        return value;
    };
    const LbfgsResult bottom =
        lbfgs(cost, Vector::Zero(p * k + k),
              {.iterations = options.iterations, .gradient_tolerance = options.gradient_tolerance});
    return {Eigen::Map<const Matrix>(bottom.x.data(), p, k),
            Eigen::Map<const Vector>(bottom.x.data() + p * k, k), bottom.iterations,
            bottom.is_converged};
}

}  // namespace

std::vector<double> balanced_weights(std::span<const std::size_t> classes, std::size_t n_classes) {
    const auto counts = class_counts(classes, n_classes);
    std::vector<double> weights(classes.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] = static_cast<double>(classes.size()) /
                     (static_cast<double>(n_classes) * static_cast<double>(counts[classes[i]]));
    }
    return weights;
}

MultinomialFit multinomial_logistic(const Matrix& x, std::span<const std::size_t> classes,
                                    std::span<const double> weights, std::size_t n_classes,
                                    const MultinomialOptions& options) {
    check(x, classes, weights, n_classes);
    return fit(x, classes, weights, n_classes, options);
}

MultinomialDual multinomial_logistic_of_products(const Matrix& gram,
                                                 std::span<const std::size_t> classes,
                                                 std::span<const double> weights,
                                                 std::size_t n_classes,
                                                 const MultinomialOptions& options) {
    if (gram.rows() != gram.cols()) {
        throw value_error(fmt::format("inner products: {} rows of {}, expected a square matrix",
                                      gram.rows(), gram.cols()));
    }
    check(gram, classes, weights, n_classes);
    // Rows of the factor have the same inner products as the rows that are not known: the fit to
    // them has the same logits, and the same norm of its coefficients.
    const Factor factor = factor_of(gram);
    const MultinomialFit fitted = fit(factor.lower, classes, weights, n_classes, options);
    // gram * dual = lower * coefficients, with rows that were taken as pivots alone.
    const auto rank = static_cast<Index>(factor.pivot.size());
    Matrix triangle(rank, rank);
    for (Index i = 0; i < rank; ++i) {
        triangle.row(i) = factor.lower.row(factor.pivot[static_cast<std::size_t>(i)]);
    }
    const Matrix solved =
        triangle.transpose().triangularView<Eigen::Upper>().solve(fitted.coefficients);
    MultinomialDual out;
    out.dual = Matrix::Zero(gram.rows(), static_cast<Index>(n_classes));
    for (Index i = 0; i < rank; ++i) {
        out.dual.row(factor.pivot[static_cast<std::size_t>(i)]) = solved.row(i);
    }
    out.intercept = fitted.intercept;
    out.squared_norm = fitted.coefficients.squaredNorm();
    out.iterations = fitted.iterations;
    out.is_converged = fitted.is_converged;
    return out;
}

Matrix class_probabilities(const Matrix& logits) {
    Matrix out = (logits.colwise() - logits.rowwise().maxCoeff()).array().exp();
    out.array().colwise() /= out.rowwise().sum().array().eval();
    return out;
}

}  // namespace tb::stats
