// Whether paired values differ in their mean.
#pragma once

#include "src/stats/test_result.hpp"

namespace tb::stats {

/// Student's t of the differences first - second, n - 1 degrees of freedom, two-sided.
/// @param first, second  finite, of one length, at least 2
/// @throws tb::Error (data): TooFewValues below two pairs, NoVariance when all differences are
/// equal, ValueError for different lengths or a value that is not finite
/// Source: spec/ibl_behavior.md, 10.
[[nodiscard]] TestResult paired_t_test(std::span<const double> first,
                                       std::span<const double> second);

}  // namespace tb::stats
