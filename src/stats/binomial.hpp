// How a share of things compares with what chance gives.
#pragma once

#include "src/stats/p_values.hpp"

#include <array>
#include <cstddef>

namespace tb::stats {

/// Chance of at most k successes (k is rounded down) in n trials of chance p.
/// @param n  at least 1. @param p  0 to 1
[[nodiscard]] double binomial_cdf(double k, std::size_t n, double p);

/// Least number of successes whose binomial_cdf reaches q. @param q  0 to 1
[[nodiscard]] std::size_t binomial_quantile(double q, std::size_t n, double p);

/// A percentage of n things against the percentage that chance gives.
struct BinomialComparison {
    std::array<double, 3> interval;       ///< low, median, high [percent] around what was seen
    std::array<double, 3> null_interval;  ///< the same around what chance gives
    double p = 0.0;                       ///< one-sided, not corrected
};
/// Both intervals have two tails whatever `tails` says, at p_threshold / comparisons.
/// @param percent, null_percent  0 to 100
/// @param n                      at least 1
/// @param comparisons            1 where none is set
/// @throws tb::Error (data, ValueError) for values out of these
/// Source: spec/openscope.md, 7.5.
[[nodiscard]] BinomialComparison binomial_comparison(double percent, std::size_t n,
                                                     double null_percent, Tails tails,
                                                     double p_threshold, double comparisons = 1.0);

/// The least p above 0 that n things can give: above the median that of all of them, below that of
/// at most one. @param is_above  side of the median
[[nodiscard]] double binomial_sensitivity(std::size_t n, double null_percent, bool is_above);

}  // namespace tb::stats
