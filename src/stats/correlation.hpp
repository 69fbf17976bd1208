// How closely two measures of the same things go together.
#pragma once

#include "src/stats/test_result.hpp"

namespace tb::stats {

/// Pearson's correlation of pairs, p of no correlation between normal variables (t with n - 2
/// degrees of freedom).
/// @param x, y  finite, of one length, at least 3
/// @return the correlation from -1 to 1 as `statistic`
/// @throws tb::Error (data): TooFewValues below three pairs, NoVariance when either is constant,
/// ValueError for different lengths or a value that is not finite
/// Source: spec/ibl_behavior.md, 10.
[[nodiscard]] TestResult pearson(std::span<const double> x, std::span<const double> y);

/// Spearman's: Pearson's correlation of the ranks, equal values sharing theirs. As pearson.
[[nodiscard]] TestResult spearman(std::span<const double> x, std::span<const double> y);

}  // namespace tb::stats
