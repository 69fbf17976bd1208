// Groups compared as the published figures compare laboratories.
#pragma once

#include "src/stats/test_result.hpp"

namespace tb::stats {

/// What a comparison found.
struct GroupComparison {
    TestResult normality;  ///< of all values together, dagostino_pearson
    bool is_normal = false;
    TestResult location;         ///< one_way_anova when normal, else kruskal_wallis
    TestResult spread;           ///< levene
    std::vector<double> pair_p;  ///< of each pair, tukey when normal, else dunn without adjustment;
                                 ///< row by row, shape (groups, groups), 1 on the diagonal
};

/// Normality of all values decides between means and ranks: p below `level` is not normal.
/// @throws tb::Error (data): TooFewValues, NoVariance or ValueError, as the tests that are used
/// Source: spec/ibl_behavior.md, 10 (figures 2g, 3c to 3e, 4f to 4h).
[[nodiscard]] GroupComparison compare_groups(Groups groups, double level = 0.05);

}  // namespace tb::stats
