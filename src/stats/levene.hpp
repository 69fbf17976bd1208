// Whether groups differ in their spread.
#pragma once

#include "src/stats/test_result.hpp"

namespace tb::stats {

/// The test of Levene (1960) as changed by Brown and Forsythe (1974): one-way analysis of variance
/// of the distances to each group's median.
/// @throws tb::Error (data): TooFewValues for fewer than two groups, an empty one, or no more
/// values than groups; NoVariance when within every group all distances are equal; ValueError for a
/// value that is not finite
/// Source: spec/ibl_behavior.md, 10.
[[nodiscard]] TestResult levene(Groups groups);

}  // namespace tb::stats
