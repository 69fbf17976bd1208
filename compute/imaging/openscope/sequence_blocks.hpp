// Sequences in blocks: a regular stretch and the unexpected stretch after it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// One entry per block, as many of either: indices into the lists that were given.
struct SequenceBlocks {
    std::vector<std::vector<std::size_t>> regular;
    std::vector<std::vector<std::size_t>> unexpected;
};

/// All sequences are put in the order of their frames, and a stretch is a run of one kind. If the
/// first is unexpected, the first unexpected stretch and the last regular one are left out; the
/// last pair is left out always, as in the published analysis.
/// @param regular_frames, unexpected_frames  where sequences begin, each ascending
/// @throws tb::Error (data, StimulusBlocks) when either list is empty or not ascending, the lists
/// share a frame, or unequal numbers of stretches remain
/// Source: spec/openscope.md, 8.9.
[[nodiscard]] SequenceBlocks sequence_blocks(std::span<const std::int64_t> regular_frames,
                                             std::span<const std::int64_t> unexpected_frames);

/// The mean of values per stretch, missing ones left out; NaN where all are missing.
/// @param values    one per sequence
/// @param stretches indices into the values
[[nodiscard]] std::vector<double> stretch_means(
    std::span<const double> values, std::span<const std::vector<std::size_t>> stretches);

}  // namespace tb::compute::imaging::openscope
