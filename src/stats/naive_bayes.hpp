// Telling a class from measures by Bayes' rule, as if the measures were normal and independent
// within each class.
#pragma once

#include "src/stats/design_matrix.hpp"

#include <span>
#include <vector>

namespace tb::stats {

/// Fits means, variances and shares of the classes and names the likeliest class of other rows;
/// among equally likely ones the least. To each variance 1e-9 of the greatest variance of any
/// measure over all training rows is added, so that a measure without spread in a class still has
/// a likelihood.
/// @param train    finite measures, at least one row
/// @param classes  one per training row
/// @param test     as many measures
/// @return one class per row of `test`
/// @throws tb::Error (data): TooFewValues without training rows, NoVariance when no measure has any
/// spread over the training rows, ValueError for lengths that do not fit or a value that is not
/// finite
/// Source: spec/ibl_behavior.md, 10 (figure 3f).
[[nodiscard]] std::vector<std::size_t> naive_bayes(const DesignMatrix& train,
                                                   std::span<const std::size_t> classes,
                                                   const DesignMatrix& test);

/// Each row's class as told from all the others. Fewer than two rows: TooFewValues.
/// @throws tb::Error (data) as naive_bayes
[[nodiscard]] std::vector<std::size_t> naive_bayes_leave_one_out(
    const DesignMatrix& x, std::span<const std::size_t> classes);

}  // namespace tb::stats
