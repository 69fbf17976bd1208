// Which groups differ in location, pair by pair, after a Kruskal-Wallis test.
#pragma once

#include "src/stats/test_result.hpp"

namespace tb::stats {

/// The test of Dunn (1964): z of the difference of two groups' mean ranks among all values, with
/// the correction for ties; two-sided p values, not adjusted for their number (benjamini_hochberg
/// does that).
/// @return row-major matrix, shape (groups, groups): p of each pair, 1 on the diagonal
/// @throws tb::Error (data): TooFewValues for fewer than two groups or an empty one, NoVariance
/// when all values of all groups are equal, ValueError for a value that is not finite
/// Source: spec/ibl_behavior.md, 10.
[[nodiscard]] std::vector<double> dunn(Groups groups);

}  // namespace tb::stats
