#include "compute/task/fit_quality.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <Eigen/Dense>

namespace tb::compute::task {

namespace {

constexpr double edge = 1e-3;               // of the box's width
constexpr double least_information = 16.0;  // a standard error of a quarter of the box's width

/// Derivatives of P(rightward) at a level by bias, threshold, lapse_low and lapse_high.
Eigen::Vector4d gradient_at(const PsychometricFit& fit, double x) {
    const double z = (x - fit.bias()) / fit.threshold();
    const double f = (std::erf(z) + 1.0) / 2.0;
    const double gain = 1.0 - fit.lapse_low() - fit.lapse_high();
    const double density = std::numbers::inv_sqrtpi * std::exp(-z * z) / fit.threshold();
    return {-gain * density, -gain * density * z, 1.0 - f, -f};
}

bool is_at_bound(const PsychometricFit& fit, const FitBox& box) {
    for (std::size_t i = 0; i < box.min.size(); ++i) {
        const double margin = edge * (box.max[i] - box.min[i]);
        const bool is_lapse = i >= 2;
        if (fit.parameters[i] >= box.max[i] - margin) return true;
        if (!is_lapse && fit.parameters[i] <= box.min[i] + margin) return true;
    }
    return false;
}

bool is_flat(const PsychometricPoints& points, const PsychometricFit& fit, const FitBox& box) {
    constexpr double nearly_certain = 1e-9;
    std::vector<int> free;
    for (int i = 0; i < 4; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const bool is_zero_lapse =
            i >= 2 && fit.parameters[at] <= edge * (box.max[at] - box.min[at]);
        if (!is_zero_lapse) free.push_back(i);
    }
    Eigen::Matrix4d information = Eigen::Matrix4d::Zero();
    for (std::size_t level = 0; level < points.size(); ++level) {
        if (!std::isfinite(points.p[level])) continue;
        const double p = std::clamp(fit.predicted[level], nearly_certain, 1.0 - nearly_certain);
        Eigen::Vector4d gradient = gradient_at(fit, points.x[level]);
        for (int i = 0; i < 4; ++i) {
            const auto at = static_cast<std::size_t>(i);
            gradient[i] *= box.max[at] - box.min[at];
        }
        information += points.n[level] / (p * (1.0 - p)) * gradient * gradient.transpose();
    }
    const Eigen::MatrixXd of_free = information(free, free);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(of_free, Eigen::EigenvaluesOnly);
    return !(solver.eigenvalues().minCoeff() >= least_information);
}

}  // namespace

std::string_view to_string(FitQuality quality) noexcept {
    switch (quality) {
        case FitQuality::good:
            return "good";
        case FitQuality::too_few_levels:
            return "too_few_levels";
        case FitQuality::at_bound:
            return "at_bound";
        case FitQuality::flat:
            return "flat";
    }
    return "flat";
}

FitQuality worse_of(FitQuality a, FitQuality b) noexcept {
    if (a == FitQuality::good || b == FitQuality::good) return a == FitQuality::good ? b : a;
    return std::min(a, b);
}

FitQuality fit_quality(const PsychometricPoints& points, const FitConfiguration& configuration,
                       const PsychometricFit& fit) {
    const auto n_levels = static_cast<std::size_t>(
        std::ranges::count_if(points.p, [](double p) { return std::isfinite(p); }));
    if (n_levels < parameter_count(configuration.model) || std::isnan(fit.log_likelihood))
        return FitQuality::too_few_levels;
    const FitBox box = fit_box(configuration, points);
    if (is_at_bound(fit, box)) return FitQuality::at_bound;
    return is_flat(points, fit, box) ? FitQuality::flat : FitQuality::good;
}

}  // namespace tb::compute::task
