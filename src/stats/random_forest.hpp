// Telling a class from measures by the votes of many decision trees, each grown on a sample of the
// rows drawn with replacement.
#pragma once

#include "src/stats/design_matrix.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tb::stats {

struct RandomForestOptions {
    std::size_t n_trees = 100;
    /// Measures tried at each node, at random; 0: the square root of their number, cut to a whole
    /// one. Measures that do not vary in a node do not count as tried.
    std::size_t n_tried = 0;
    std::uint64_t seed = 1;
};

/// Names the class of one row by a forest of trees as Breiman (2001) grows them: full depth, splits
/// halfway between neighbouring values where the impurity of Gini falls most. A tree votes with the
/// shares of the classes in the leaf that the row falls into; the class with most votes wins, the
/// least among equals. Only the branch of each tree that the row falls into is grown: the others
/// would be drawn independently of it and change nothing.
/// @param train    finite measures, at least one row
/// @param classes  one per training row
/// @param row      as many measures
/// @throws tb::Error (data): TooFewValues without training rows, ValueError for lengths that do not
/// fit, no trees, or a value that is not finite
/// Source: spec/ibl_behavior.md, 10 (figure 3f).
[[nodiscard]] std::size_t random_forest(const DesignMatrix& train,
                                        std::span<const std::size_t> classes,
                                        std::span<const double> row,
                                        const RandomForestOptions& options = {});

/// Each row's class as told from all the others, each by a forest of its own. Fewer than two rows:
/// TooFewValues.
/// @throws tb::Error (data) as random_forest
[[nodiscard]] std::vector<std::size_t> random_forest_leave_one_out(
    const DesignMatrix& x, std::span<const std::size_t> classes,
    const RandomForestOptions& options = {});

}  // namespace tb::stats
