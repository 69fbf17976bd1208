// Psychometric functions, their likelihood and their maximum-likelihood fits. Two kinds of fit:
// ours, which is deterministic and finds the optimum, and the reference's simplex with random
// restarts, for comparison.
#pragma once

#include "compute/task/psychometric_points.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
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

/// Start and bounds of a fit, and how the reference went about it. An empty vector is the library's
/// default; a NaN in the first place of start, min, max means the unweighted mean, the least, the
/// greatest of all levels.
struct FitConfiguration {
    std::string name;
    PsychometricModel model = PsychometricModel::erf_psycho_2gammas;
    std::vector<double> start;
    std::vector<double> min;
    std::vector<double> max;
    std::size_t runs = 5;          ///< descents of the reference's fit; ours does not need it
    std::size_t least_levels = 1;  ///< with fewer levels that have a p there is no fit: all NaN
                                   ///< (nor with fewer than least_levels_of_a_fit)
    PointGrouping grouping =
        PointGrouping::no_go_is_not_right;  ///< how this configuration's users count trials
};

/// The configurations of the spec: `default`, `status`, `plotting`, `paper`, `paper_pooled` (the
/// published 2019 fits, data/SOURCES.md). @throws tb::Error (data, ValueError) for an unknown name
[[nodiscard]] FitConfiguration fit_configuration(std::string_view name);
[[nodiscard]] std::span<const std::string_view> fit_configuration_names() noexcept;

/// A function of the stimulus is not fitted to a single stimulus, whatever a configuration says.
inline constexpr std::size_t least_levels_of_a_fit = 2;

/// A configuration with its numbers filled in for some points. All of shape (parameter_count).
struct FitBox {
    std::vector<double> start;
    std::vector<double> min;
    std::vector<double> max;
};

/// @throws tb::Error (data, ValueError) for vectors of wrong length, a NaN other than in the first
/// place,
///         bounds in the wrong order, or no level
[[nodiscard]] FitBox fit_box(const FitConfiguration& configuration,
                             const PsychometricPoints& points);

/// A fitted function.
struct PsychometricFit {
    std::vector<double>
        parameters;  ///< as the model orders them; all NaN when there is nothing to fit
    double log_likelihood = 0.0;    ///< NaN when there is nothing to fit
    std::vector<double> predicted;  ///< P(rightward) at every level
    double r_squared = 0.0;         ///< see r_squared(); NaN when there is nothing to fit
    double n_trials = 0.0;          ///< sum of n

    // Names for the parameters of the erf functions (spec/photometry.md 8.3: g1 holds at the left
    // extreme).
    [[nodiscard]] double bias() const { return parameters.at(0); }
    [[nodiscard]] double threshold() const { return parameters.at(1); }
    [[nodiscard]] double lapse_low() const { return parameters.at(2); }
    [[nodiscard]] double lapse_high() const { return parameters.back(); }
};

/// Unweighted share of the variance of the observed fractions that a function explains, at least 0;
/// when nothing varies 1 for an exact function and 0 for another. Levels without a p are left out.
/// Source: spec/photometry.md 8.3.
[[nodiscard]] double r_squared(std::span<const double> observed, std::span<const double> predicted);

/// The maximum-likelihood fit within the configuration's bounds: the best of damped Newton descents
/// from the promising points of a grid and from the configured start. No randomness: the same
/// points give the same fit. Where the likelihood is flat (to 1e-7) the descent from the start
/// wins. Not worse than the reference's restarts.
///
/// Fewer than least_levels (and than two) levels with a finite p: NaN parameters, log_likelihood
/// and r_squared. Parameters without any likelihood in the whole box (a Weibull of negative
/// levels): the start, -1e7.
/// @throws tb::Error (data, ValueError) as fit_box
[[nodiscard]] PsychometricFit fit_psychometric(const PsychometricPoints& points,
                                               const FitConfiguration& configuration);

/// The reference's fit: the simplex from the start, and with a seed configuration.runs - 1 more
/// from uniform points of the box (RandomState(seed)); the greatest likelihood wins, the first
/// among equals. Without seed: one descent.
/// @throws tb::Error (data, ValueError) as fit_box
[[nodiscard]] PsychometricFit fit_psychometric_by_simplex(const PsychometricPoints& points,
                                                          const FitConfiguration& configuration,
                                                          std::optional<std::uint32_t> seed = {});

}  // namespace tb::compute::task
