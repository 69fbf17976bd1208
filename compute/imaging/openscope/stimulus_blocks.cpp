#include "compute/imaging/openscope/stimulus_blocks.hpp"

namespace tb::compute::imaging::openscope {

std::vector<StimulusBlock> stimulus_blocks(const SegmentTable& table, Stimulus stimulus) {
    require_whole(table);
    std::vector<StimulusBlock> blocks;
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table.stimulus_type[i] != to_string(stimulus)) continue;
        if (blocks.empty() || blocks.back().stop_segment != i) {
            StimulusBlock block;
            block.start_segment = i;
            block.start_s = table.start_s[i];
            block.start_frame_stim = table.start_frame_stim[i];
            block.start_frame_twop = table.start_frame_twop[i];
            block.gabor_kappa = table.gabor_kappa[i];
            block.main_flow_direction = table.main_flow_direction[i];
            block.square_size = table.square_size[i];
            block.square_number = table.square_number[i];
            blocks.push_back(std::move(block));
        }
        StimulusBlock& block = blocks.back();
        block.stop_segment = i + 1;
        block.stop_s = table.stop_s[i];
        block.stop_frame_stim = table.stop_frame_stim[i];
        block.stop_frame_twop = table.stop_frame_twop[i];
    }
    return blocks;
}

}  // namespace tb::compute::imaging::openscope
