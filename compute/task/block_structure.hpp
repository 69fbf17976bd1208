// Blocks of constant stimulus probability: how long they are, whether that is plausible, and what a
// session's plan says they should be. Source: spec/photometry.md, 8.5.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::task {

/// Run lengths of the probability left, in order of the session; values within 1e-6 are the same
/// block. Empty for no trials. NaN makes a block of its own.
[[nodiscard]] std::vector<std::size_t> block_lengths(std::span<const double> probability_left);

struct BlockStructure {
    std::size_t n_blocks = 0;
    std::size_t min_block_length = 0;  ///< trials, over all blocks; 0 without trials
    bool is_flagged = true;  ///< implausible: a block but the last is shorter than 10, or no trials
};

/// Summary of the blocks. The last block is cut off by the end of the session, so it does not count
/// for the flag unless it is the only one.
[[nodiscard]] BlockStructure block_structure(std::span<const double> probability_left);

/// What the rig had planned before the session.
struct BlockPlan {
    std::vector<std::size_t> block_lengths;  ///< LEN_BLOCKS [trials]
    std::vector<double> positions;  ///< POSITIONS, one per planned trial; the smallest is left
    std::vector<double> block_probability_set;  ///< BLOCK_PROBABILITY_SET, for example 0.2 and 0.8
};

/// The probability left that a plan gives: per block the value of {0.5} and the set that is nearest
/// to the share of left positions (first of equals, 0.5 before the set; 0.5 for a block beyond the
/// planned positions), cut to n_trials. Shorter than n_trials when the plan is.
/// @throws tb::Error (data, MissingBlockInfo) when the plan has no block lengths or no positions
[[nodiscard]] std::vector<double> reconstruct_probability_left(const BlockPlan& plan,
                                                               std::size_t n_trials);

/// Whether both have the same length and the same values to 1e-6.
[[nodiscard]] bool is_same_probability_left(std::span<const double> recorded,
                                            std::span<const double> reconstructed);

}  // namespace tb::compute::task
