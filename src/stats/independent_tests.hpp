// Whether two groups of other things differ in location.
#pragma once

#include "src/stats/test_result.hpp"

namespace tb::stats {

/// Student's t of two groups of one variance, first less second, two-sided.
/// @param first, second  finite, together at least 3, neither empty
/// @throws tb::Error (data): TooFewValues, NoVariance when both are constant, ValueError for a
/// value that is not finite
[[nodiscard]] TestResult independent_t_test(std::span<const double> first,
                                            std::span<const double> second);

/// The rank-sum test of Mann and Whitney (1947), two-sided: exact where a group has at most 8
/// values and none are equal, else by the normal distribution with the corrections for ties and for
/// continuity.
/// @param first, second  finite, neither empty
/// @return the first group's U as `statistic`
/// @throws tb::Error (data): TooFewValues for an empty group, NoVariance when all values are equal,
/// ValueError for one that is not finite
[[nodiscard]] TestResult mann_whitney(std::span<const double> first,
                                      std::span<const double> second);

}  // namespace tb::stats
