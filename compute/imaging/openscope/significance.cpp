#include "compute/imaging/openscope/significance.hpp"

#include <algorithm>
#include <cmath>

namespace tb::compute::imaging::openscope {

std::string significance_mark(double p, const MarkSettings& settings) {
    const bool is_other_side = (settings.tails == stats::Tails::high && !settings.is_above) ||
                               (settings.tails == stats::Tails::low && settings.is_above);
    if (is_other_side || std::isnan(p)) return {};
    const double told = std::max(p, settings.sensitivity.value_or(0.0));
    const std::size_t n = told < settings.p_threshold / 50.0  ? 3
                          : told < settings.p_threshold / 5.0 ? 2
                          : told < settings.p_threshold       ? 1
                                                              : 0;
    return std::string(n, settings.is_control ? '+' : '*');
}

std::size_t comparison_count(std::span<const std::size_t> sessions_per_group, bool with_intervals,
                             bool with_pairs, std::size_t factor) {
    std::size_t out = 0;
    for (const std::size_t n : sessions_per_group) {
        if (with_intervals) out += n;
        if (with_pairs && n > 0) out += n * (n - 1) / 2;
    }
    return out * factor;
}

}  // namespace tb::compute::imaging::openscope
