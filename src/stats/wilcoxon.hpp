// Whether paired values differ in location, by signed ranks.
#pragma once

#include "src/stats/test_result.hpp"

namespace tb::stats {

/// Where the p value comes from.
enum class WilcoxonMethod {
    automatic,  ///< exact up to 50 pairs unless some do not differ, else normal
    exact,      ///< all signs of the ranks that occur, equal ranks included
    normal      ///< normal approximation with the correction for ties, no continuity correction
};

/// The signed-rank test of Wilcoxon (1945), two-sided. Pairs that do not differ are left out.
/// @param first, second  finite, of one length
/// @return the lesser of the two sums of ranks as `statistic`
/// @throws tb::Error (data): TooFewValues without pairs, NoVariance when none differs, ValueError
/// for different lengths or a value that is not finite
/// Source: spec/ibl_behavior.md, 10.
[[nodiscard]] TestResult wilcoxon_signed_rank(std::span<const double> first,
                                              std::span<const double> second,
                                              WilcoxonMethod method = WilcoxonMethod::automatic);

}  // namespace tb::stats
