// How much more a group's cells respond to unexpected than to regular sequences.
#pragma once

#include "compute/imaging/openscope/selectivity.hpp"
#include "compute/imaging/openscope/usi_groups.hpp"

#include <array>
#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// Per cell: mean over unexpected less mean over regular sequences.
/// @throws tb::Error (data, ValueError) for values that do not fill n_rois rows
[[nodiscard]] std::vector<double> sequence_differences(const SequenceResponses& responses);

/// A group's difference against sequences permuted in each session.
struct DifferenceTest {
    double mean = 0.0;  ///< over the cells of all sessions
    double sem = 0.0;
    std::array<double, 3> null_interval{};  ///< low, median, high
    double raw_p = 0.0;
    double p = 0.0;  ///< corrected for tails and comparisons
};

/// Sequences of each session are permuted, the same way for its cells, and the differences averaged
/// over all cells of the group, permutation by permutation; each session begins the stream anew.
/// @param sessions     of one group, mice ascending, at least one cell
/// @param p_threshold  of the interval, before comparisons
/// @throws tb::Error (data): as sequence_differences; TooFewPermutations, UnexpectedNaN as the
/// tests Source: spec/openscope.md, 8.3.
[[nodiscard]] DifferenceTest test_sequence_differences(std::span<const SequenceResponses> sessions,
                                                       const TestSettings& settings,
                                                       double p_threshold = 0.05);

}  // namespace tb::compute::imaging::openscope
