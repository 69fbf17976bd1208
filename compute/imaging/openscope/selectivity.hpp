// The index that tells how a cell prefers unexpected sequences (USI), and what chance gives.
#pragma once

#include "src/stats/random_stream.hpp"
#include "src/stats/summary.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// Integrated responses of all ROIs of a session to the two kinds of sequences.
struct SequenceResponses {
    std::size_t n_rois = 0;
    std::span<const double> regular;     ///< shape (ROI, regular sequence)
    std::span<const double> unexpected;  ///< shape (ROI, unexpected sequence)
};

/// d-prime of each ROI: difference of the means, unexpected less regular, divided by the root of
/// the mean of both variances (by n).
/// @param missing  of responses that are NaN: kept, the ROI's index is NaN; left out, that of the
///                 others
/// @return shape (ROI)
/// @throws tb::Error (data, ValueError) for values that do not fill n_rois rows
/// Source: spec/openscope.md, 8.1.
[[nodiscard]] std::vector<double> selectivity_indices(
    const SequenceResponses& responses, stats::MissingPolicy missing = stats::MissingPolicy::keep);

struct SelectivitySettings {
    std::size_t n_permutations = 1000;
    stats::RandomSource source;
    stats::MissingPolicy missing = stats::MissingPolicy::keep;
};

/// Indices and where they lie among those of permuted sequences.
struct SelectivityNull {
    std::vector<double> index;       ///< shape (ROI)
    std::vector<double> percentile;  ///< shape (ROI): of the index in its null distribution
    std::vector<double> null;        ///< shape (ROI, permutation), in the order drawn
    std::size_t n_permutations = 0;

    [[nodiscard]] std::span<const double> null_of(std::size_t roi) const {
        return std::span(null).subspan(roi * n_permutations, n_permutations);
    }
};

/// Sequences permuted among both kinds, the same way for all ROIs.
/// @throws tb::Error (data): UnexpectedNaN for a response that is NaN and kept (a bad ROI that was
/// not removed), ValueError as selectivity_indices
/// Source: spec/openscope.md, 7.2, 8.1.
[[nodiscard]] SelectivityNull selectivity_null(const SequenceResponses& responses,
                                               const SelectivitySettings& settings);

}  // namespace tb::compute::imaging::openscope
