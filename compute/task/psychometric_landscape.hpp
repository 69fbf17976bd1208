// The likelihood of psychometric functions as a landscape that descends: cost, slope and curvature
// by all parameters. For psychometric_optimum.cpp.
//
// All four functions are base + gain * F(x; two shape parameters) with base and gain linear in the
// lapses, so that for a given shape the cost is convex in the lapses.
#pragma once

#include "compute/task/psychometric_model.hpp"
#include "src/stats/box_newton.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace tb::compute::task::landscape {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double epsilon = 2.220446049250313e-16;
inline constexpr double inverse_sqrt_pi = 0.56418958354775628694807945156077;
inline constexpr std::size_t most_lapses = 2;

/// F at one level with its derivatives by the shape parameters.
struct Shape {
    double f = 0.0;
    double f0 = 0.0, f1 = 0.0;
    double f00 = 0.0, f01 = 0.0, f11 = 0.0;
    bool is_valid = true;
};

inline bool is_erf(PsychometricModel model) {
    return model == PsychometricModel::erf_psycho || model == PsychometricModel::erf_psycho_2gammas;
}

inline Shape erf_shape(double bias, double threshold, double x, bool with_derivatives) {
    Shape out;
    const double z = (x - bias) / threshold;
    out.f = (std::erf(z) + 1.0) / 2.0;
    if (!with_derivatives) return out;
    const double density = inverse_sqrt_pi * std::exp(-z * z);
    const double by_threshold = density / threshold;
    const double by_square = by_threshold / threshold;
    out.f0 = -by_threshold;
    out.f1 = -by_threshold * z;
    out.f00 = -2.0 * z * by_square;
    out.f01 = by_square * (1.0 - 2.0 * z * z);
    out.f11 = by_square * z * (2.0 - 2.0 * z * z);
    return out;
}

inline Shape weibull_shape(double a, double b, double x, bool with_derivatives) {
    Shape out;
    const double ratio = x / a;
    if (!(ratio >= 0.0)) {
        out.is_valid = false;
        return out;
    }
    const double w = std::pow(ratio, b);
    const double rest = std::exp(-w);
    out.f = 1.0 - rest;
    if (!with_derivatives || ratio == 0.0 || !std::isfinite(w) || rest == 0.0) return out;
    const double log_ratio = std::log(ratio);
    const double wa = -b * w / a;
    const double wb = w * log_ratio;
    out.f0 = rest * wa;
    out.f1 = rest * wb;
    out.f00 = rest * (b * (b + 1.0) * w / (a * a) - wa * wa);
    out.f01 = rest * (-(w / a) * (1.0 + b * log_ratio) - wa * wb);
    out.f11 = rest * (w * log_ratio * log_ratio - wb * wb);
    return out;
}

/// P = base + gain F, and how base and gain change with each lapse.
struct Mixture {
    double base = 0.0;
    double gain = 0.0;
    std::array<double, most_lapses> base_by{};
    std::array<double, most_lapses> gain_by{};
};

/// @param lapses  L of them; only erf_psycho_2gammas, with L = 2, reads a second one
template <std::size_t L>
Mixture mixture_of(PsychometricModel model, const double* lapses) {
    switch (model) {
        case PsychometricModel::weibull:
        case PsychometricModel::erf_psycho:
            return {lapses[0], 1.0 - 2.0 * lapses[0], {1.0, 0.0}, {-2.0, 0.0}};
        case PsychometricModel::weibull50:
            return {0.5, 0.5 - lapses[0], {0.0, 0.0}, {-1.0, 0.0}};
        case PsychometricModel::erf_psycho_2gammas:
            return {lapses[0], 1.0 - lapses[0] - lapses[L - 1], {1.0, 0.0}, {-1.0, -1.0}};
    }
    return {};
}

/// n psi(P) with psi = -(p ln P + (1 - p) ln(1 - P)), and its first two derivatives by P.
struct Term {
    double value = 0.0;
    double d1 = 0.0;
    double d2 = 0.0;
};

inline double clipped(double at) {
    return std::clamp(at, epsilon, 1.0 - epsilon);
}

inline Term term_of(double n, double p, double at) {
    const double q = 1.0 - p;
    const double inside = clipped(at);
    const double outside = 1.0 - inside;
    Term out;
    if (p > 0.0) {
        out.value -= p * std::log(inside);
        out.d1 -= p / inside;
        out.d2 += p / (inside * inside);
    }
    if (q > 0.0) {
        out.value -= q * std::log(outside);
        out.d1 += q / outside;
        out.d2 += q / (outside * outside);
    }
    out.value *= n;
    out.d1 *= n;
    out.d2 *= n;
    return out;
}

/// The cost of a model with two shape parameters and L lapses over some points.
template <std::size_t L>
class Landscape {
  public:
    static constexpr std::size_t N = 2 + L;
    using Parameters = stats::Vector<N>;

    Landscape(PsychometricModel model, const PsychometricPoints& points)
        : model_(model), points_(points), shapes_(points.size()) {}

    [[nodiscard]] double value(const Parameters& p) const {
        const auto mixture = mixture_of<L>(model_, &p[2]);
        double sum = 0.0;
        for (std::size_t i = 0; i < points_.size(); ++i) {
            const auto shape = shape_at(p[0], p[1], points_.x[i], false);
            if (!shape.is_valid) return cost_outside;
            sum += log_term(i, mixture.base + mixture.gain * shape.f);
        }
        return std::isnan(sum) ? cost_outside : sum;
    }

    [[nodiscard]] stats::Expansion<N> expand(const Parameters& p) const {
        stats::Expansion<N> out;
        const auto mixture = mixture_of<L>(model_, &p[2]);
        for (std::size_t i = 0; i < points_.size(); ++i) {
            const auto shape = shape_at(p[0], p[1], points_.x[i], true);
            if (!shape.is_valid) {
                out = {};
                out.value = cost_outside;
                return out;
            }
            const auto term =
                term_of(points_.n[i], points_.p[i], mixture.base + mixture.gain * shape.f);
            std::array<double, N> first{mixture.gain * shape.f0, mixture.gain * shape.f1};
            for (std::size_t k = 0; k < L; ++k)
                first[2 + k] = mixture.base_by[k] + mixture.gain_by[k] * shape.f;
            out.value += term.value;
            for (std::size_t a = 0; a < N; ++a) {
                out.gradient[a] += term.d1 * first[a];
                for (std::size_t b = 0; b <= a; ++b)
                    out.hessian[a][b] += term.d2 * first[a] * first[b];
            }
            const double slope = term.d1 * mixture.gain;
            out.hessian[0][0] += slope * shape.f00;
            out.hessian[1][0] += slope * shape.f01;
            out.hessian[1][1] += slope * shape.f11;
            for (std::size_t k = 0; k < L; ++k) {
                out.hessian[2 + k][0] += term.d1 * mixture.gain_by[k] * shape.f0;
                out.hessian[2 + k][1] += term.d1 * mixture.gain_by[k] * shape.f1;
            }
        }
        if (std::isnan(out.value)) out.value = cost_outside;
        return out;
    }

    /// Lowers the cost over the lapses alone, a few Newton steps; changes p, returns its cost.
    double solve_lapses(Parameters& p, const Parameters& low, const Parameters& high) {
        for (std::size_t i = 0; i < points_.size(); ++i) {
            const auto shape = shape_at(p[0], p[1], points_.x[i], false);
            if (!shape.is_valid) return cost_outside;
            shapes_[i] = shape.f;
        }
        stats::Vector<L> lapses{}, least{}, most{};
        for (std::size_t k = 0; k < L; ++k) {
            lapses[k] = p[2 + k];
            least[k] = low[2 + k];
            most[k] = high[2 + k];
        }
        const auto expand_lapses = [&](const stats::Vector<L>& at) {
            stats::Expansion<L> out;
            const auto mixture = mixture_of<L>(model_, at.data());
            for (std::size_t i = 0; i < points_.size(); ++i) {
                const double f = shapes_[i];
                const auto term =
                    term_of(points_.n[i], points_.p[i], mixture.base + mixture.gain * f);
                out.value += term.value;
                for (std::size_t a = 0; a < L; ++a) {
                    const double first = mixture.base_by[a] + mixture.gain_by[a] * f;
                    out.gradient[a] += term.d1 * first;
                    for (std::size_t b = 0; b <= a; ++b) {
                        out.hessian[a][b] +=
                            term.d2 * first * (mixture.base_by[b] + mixture.gain_by[b] * f);
                    }
                }
            }
            return out;
        };
        stats::BoxNewtonOptions options;
        options.iterations = 4;
        options.gain_tolerance = 1e-2;
        double best = 0.0;
        lapses = stats::minimise_in_box<L>(expand_lapses, lapses, least, most, best, options);
        for (std::size_t k = 0; k < L; ++k) p[2 + k] = lapses[k];
        return best;
    }

    /// A descent that gives up when it cannot end below `abandon_above`.
    [[nodiscard]] Parameters descend(const Parameters& start, const Parameters& low,
                                     const Parameters& high, double abandon_above,
                                     double& cost) const {
        stats::BoxNewtonOptions options;
        options.abandon_above = abandon_above;
        return stats::minimise_in_box<N>([this](const Parameters& p) { return expand(p); }, start,
                                         low, high, cost, options);
    }

  private:
    [[nodiscard]] Shape shape_at(double s0, double s1, double x, bool with_derivatives) const {
        return is_erf(model_) ? erf_shape(s0, s1, x, with_derivatives)
                              : weibull_shape(s0, s1, x, with_derivatives);
    }

    [[nodiscard]] double log_term(std::size_t i, double at) const {
        const double inside = clipped(at);
        const double p = points_.p[i];
        double sum = 0.0;
        if (p > 0.0) sum -= p * std::log(inside);
        if (p < 1.0) sum -= (1.0 - p) * std::log(1.0 - inside);
        return points_.n[i] * sum;
    }

    PsychometricModel model_;
    const PsychometricPoints& points_;
    std::vector<double> shapes_;
};

}  // namespace tb::compute::task::landscape
