// Ranks of values, equal ones sharing their mean rank.
#pragma once

#include <span>
#include <vector>

namespace tb::stats {

struct Ranks {
    std::vector<double> rank;  ///< 1 for the least value; shape and order of the values
    double tie_sum = 0.0;      ///< sum of t^3 - t over the sets of t equal values
};

/// @param values  finite
[[nodiscard]] Ranks ranks_of(std::span<const double> values);

}  // namespace tb::stats
