// Whether a sample looks normal, by its skewness and kurtosis.
#pragma once

#include "src/stats/test_result.hpp"

namespace tb::stats {

/// The omnibus test of D'Agostino and Pearson (1973): K^2 = Z(skewness)^2 + Z(kurtosis)^2, chi
/// squared with two degrees of freedom. Z of the skewness after D'Agostino (1970), of the kurtosis
/// after Anscombe and Glynn (1983). A sample of skewness 0 has Z = 0 (scipy 1.10 puts another
/// number there).
/// @param values  finite, at least 8; the approximation of the kurtosis is meant for 20 and more
/// @throws tb::Error (data): TooFewValues below 8 values, NoVariance when all are equal, ValueError
/// for a value that is not finite
/// Source: spec/ibl_behavior.md, 10.
[[nodiscard]] TestResult dagostino_pearson(std::span<const double> values);

}  // namespace tb::stats
