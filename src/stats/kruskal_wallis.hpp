// Whether groups differ in location, by ranks.
#pragma once

#include "src/stats/test_result.hpp"

namespace tb::stats {

/// The test of Kruskal and Wallis (1952) with the correction for ties; H is taken as chi squared
/// with one degree of freedom less than there are groups.
/// @throws tb::Error (data): TooFewValues for fewer than two groups or an empty one, NoVariance
/// when all values of all groups are equal, ValueError for a value that is not finite
/// Source: spec/ibl_behavior.md, 10.
[[nodiscard]] TestResult kruskal_wallis(Groups groups);

}  // namespace tb::stats
