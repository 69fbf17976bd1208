// How the selectivity indices of a group's cells are spread, beside what chance gives.
#pragma once

#include "compute/imaging/openscope/selectivity.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// Shares of values in bins of equal width, the last one with its upper edge; they sum to 1.
struct UsiHistogram {
    std::array<double, 2> bin_edges{};      ///< least and greatest of all indices and null indices
    std::vector<double> index;              ///< of the cells, per bin
    std::vector<double> null;               ///< of the permuted ones, in the same bins
    std::vector<double> percentile;         ///< of the cells' percentiles, in bins from 0 to 100
    std::array<double, 2> percent_edges{};  ///< percentiles beyond which a cell is significant
    std::array<double, 2> null_edges{};     ///< of the null indices of all cells, at these percents
    std::size_t n_positive = 0;             ///< cells with an index above 0
    std::size_t n_low = 0;                  ///< cells with a percentile below the low edge
    std::size_t n_high = 0;                 ///< cells with one above the high edge
};

/// @param sessions  of a group, with nulls; at least one cell
/// @throws tb::Error (data, ValueError) without cells, (data, UnexpectedNaN) for an index or null
/// index that is NaN
/// Source: spec/openscope.md, 8.14.
[[nodiscard]] UsiHistogram usi_histogram(std::span<const SelectivityNull> sessions,
                                         double p_threshold = 0.05, std::size_t n_bins = 40);

}  // namespace tb::compute::imaging::openscope
