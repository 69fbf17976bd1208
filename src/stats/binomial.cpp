#include "src/stats/binomial.hpp"

#include "trialbase/error.hpp"

#include <cmath>

#include <boost/math/policies/policy.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <fmt/format.h>

namespace tb::stats {

namespace {

// Not in long double: where a chance is exactly a half (an odd number of fair coins), published
// medians are what this rounding makes of it.
using InDouble = boost::math::policies::policy<boost::math::policies::promote_double<false>>;

void require_share(double percent, std::size_t n) {
    if (!(percent >= 0.0 && percent <= 100.0) || n == 0) {
        throw value_error(
            fmt::format("{} percent of {} things: expected 0 to 100 of at least one", percent, n));
    }
}

}  // namespace

double binomial_cdf(double k, std::size_t n, double p) {
    const double successes = std::floor(k);
    const auto trials = static_cast<double>(n);
    if (successes < 0.0) return 0.0;
    if (successes >= trials || p <= 0.0) return 1.0;
    if (p >= 1.0) return 0.0;
    return boost::math::ibetac(successes + 1.0, trials - successes, p, InDouble());
}

std::size_t binomial_quantile(double q, std::size_t n, double p) {
    std::size_t low = 0;
    std::size_t high = n;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (binomial_cdf(static_cast<double>(middle), n, p) >= q) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

BinomialComparison binomial_comparison(double percent, std::size_t n, double null_percent,
                                       Tails tails, double p_threshold, double comparisons) {
    require_share(percent, n);
    require_share(null_percent, n);
    const double half = p_threshold / (2.0 * comparisons);
    if (!(half > 0.0 && half < 0.5)) {
        throw value_error(fmt::format("p {} for {} comparisons: expected a p between 0 and 1",
                                      p_threshold, comparisons));
    }
    const auto total = static_cast<double>(n);
    const auto interval = [&](double share) {
        const auto at = [&](double q) {
            return 100.0 * static_cast<double>(binomial_quantile(q, n, share)) / total;
        };
        return std::array<double, 3>{at(half), at(0.5), at(1.0 - half)};
    };
    BinomialComparison out{interval(percent / 100.0), interval(null_percent / 100.0), 0.0};
    // As the reference multiplies, so that a share of whole things is rounded as it does.
    out.p = binomial_cdf(percent / 100.0 * total, n, null_percent / 100.0);
    if (tails != Tails::low && out.p > 0.5) out.p = 1.0 - out.p;
    return out;
}

double binomial_sensitivity(std::size_t n, double null_percent, bool is_above) {
    require_share(null_percent, n);
    const double share = null_percent / 100.0;
    return is_above ? 1.0 - binomial_cdf(static_cast<double>(n) - 1.0, n, share)
                    : binomial_cdf(1.0, n, share);
}

}  // namespace tb::stats
