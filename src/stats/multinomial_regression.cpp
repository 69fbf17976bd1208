#include "src/stats/multinomial_regression.hpp"

#include "src/stats/test_result.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Dense>
#include <fmt/format.h>

namespace tb::stats {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Turns scores into probabilities; gives the logarithm of their sum before.
double softmax(Eigen::Ref<Eigen::VectorXd> scores) {
    const double greatest = scores.maxCoeff();
    scores.array() = (scores.array() - greatest).exp();
    const double sum = scores.sum();
    scores /= sum;
    return greatest + std::log(sum);
}

/// Rows with a one behind their standardised measures, and what they are told by.
class Problem {
  public:
    Problem(const DesignMatrix& x, std::span<const std::size_t> classes, std::size_t n_classes,
            double penalty, const MultinomialRegression& fit)
        : classes_(classes),
          n_classes_(static_cast<Eigen::Index>(n_classes)),
          width_(static_cast<Eigen::Index>(x.n_columns()) + 1),
          penalty_(penalty),
          rows_(static_cast<Eigen::Index>(x.n_rows()), width_) {
        for (Eigen::Index i = 0; i < rows_.rows(); ++i) {
            const double* row = x.row(static_cast<std::size_t>(i));
            for (Eigen::Index j = 0; j + 1 < width_; ++j) {
                const auto at = static_cast<std::size_t>(j);
                rows_(i, j) = (row[at] - fit.mean[at]) / fit.deviation[at];
            }
            rows_(i, width_ - 1) = 1.0;
        }
    }

    [[nodiscard]] Eigen::Index size() const { return n_classes_ * width_; }

    /// Cost of weights (minus what is to be made great), with its slope and curvature.
    double expand(const Eigen::VectorXd& weights, Eigen::VectorXd* gradient,
                  Eigen::MatrixXd* hessian) const {
        const Eigen::Map<const Matrix> w(weights.data(), n_classes_, width_);
        double cost = 0.0;
        if (gradient != nullptr) gradient->setZero(size());
        if (hessian != nullptr) hessian->setZero(size(), size());
        for (Eigen::Index i = 0; i < rows_.rows(); ++i) {
            const Eigen::VectorXd z = rows_.row(i).transpose();
            Eigen::VectorXd p = w * z;
            const auto truth = static_cast<Eigen::Index>(classes_[static_cast<std::size_t>(i)]);
            const double score = p[truth];
            cost += softmax(p) - score;
            if (gradient == nullptr) continue;
            for (Eigen::Index k = 0; k < n_classes_; ++k)
                gradient->segment(k * width_, width_) += (p[k] - (k == truth ? 1.0 : 0.0)) * z;
            const Eigen::MatrixXd square = z * z.transpose();
            for (Eigen::Index k = 0; k < n_classes_; ++k) {
                for (Eigen::Index l = 0; l <= k; ++l) {
                    const double factor = (k == l ? p[k] : 0.0) - p[k] * p[l];
                    hessian->block(k * width_, l * width_, width_, width_) += factor * square;
                }
            }
        }
        for (Eigen::Index k = 0; k < n_classes_; ++k) {
            for (Eigen::Index j = 0; j < width_; ++j) {
                const bool is_intercept = j + 1 == width_;
                const auto at = k * width_ + j;
                if (!is_intercept) cost += 0.5 * penalty_ * weights[at] * weights[at];
                if (gradient == nullptr) continue;
                if (!is_intercept) {
                    (*gradient)[at] += penalty_ * weights[at];
                    (*hessian)(at, at) += penalty_;
                }
            }
        }
        if (hessian != nullptr) {
            // One number added to all intercepts changes nothing: along it the curvature is made 1.
            for (Eigen::Index k = 0; k < n_classes_; ++k)
                for (Eigen::Index l = 0; l <= k; ++l)
                    (*hessian)(k * width_ + width_ - 1, l * width_ + width_ - 1) += 1.0;
        }
        return cost;
    }

  private:
    std::span<const std::size_t> classes_;
    Eigen::Index n_classes_;
    Eigen::Index width_;
    double penalty_;
    Matrix rows_;
};

void require_rows(const DesignMatrix& x, std::span<const std::size_t> classes,
                  std::size_t n_classes, double penalty) {
    if (x.n_rows() != classes.size()) {
        throw value_error(fmt::format("multinomial regression: {} rows and {} classes of them",
                                      x.n_rows(), classes.size()));
    }
    if (classes.empty()) throw too_few_values("multinomial regression: nothing to learn from");
    if (*std::ranges::max_element(classes) >= n_classes) {
        throw value_error(fmt::format("multinomial regression: a class {} of {}",
                                      *std::ranges::max_element(classes), n_classes));
    }
    if (!(penalty > 0.0)) {
        throw value_error(
            fmt::format("multinomial regression: penalty {}, expected above 0", penalty));
    }
    require_finite(x.values, "multinomial regression: measures");
}

}  // namespace

std::vector<double> MultinomialRegression::probabilities(const double* row) const {
    const std::size_t width = mean.size() + 1;
    Eigen::VectorXd p(static_cast<Eigen::Index>(n_classes));
    for (std::size_t k = 0; k < n_classes; ++k) {
        const double* w = weights.data() + k * width;
        double score = w[width - 1];
        for (std::size_t j = 0; j + 1 < width; ++j)
            score += w[j] * (row[j] - mean[j]) / deviation[j];
        p[static_cast<Eigen::Index>(k)] = score;
    }
    softmax(p);
    return {p.begin(), p.end()};
}

MultinomialRegression multinomial_regression(const DesignMatrix& x, std::span<const std::size_t> classes,
                                      std::size_t n_classes, double penalty,
                                      std::span<const double> start) {
    require_rows(x, classes, n_classes, penalty);
    MultinomialRegression fit;
    fit.n_classes = n_classes;
    const auto n = static_cast<double>(x.n_rows());
    for (std::size_t j = 0; j < x.n_columns(); ++j) {
        double sum = 0.0;
        for (std::size_t i = 0; i < x.n_rows(); ++i) sum += x.row(i)[j];
        double squares = 0.0;
        for (std::size_t i = 0; i < x.n_rows(); ++i)
            squares += (x.row(i)[j] - sum / n) * (x.row(i)[j] - sum / n);
        fit.mean.push_back(sum / n);
        fit.deviation.push_back(squares > 0.0 ? std::sqrt(squares / n) : 1.0);
    }
    const Problem problem(x, classes, n_classes, penalty, fit);
    Eigen::VectorXd weights = Eigen::VectorXd::Zero(problem.size());
    if (static_cast<Eigen::Index>(start.size()) == problem.size())
        weights = Eigen::Map<const Eigen::VectorXd>(start.data(), problem.size());
    constexpr int most_steps = 100;
    Eigen::VectorXd gradient;
    Eigen::MatrixXd hessian;
    for (int step = 0; step < most_steps; ++step) {
        const double cost = problem.expand(weights, &gradient, &hessian);
        const Eigen::VectorXd move =
            -hessian.selfadjointView<Eigen::Lower>().ldlt().solve(gradient);
        const double promised = -gradient.dot(move);
        if (!(promised > 1e-16 * (1.0 + cost))) break;
        double length = 1.0;
        Eigen::VectorXd next = weights + move;
        while (length > 1e-6 && !(problem.expand(next, nullptr, nullptr) <= cost)) {
            length /= 2.0;
            next = weights + length * move;
        }
        if (length <= 1e-6) break;  // rounding alone is left
        weights = next;
    }
    const auto width = static_cast<Eigen::Index>(x.n_columns()) + 1;
    double intercepts = 0.0;
    for (Eigen::Index at = width - 1; at < problem.size(); at += width) intercepts += weights[at];
    for (Eigen::Index at = width - 1; at < problem.size(); at += width)
        weights[at] -= intercepts / static_cast<double>(n_classes);
    fit.weights.assign(weights.begin(), weights.end());
    return fit;
}

std::vector<std::size_t> multinomial_regression_leave_one_out(const DesignMatrix& x,
                                                              std::span<const std::size_t> classes,
                                                              double penalty) {
    if (classes.size() < 2) {
        throw too_few_values("multinomial regression, leaving one out: expected at least two rows");
    }
    const std::size_t n_classes = *std::ranges::max_element(classes) + 1;
    const MultinomialRegression of_all = multinomial_regression(x, classes, n_classes, penalty);
    std::vector<std::size_t> out;
    for (std::size_t left_out = 0; left_out < classes.size(); ++left_out) {
        DesignMatrix others{x.names, {}};
        std::vector<std::size_t> their_classes;
        for (std::size_t i = 0; i < classes.size(); ++i) {
            if (i == left_out) continue;
            others.values.insert(others.values.end(), x.row(i), x.row(i) + x.n_columns());
            their_classes.push_back(classes[i]);
        }
        const auto p =
            multinomial_regression(others, their_classes, n_classes, penalty, of_all.weights)
                .probabilities(x.row(left_out));
        out.push_back(static_cast<std::size_t>(std::ranges::max_element(p) - p.begin()));
    }
    return out;
}

}  // namespace tb::stats
