// Running or pupil in blocks of regular and unexpected sequences.
#pragma once

#include "compute/imaging/openscope/sequence_blocks.hpp"
#include "compute/imaging/openscope/splits.hpp"

#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// Means of stretches, in the unit of the series; NaN where nothing was recorded.
struct BlockData {
    std::vector<double> regular;     ///< one per block
    std::vector<double> unexpected;  ///< one per block
};

/// Each window's mean over time, then the mean of each stretch; missing values left out.
/// @param series  shape (frame)
/// @param split   regular and unexpected windows of that series
/// @throws tb::Error (data): StimulusBlocks as sequence_blocks, FrameRange for a window outside
/// Source: spec/openscope.md, 8.9.
[[nodiscard]] BlockData block_data(std::span<const double> series,
                                   std::span<const WindowList, 2> split);

}  // namespace tb::compute::imaging::openscope
