// A session's psychometric parameters as one recording sees them. Source: spec/photometry.md, 13.2
// and 20, defect 12.
#pragma once

#include <string_view>

namespace tb::compute::photometry {

/// What becomes of a recording whose hemisphere is neither `l` nor `r`: no lateralised values, or
/// the reference's, which signs the bias as for `l` and swaps the lapses as for `r`.
enum class UnknownHemisphere { none, reference };

struct LateralisedPsychometrics {
    double bias =
        0.0;  ///< positive: towards the contralateral side's meaning of the left recording
    double lapse_contra = 0.0;
    double lapse_ipsi = 0.0;
};

/// @param bias, lapse_left, lapse_right  of the session's fit; NaN stays NaN
/// @return NaN throughout for an unknown hemisphere unless the reference's values are asked for
[[nodiscard]] LateralisedPsychometrics lateralised_psychometrics(
    double bias, double lapse_left, double lapse_right, std::string_view hemisphere,
    UnknownHemisphere unknown = UnknownHemisphere::none);

}  // namespace tb::compute::photometry
