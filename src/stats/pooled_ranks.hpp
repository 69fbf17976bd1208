// Ranks of the values of several groups taken together: what the tests of Kruskal and Wallis and of
// Dunn are made of.
#pragma once

#include "src/stats/test_result.hpp"

namespace tb::stats {

struct PooledRanks {
    std::vector<double> mean_rank;  ///< one per group
    double tie_sum = 0.0;           ///< sum of t^3 - t over the sets of t equal values
    double n = 0.0;                 ///< values of all groups
};

/// @param test  names the test in messages
/// @throws tb::Error (data): TooFewValues for fewer than two groups or an empty one, NoVariance
/// when all values of all groups are equal, ValueError for a value that is not finite
[[nodiscard]] PooledRanks pooled_ranks(Groups groups, std::string_view test);

}  // namespace tb::stats
