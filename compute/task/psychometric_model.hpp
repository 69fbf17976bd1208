// Psychometric functions and their likelihood.
#pragma once

#include "compute/task/psychometric_points.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace tb::compute::task {

/// Source: spec/ibl_behavior.md, 4. Parameters in this order:
enum class PsychometricModel {
    weibull,            ///< (a, b, g): (1 - g) - (1 - 2g) exp(-(x/a)^b)
    weibull50,          ///< (a, b, g): (1 - g) - (0.5 - g) exp(-(x/a)^b)
    erf_psycho,         ///< (bias, slope, g): g + (1 - 2g) (erf((x - bias)/slope) + 1)/2
    erf_psycho_2gammas  ///< (bias, threshold, g1, g2): g1 + (1 - g1 - g2) (erf((x -
                        ///< bias)/threshold) + 1)/2
};

[[nodiscard]] std::string_view to_string(PsychometricModel model) noexcept;
/// @throws tb::Error (data, ValueError) for an unknown name
[[nodiscard]] PsychometricModel model_named(std::string_view name);
/// 4 for erf_psycho_2gammas, else 3.
[[nodiscard]] std::size_t parameter_count(PsychometricModel model) noexcept;

/// P(rightward) at stimulus levels. A negative base of the Weibull gives NaN.
/// @param parameters  shape (parameter_count)
/// @throws tb::Error (data, ValueError) for a parameter vector of wrong length
[[nodiscard]] std::vector<double> psychometric_function(PsychometricModel model,
                                                        std::span<const double> parameters,
                                                        std::span<const double> x);

/// Cost of parameters that lie outside of the bounds, or give no probability.
inline constexpr double cost_outside = 1e7;

/// -sum n (p ln P + (1 - p) ln(1 - P)), summed from the first level to the last; P = 0 counts as
/// 2.220446049250313e-16, P = 1 as 1 less that. Levels whose p is not finite are left out. 1e7 when
/// a parameter is NaN or outside [min, max] (bounds are inside), or a P is none.
/// @param min, max  shape (parameter_count), or both empty for no bounds
/// @throws tb::Error (data, ValueError) for vectors of wrong length
[[nodiscard]] double negative_log_likelihood(PsychometricModel model,
                                             std::span<const double> parameters,
                                             const PsychometricPoints& points,
                                             std::span<const double> min = {},
                                             std::span<const double> max = {});

/// negative_log_likelihood() of vectors that are known to have the right lengths: what descents
/// call.
[[nodiscard]] double cost_of(PsychometricModel model, std::span<const double> parameters,
                             const PsychometricPoints& points, std::span<const double> min,
                             std::span<const double> max);

/// That there is one value for each parameter; `what` is named where there is not.
/// @throws tb::Error (data, ValueError)
void require_parameters(std::span<const double> values, PsychometricModel model,
                        std::string_view what);

/// Unweighted share of the variance of the observed fractions that a function explains, at least 0;
/// when nothing varies 1 for an exact function and 0 for another. Levels without a p are left out.
/// Source: spec/photometry.md 8.3.
[[nodiscard]] double r_squared(std::span<const double> observed, std::span<const double> predicted);

}  // namespace tb::compute::task
