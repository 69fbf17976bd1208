// Whether running or pupil differ between regular stretches and the unexpected ones after them.
#pragma once

#include "compute/imaging/openscope/usi_groups.hpp"
#include "src/stats/summary.hpp"

#include <span>

namespace tb::compute::imaging::openscope {

struct BlockDifferenceTest {
    double mean = 0.0;   ///< of the differences
    double raw_p = 0.0;  ///< signs flipped at random, one-sided
    double p = 0.0;      ///< corrected for tails and comparisons
};

/// Paired permutation test of all blocks of a group.
/// @param differences  unexpected less regular, one per block
/// @param missing      of differences that are NaN: kept, the results are NaN; left out, only the
///                     others count, though all take their draws
/// Source: spec/openscope.md, 8.9.
[[nodiscard]] BlockDifferenceTest test_block_differences(
    std::span<const double> differences, const TestSettings& settings,
    stats::MissingPolicy missing = stats::MissingPolicy::keep);

}  // namespace tb::compute::imaging::openscope
