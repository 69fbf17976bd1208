// Blocks of one stimulus: what was shown between two grey screens.
#pragma once

#include "compute/imaging/openscope/segment_table.hpp"

#include <string>
#include <vector>

namespace tb::compute::imaging::openscope {

/// Successive segments of one stimulus. Segments, times and frames are [start, stop). What stays
/// the same within a block is that of its first segment.
struct StimulusBlock {
    std::size_t start_segment = 0;
    std::size_t stop_segment = 0;
    double start_s = 0.0;
    double stop_s = 0.0;
    std::int64_t start_frame_stim = 0;
    std::int64_t stop_frame_stim = 0;
    std::int64_t start_frame_twop = 0;
    std::int64_t stop_frame_twop = 0;
    double gabor_kappa = 0.0;         ///< NaN of visual flow
    std::string main_flow_direction;  ///< empty of Gabors
    double square_size = 0.0;         ///< pixels; NaN of Gabors
    double square_number = 0.0;       ///< NaN of Gabors

    [[nodiscard]] double duration_s() const { return stop_s - start_s; }
};

/// One block per run of rows of that stimulus, in order; none when it was not shown.
/// @throws tb::Error as require_whole
/// Source: spec/openscope.md, 5 "block_params".
[[nodiscard]] std::vector<StimulusBlock> stimulus_blocks(const SegmentTable& table,
                                                         Stimulus stimulus);

}  // namespace tb::compute::imaging::openscope
