// Which groups differ in their mean, pair by pair, after an analysis of variance.
#pragma once

#include "src/stats/test_result.hpp"

namespace tb::stats {

/// One pair of groups.
struct TukeyPair {
    std::size_t first = 0;  ///< indices of the groups, first < second
    std::size_t second = 0;
    double difference = 0.0;  ///< mean of the second less mean of the first
    double q = 0.0;           ///< studentized range
    double p = 1.0;           ///< chance of a range at least so large, among all groups
};

/// Tukey's honestly significant differences, groups of unequal size after Kramer (1956).
/// @return pairs in the order (0, 1), (0, 2), ..., (1, 2), ...
/// @throws tb::Error (data): TooFewValues for fewer than two groups, an empty one, or no more
/// values than groups; NoVariance when no group has any spread; ValueError for a value that is not
/// finite
/// Source: spec/ibl_behavior.md, 10.
[[nodiscard]] std::vector<TukeyPair> tukey(Groups groups);

}  // namespace tb::stats
