// The bottom of a smooth function of many numbers, by L-BFGS.
#pragma once

#include <cstddef>
#include <functional>

#include <Eigen/Core>

namespace tb::stats {

struct LbfgsOptions {
    std::size_t memory = 10;           ///< pairs of steps and gradient changes that are kept
    std::size_t iterations = 1000;     ///< at most
    double gradient_tolerance = 1e-6;  ///< ends when no part of the gradient is greater
};

struct LbfgsResult {
    Eigen::VectorXd x;
    double value = 0.0;
    std::size_t iterations = 0;
    /// False when the iterations ran out before the gradient was small, or no step went lower
    /// (which near the bottom is rounding).
    bool is_converged = false;
};

/// Value at a point; writes the gradient, which has the length of the point.
using ValueAndGradient = std::function<double(const Eigen::VectorXd& x, Eigen::VectorXd& gradient)>;

/// Descends from `start` with steps that meet Wolfe's conditions (Nocedal and Wright, Numerical
/// Optimization, 2nd edition, algorithms 3.5, 3.6, 7.4 and 7.5). For convex functions the result
/// does not depend on the start.
/// @throws tb::Error (data, ValueError) when value or gradient at the start are not finite
[[nodiscard]] LbfgsResult lbfgs(const ValueAndGradient& function, Eigen::VectorXd start,
                                const LbfgsOptions& options = {});

}  // namespace tb::stats
