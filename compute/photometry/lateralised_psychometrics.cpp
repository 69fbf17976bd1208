#include "compute/photometry/lateralised_psychometrics.hpp"

#include <limits>

namespace tb::compute::photometry {

LateralisedPsychometrics lateralised_psychometrics(double bias, double lapse_left,
                                                   double lapse_right, std::string_view hemisphere,
                                                   UnknownHemisphere unknown) {
    if (hemisphere == "l") return {bias, lapse_right, lapse_left};
    if (hemisphere == "r") return {-bias, lapse_left, lapse_right};
    if (unknown == UnknownHemisphere::reference) return {bias, lapse_left, lapse_right};
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    return {nan, nan, nan};
}

}  // namespace tb::compute::photometry
