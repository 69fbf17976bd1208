// Whether the parameters of a psychometric fit say anything: an animal that guesses, or a session
// with two contrasts, has a best function too, but another would do as well.
#pragma once

#include "compute/task/psychometric_function.hpp"

#include <string_view>

namespace tb::compute::task {

/// In the order in which they are looked for, but for `good`: a fit has the first that holds.
enum class FitQuality {
    good,
    too_few_levels,  ///< fewer stimulus levels than parameters: they are not determined, and with
                     ///< fewer than least_levels (or two) there are none
    at_bound,  ///< the search ended at the edge of its box in bias, threshold or an upper lapse
    flat       ///< the likelihood does not tell the parameters
};

/// The label in column fit_quality.
[[nodiscard]] std::string_view to_string(FitQuality quality) noexcept;

/// What a value that rests on both fits is worth: that of the one that is looked for first, good
/// only when both are.
[[nodiscard]] FitQuality worse_of(FitQuality a, FitQuality b) noexcept;

/// Judges a fit of erf_psycho_2gammas to `points`.
///
/// At a bound: bias or threshold within a thousandth of the box's width from its edge, or a lapse
/// from its upper edge. A lapse of 0 is an edge of probability, not of the search, and counts as
/// determined. Flat: along some direction the parameters could move by more than a quarter of the
/// box's width at a cost of less than 1/2 in log-likelihood (Fisher's information at the fit,
/// scaled by the box, has an eigenvalue below 16); half a unit of log-likelihood is one standard
/// error.
[[nodiscard]] FitQuality fit_quality(const PsychometricPoints& points,
                                     const FitConfiguration& configuration,
                                     const PsychometricFit& fit);

}  // namespace tb::compute::task
