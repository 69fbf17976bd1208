// Three groups of unequal size with ties, that tests of groups are tried on.
#pragma once

#include <vector>

namespace tb::stats {

inline const std::vector<std::vector<double>> three_groups = {
    {6.1, 7.2, 5.5, 6.1, 8.0}, {7.9, 8.8, 9.1, 7.2}, {5.0, 6.1, 4.8, 5.9, 6.6, 5.2}};

}  // namespace tb::stats
