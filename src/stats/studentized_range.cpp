#include "src/stats/studentized_range.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <fmt/format.h>

namespace tb::stats {

namespace {

/// Integral over panels of 20 points each. Not adaptive: the integrands are smooth on the scale of
/// a panel, and an adaptive rule would chase the rounding of the inner integral.
template <class Function>
double integral(const Function& function, double from, double to, int n_panels) {
    double sum = 0.0;
    const double width = (to - from) / n_panels;
    for (int i = 0; i < n_panels; ++i) {
        const double begin = from + width * i;
        sum +=
            boost::math::quadrature::gauss<double, 20>::integrate(function, begin, begin + width);
    }
    return sum;
}

/// Chance that `k` standard normal variables lie further apart than w.
double range_p(double w, int k) {
    // Wherever the least of them lies, the others must be at most w above it:
    // P(range <= w) = k integral phi(z) (Phi(z + w) - Phi(z))^(k - 1) dz. Beyond 9 standard
    // deviations the integrand is less than rounding.
    const auto others_within = [&](double z) {
        const double density = std::exp(-z * z / 2.0) / std::sqrt(2.0 * std::numbers::pi);
        const double share =
            0.5 * (std::erfc(-(z + w) / std::numbers::sqrt2) - std::erfc(-z / std::numbers::sqrt2));
        return density * std::pow(std::max(share, 0.0), k - 1);
    };
    constexpr double reach = 9.0;
    const double within = k * integral(others_within, -reach, reach, 12);
    return std::clamp(1.0 - within, 0.0, 1.0);
}

}  // namespace

double studentized_range_p(double q, int n_means, double degrees_of_freedom) {
    if (!(q >= 0.0) || n_means < 2 || !(degrees_of_freedom >= 1.0)) {
        throw value_error(
            fmt::format("studentized range {} of {} means with {} degrees of freedom: expected 0 "
                        "or more, at least 2, at least 1",
                        q, n_means, degrees_of_freedom));
    }
    if (std::isinf(q)) return 0.0;
    if (q == 0.0) return 1.0;
    if (std::isinf(degrees_of_freedom)) return range_p(q, n_means);
    // The estimate s of a standard deviation of 1 has s^2 v chi squared with v degrees of freedom.
    const double v = degrees_of_freedom;
    const double log_scale =
        std::numbers::ln2 + v / 2.0 * std::log(v / 2.0) - boost::math::lgamma(v / 2.0);
    const auto beyond = [&](double s) {
        if (s <= 0.0) return v == 1.0 ? std::exp(log_scale) : 0.0;
        const double density = std::exp(log_scale + (v - 1.0) * std::log(s) - v * s * s / 2.0);
        return density * range_p(q * s, n_means);
    };
    // s lies within 9/sqrt(v) of 1, more than 12 standard deviations, or 9 for one degree of
    // freedom; what q s beyond 14 adds is less than rounding.
    const double spread = 9.0 / std::sqrt(v);
    const double low = std::max(0.0, 1.0 - spread);
    const double high = std::min(1.0 + spread, std::max(low, 14.0 / q));
    if (high <= low) return 0.0;
    const double p = integral(beyond, low, high, 16);
    return std::clamp(p, 0.0, 1.0);
}

}  // namespace tb::stats
