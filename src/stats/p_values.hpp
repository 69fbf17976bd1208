// From a null distribution to p values, intervals and marks: percentiles of a score, corrections
// for tails and comparisons, and how fine a p value can be.
#pragma once

#include "src/stats/summary.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tb::stats {

/// Which tails of the null distribution count.
enum class Tails { both, high, low };
/// "2", "hi" or "lo". @throws tb::Error (data, ValueError) for another word
[[nodiscard]] Tails tails_named(std::string_view word);
/// 2 for both, else 1.
[[nodiscard]] double tail_count(Tails tails);

/// 100 (number below + number below or equal) / (2 n); NaN of nothing and of a score
/// that is NaN. The null distribution holds none.
[[nodiscard]] double percentile_of_score(std::span<const double> null, double score);

/// Percentiles that bound an interval: [50 (1 - c), 50 (1 + c)], [0, 100 c] or [100 - 100 c, 100].
/// @param confidence  0 to 1. @throws tb::Error (data, ValueError) for another
struct PercentileBounds {
    double low = 0.0;
    double high = 100.0;
};
[[nodiscard]] PercentileBounds percentile_bounds(double confidence, Tails tails);

/// Where a value lies in its null distribution, one-sided: the share below it (half of those equal
/// to it). Above 0.5 the rest to 1, unless only the low tail counts. NaN for a value that is NaN.
/// @param missing  of the null distribution
/// @throws tb::Error (data, UnexpectedNaN) for NaN in the null distribution that is not left out,
/// (data, TooFewValues) for an empty one
/// Source: spec/openscope.md, 7.3.
[[nodiscard]] double p_from_null(double value, std::span<const double> null, Tails tails,
                                 MissingPolicy missing = MissingPolicy::keep);

/// Low end, median and high end of the null distribution at confidence 1 - threshold / comparisons.
/// @param comparisons  1 where none is set
/// @throws tb::Error (data): TooFewPermutations when fewer than 2 values lie beyond, UnexpectedNaN
/// as p_from_null
[[nodiscard]] std::array<double, 3> null_interval(std::span<const double> null, Tails tails,
                                                  double p_threshold, double comparisons = 1.0,
                                                  MissingPolicy missing = MissingPolicy::keep);

/// @throws tb::Error (data, TooFewPermutations) when int(permutations * threshold) is below 2
void require_enough_permutations(std::size_t n_permutations, double p_threshold);

/// min(1, p * tails * comparisons); NaN stays.
/// @param comparisons  none: no factor
[[nodiscard]] double corrected_p(double p, Tails tails, std::optional<double> comparisons);
/// The least p that can be told from 0: tails * comparisons / permutations.
[[nodiscard]] double p_sensitivity(Tails tails, std::optional<double> comparisons,
                                   std::size_t n_permutations);

/// p threshold for so many comparisons, and the number of permutations that leaves 2 beyond it.
/// @throws tb::Error (data, ValueError) for a threshold or comparisons that are not above 0
struct AdjustedPermutations {
    double p_threshold = 0.0;
    std::size_t n_permutations = 0;
};
[[nodiscard]] AdjustedPermutations adjusted_permutations(double comparisons, double p_threshold,
                                                         std::size_t n_permutations);

/// Which values lie beyond the thresholds of their null distributions.
struct BeyondNull {
    std::vector<std::size_t> low;   ///< places in order; empty when the low tail does not count
    std::vector<std::size_t> high;  ///< the same of the high tail
    std::vector<double> p;          ///< as p_from_null
};
/// @param nulls  one null distribution per value
/// @throws tb::Error (data): UnexpectedNaN for a value or null value that is NaN (left out: such a
/// value is never beyond, its p is NaN), TooFewPermutations
[[nodiscard]] BeyondNull values_beyond(std::span<const double> values,
                                       std::span<const std::vector<double>> nulls, Tails tails,
                                       double p_threshold,
                                       MissingPolicy missing = MissingPolicy::keep);

}  // namespace tb::stats
