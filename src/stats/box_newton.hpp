// A damped Newton descent inside a box, for costs of a few parameters whose first and second
// derivatives are cheap: everything lives on the stack.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

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

struct BoxNewtonOptions {
    std::size_t iterations = 60;
    double gain_tolerance = 1e-10;  ///< stop when a step promises and brings less than this
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
/// Damping (Levenberg, Marquardt) grows until a step lowers the cost.
///
/// @param expand  Expansion<N>(const Vector<N>&): value, gradient, second derivatives; the value
/// must not be NaN
/// @param value   double(const Vector<N>&): the value alone
/// @return the last accepted point; `best_value` its cost
template <std::size_t N, class Expand, class Value>
[[nodiscard]] Vector<N> minimise_in_box(const Expand& expand, const Value& value, Vector<N> x,
                                        const Vector<N>& low, const Vector<N>& high,
                                        double& best_value, const BoxNewtonOptions& options = {}) {
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
                double slope = 0.0;
                for (std::size_t i = 0; i < N; ++i) {
                    next[i] = std::clamp(x[i] + step[i], low[i], high[i]);
                    slope += at.gradient[i] * (next[i] - x[i]);
                }
                const double lowered = value(next);
                // A step that promises less than rounding of the cost can show ends the descent.
                if (std::abs(slope) < options.gain_tolerance && !(lowered < at.value)) break;
                if (lowered < at.value) {
                    gain = at.value - lowered;
                    x = next;
                    is_lower = true;
                    damping = std::max(damping * 0.1, 1e-12);
                    break;
                }
            }
            damping *= damping < 1e-6 ? 100.0 : 8.0;
        }
        if (!is_lower) break;
        at = expand(x);
        if (gain < options.gain_tolerance && damping < 1e-2) break;
    }
    best_value = at.value;
    return x;
}

}  // namespace tb::stats
