// The downhill simplex of Nelder and Mead (1965), step for step as scipy.optimize.fmin 1.10 takes
// it, so that published fits can be followed vertex by vertex.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace tb::stats {

/// When to stop. Defaults are those of the reference (spec/ibl_behavior.md, "Psychometric fits").
struct NelderMeadOptions {
    double x_tolerance = 1e-4;  ///< largest coordinate difference to the best vertex
    double f_tolerance =
        1e-4;  ///< largest difference of the cost to the best vertex; both must hold
    std::size_t iterations_per_dimension = 200;   ///< at most this many times the dimension
    std::size_t evaluations_per_dimension = 200;  ///< the same for evaluations of the cost
};

/// Where a minimiser stopped.
struct Minimum {
    std::vector<double> x;
    double value = 0.0;
    std::size_t iterations = 0;
    std::size_t evaluations = 0;
    bool is_converged = false;  ///< false when a limit stopped it
};

/// Minimises a function from a start. Coefficients 1 (reflection), 2 (expansion), 0.5 (contraction)
/// and 0.5 (shrink); initial simplex: the start, and per coordinate the start times 1.05, or
/// 0.00025 where it is 0; among equal vertices the earlier one stays first. Sums run from the first
/// vertex to the last.
///
/// @param cost   must not return NaN
/// @param start  shape (dimension), at least one
/// @throws tb::Error (data) for an empty start
[[nodiscard]] Minimum nelder_mead(const std::function<double(std::span<const double>)>& cost,
                                  std::span<const double> start,
                                  const NelderMeadOptions& options = {});

}  // namespace tb::stats
