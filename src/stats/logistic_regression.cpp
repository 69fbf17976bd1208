#include "src/stats/logistic_regression.hpp"

#include "src/stats/test_result.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <Eigen/Dense>
#include <fmt/format.h>

namespace tb::stats {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;

Matrix matrix_of(const DesignMatrix& x) {
    return Eigen::Map<const Matrix>(x.values.data(), static_cast<Eigen::Index>(x.n_rows()),
                                    static_cast<Eigen::Index>(x.n_columns()));
}

/// log(1 + exp(x)) without overflow.
double log1p_exp(double x) {
    return x > 0.0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

double log_likelihood(const Vector& eta, const std::vector<bool>& outcome) {
    double sum = 0.0;
    for (Eigen::Index i = 0; i < eta.size(); ++i) {
        sum -= log1p_exp(outcome[static_cast<std::size_t>(i)] ? -eta[i] : eta[i]);
    }
    return sum;
}

void check(const DesignMatrix& x, const std::vector<bool>& outcome) {
    if (x.n_columns() == 0) throw value_error("logistic regression: no columns");
    if (x.values.size() % x.n_columns() != 0 || x.n_rows() != outcome.size()) {
        throw value_error(
            fmt::format("logistic regression: {} values in {} columns and {} outcomes, expected "
                        "a row per outcome",
                        x.values.size(), x.n_columns(), outcome.size()));
    }
    require_finite(x.values, "logistic regression: design");
    if (x.n_rows() == 0 || x.n_rows() < x.n_columns()) {
        throw too_few_values(
            fmt::format("logistic regression: {} rows for {} columns, expected as many at least",
                        x.n_rows(), x.n_columns()));
    }
    const auto n_true = std::ranges::count(outcome, true);
    if (n_true == 0 || static_cast<std::size_t>(n_true) == outcome.size()) {
        throw no_variance("logistic regression: every outcome is the same");
    }
}

/// Greatest over least singular value.
double checked_condition(const Matrix& design, const DesignMatrix& x) {
    const Eigen::JacobiSVD<Matrix> parts(design, Eigen::ComputeThinV);
    const Vector& singular = parts.singularValues();
    const double least = singular[singular.size() - 1];
    const double rounding = std::numeric_limits<double>::epsilon() *
                            static_cast<double>(std::max(design.rows(), design.cols()));
    if (least <= singular[0] * rounding) {
        Eigen::Index most = 0;
        parts.matrixV().col(singular.size() - 1).cwiseAbs().maxCoeff(&most);
        throw Error(ErrorKind::data,
                    fmt::format("logistic regression: column '{}' is a combination of others",
                                x.names[static_cast<std::size_t>(most)]),
                    "Leave one of them out.", "RankDeficient");
    }
    return singular[0] / least;
}

/// Least over greatest eigenvalue after scaling to a diagonal of ones; 0 when it has no positive
/// diagonal.
double scaled_reciprocal_condition(const Eigen::MatrixXd& information) {
    const Vector diagonal = information.diagonal();
    if (!(diagonal.minCoeff() > 0.0)) return 0.0;
    const Vector scale = diagonal.cwiseSqrt().cwiseInverse();
    const Eigen::MatrixXd scaled = scale.asDiagonal() * information * scale.asDiagonal();
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> parts(scaled, Eigen::EigenvaluesOnly);
    const Vector& values = parts.eigenvalues();
    return std::max(0.0, values[0] / values[values.size() - 1]);
}

Error separation() {
    return Error(ErrorKind::data,
                 "logistic regression: the columns tell some outcomes without error, so that no "
                 "finite weights are the likeliest",
                 "Leave out the column that does, or take more observations.", "PerfectSeparation");
}

struct Expansion {
    Vector gradient;
    Eigen::MatrixXd information;
};

Expansion expansion_at(const Matrix& design, const Vector& eta, const std::vector<bool>& outcome) {
    Vector residual(eta.size());
    Vector weight(eta.size());
    for (Eigen::Index i = 0; i < eta.size(); ++i) {
        const double e = std::exp(-std::abs(eta[i]));
        weight[i] = e / ((1.0 + e) * (1.0 + e));
        // 1 - p and p each from the side where nothing cancels.
        const bool is_true = outcome[static_cast<std::size_t>(i)];
        const bool is_surprise = (eta[i] > 0.0) != is_true;
        const double missing = is_surprise ? 1.0 / (1.0 + e) : e / (1.0 + e);
        residual[i] = is_true ? missing : -missing;
    }
    return {design.transpose() * residual, design.transpose() * weight.asDiagonal() * design};
}

}  // namespace

LogisticFit logistic_regression(const DesignMatrix& x, const std::vector<bool>& outcome) {
    check(x, outcome);
    const Matrix design = matrix_of(x);
    LogisticFit out;
    out.condition_number = checked_condition(design, x);
    // With separated outcomes the likelihood rises for ever, by steps that do not get smaller,
    // while what the rows know about some combination of weights dwindles. Information that has
    // lost eleven digits against that of equal rows has gone that way.
    const double sound =
        1e-11 * scaled_reciprocal_condition(Eigen::MatrixXd(design.transpose() * design));
    constexpr std::size_t most_iterations = 100;
    constexpr double eta_tolerance = 1e-9;
    Vector weights = Vector::Zero(design.cols());
    Vector eta = Vector::Zero(design.rows());
    double likelihood = log_likelihood(eta, outcome);
    bool is_converged = false;
    std::optional<Expansion> at;
    while (!is_converged) {
        if (out.iterations++ == most_iterations) throw separation();
        at = expansion_at(design, eta, outcome);
        if (scaled_reciprocal_condition(at->information) <= sound) throw separation();
        Vector step = at->information.ldlt().solve(at->gradient);
        Vector eta_step = design * step;
        double next = log_likelihood(eta + eta_step, outcome);
        // Near the top the likelihood is flat within its own rounding.
        const double slack = 1e-12 * std::abs(likelihood);
        for (int halvings = 0; !(next >= likelihood - slack) && halvings < 60; ++halvings) {
            step *= 0.5;
            eta_step *= 0.5;
            next = log_likelihood(eta + eta_step, outcome);
        }
        weights += step;
        eta = design * weights;
        likelihood = log_likelihood(eta, outcome);
        is_converged = eta_step.cwiseAbs().maxCoeff() <= eta_tolerance;
    }
    at = expansion_at(design, eta, outcome);
    const Eigen::MatrixXd covariance =
        at->information.ldlt().solve(Eigen::MatrixXd::Identity(design.cols(), design.cols()));
    out.weights.assign(weights.begin(), weights.end());
    out.covariance.assign(covariance.data(), covariance.data() + covariance.size());
    out.log_likelihood = likelihood;
    const auto n = static_cast<double>(outcome.size());
    const auto n_true = static_cast<double>(std::ranges::count(outcome, true));
    out.null_log_likelihood =
        n_true * std::log(n_true / n) + (n - n_true) * std::log1p(-n_true / n);
    return out;
}

std::vector<double> predicted_probabilities(const DesignMatrix& x,
                                            std::span<const double> weights) {
    if (weights.size() != x.n_columns()) {
        throw value_error(fmt::format("{} weights for {} columns, expected one each",
                                      weights.size(), x.n_columns()));
    }
    std::vector<double> out(x.n_rows());
    for (std::size_t i = 0; i < out.size(); ++i) {
        double eta = 0.0;
        for (std::size_t k = 0; k < weights.size(); ++k) eta += x.row(i)[k] * weights[k];
        out[i] = 1.0 / (1.0 + std::exp(-eta));
    }
    return out;
}

}  // namespace tb::stats
