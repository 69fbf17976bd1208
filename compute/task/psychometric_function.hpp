// Maximum-likelihood fits of psychometric functions. Two kinds: ours, which is deterministic and
// finds the optimum, and the reference's simplex with random restarts, for comparison.
#pragma once

#include "compute/task/psychometric_configuration.hpp"
#include "compute/task/psychometric_model.hpp"
#include "compute/task/psychometric_points.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tb::compute::task {

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
