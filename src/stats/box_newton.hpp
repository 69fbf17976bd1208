// A damped Newton descent inside a box, for costs of a few parameters whose first and second
// derivatives are cheap: everything lives on the stack.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace tb::stats {

template <std::size_t N>
using Vector = std::array<double, N>;

/// Cost at a point, with gradient and (symmetric, lower triangle filled) second derivatives.
template <std::size_t N>
struct Expansion {
    double value = 0.0;
    Vector<N> gradient{};
    std::array<Vector<N>, N> hessian{};
};

/// What the expansion says that a move lowers the cost by.
template <std::size_t N>
[[nodiscard]] double promised_gain(const Expansion<N>& at, const Vector<N>& move) {
    double gain = 0.0;
    for (std::size_t i = 0; i < N; ++i) {
        gain -= move[i] * (at.gradient[i] + 0.5 * at.hessian[i][i] * move[i]);
        for (std::size_t j = 0; j < i; ++j) gain -= move[i] * at.hessian[i][j] * move[j];
    }
    return gain;
}

struct BoxNewtonOptions {
    std::size_t iterations = 100;
    double gain_tolerance = 1e-10;  ///< stop when a step promises and brings less than this
    /// Give up when four times what a nearly undamped step promises would still end above this
    /// cost.
    double abandon_above = std::numeric_limits<double>::infinity();
};

/// Solves (A + damping diag) s = -g over the coordinates that are free; others get 0.
/// @return false when the damped matrix is not positive definite
template <std::size_t N>
[[nodiscard]] bool damped_step(const Expansion<N>& at, const std::array<bool, N>& is_free,
                               double damping, Vector<N>& step) {
    std::array<Vector<N>, N> factor{};
    std::array<std::size_t, N> index{};
    std::size_t n = 0;
    for (std::size_t i = 0; i < N; ++i) {
        step[i] = 0.0;
        if (is_free[i]) index[n++] = i;
    }
    Vector<N> y{};
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = at.hessian[index[i]][index[j]];
            if (i == j) sum += damping * std::max(std::abs(sum), 1e-10);
            for (std::size_t k = 0; k < j; ++k) sum -= factor[i][k] * factor[j][k];
            if (i != j) {
                factor[i][j] = sum / factor[j][j];
            } else {
                const double scale = std::abs(at.hessian[index[i]][index[i]]);
                if (!(sum > 1e-13 * scale) || !(sum > 0.0)) return false;
                factor[i][i] = std::sqrt(sum);
            }
        }
        double sum = -at.gradient[index[i]];
        for (std::size_t k = 0; k < i; ++k) sum -= factor[i][k] * y[k];
        y[i] = sum / factor[i][i];
    }
    for (std::size_t i = n; i-- > 0;) {
        double sum = y[i];
        for (std::size_t k = i + 1; k < n; ++k) sum -= factor[k][i] * step[index[k]];
        step[index[i]] = sum / factor[i][i];
    }
    return true;
}

/// Descends from a start inside [low, high]; never returns a point worse than the start. A
/// coordinate at a bound whose gradient points outwards is held; steps are cut at the bounds.
/// Damping (Levenberg, Marquardt) grows until a step lowers the cost by a good part of what the
/// expansion promises.
///
/// @param expand  Expansion<N>(const Vector<N>&): value, gradient, second derivatives; the value
/// must not be NaN
/// @return the last accepted point; `best_value` its cost
template <std::size_t N, class Expand>
[[nodiscard]] Vector<N> minimise_in_box(const Expand& expand, Vector<N> x, const Vector<N>& low,
                                        const Vector<N>& high, double& best_value,
                                        const BoxNewtonOptions& options = {}) {
    for (std::size_t i = 0; i < N; ++i) x[i] = std::clamp(x[i], low[i], high[i]);
    double damping = 1e-3;
    auto at = expand(x);
    for (std::size_t iteration = 0; iteration < options.iterations; ++iteration) {
        std::array<bool, N> is_free{};
        for (std::size_t i = 0; i < N; ++i) {
            is_free[i] = low[i] < high[i] && !(x[i] <= low[i] && at.gradient[i] >= 0.0) &&
                         !(x[i] >= high[i] && at.gradient[i] <= 0.0);
        }
        bool is_lower = false;
        double gain = 0.0;
        while (damping < 1e12) {
            Vector<N> step{};
            if (damped_step(at, is_free, damping, step)) {
                Vector<N> next = x;
                Vector<N> moved{};
                for (std::size_t i = 0; i < N; ++i) {
                    next[i] = std::clamp(x[i] + step[i], low[i], high[i]);
                    moved[i] = next[i] - x[i];
                }
                const double promised = promised_gain(at, moved);
                // Nothing within reach is worth the way.
                if (damping < 1e-5 && at.value - 20.0 * promised > options.abandon_above) {
                    best_value = at.value;
                    return x;
                }
                const auto there = expand(next);
                // A step that promises less than rounding of the cost can show ends the descent.
                if (std::abs(promised) < options.gain_tolerance && !(there.value < at.value)) break;
                // Much less than promised: the step left the region where the expansion holds,
                // perhaps over a ridge into another basin, which is another start's to search.
                const double least = promised > 1e-6 ? 0.1 * promised : 0.0;
                if (at.value - there.value > least) {
                    gain = at.value - there.value;
                    x = next;
                    at = there;
                    is_lower = true;
                    damping = std::max(damping * 0.1, 1e-12);
                    break;
                }
            }
            damping *= damping < 1e-6 ? 100.0 : 8.0;
        }
        if (!is_lower) break;
        if (gain < options.gain_tolerance && damping < 1e-2) break;
    }
    best_value = at.value;
    return x;
}

}  // namespace tb::stats
