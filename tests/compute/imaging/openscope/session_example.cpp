#include "tests/compute/imaging/openscope/session_example.hpp"

#include "trialbase/missing.hpp"

namespace tb::compute::imaging::openscope {

SegmentTable session_example() {
    SegmentTable table;
    std::int64_t frame = 0;
    const auto add = [&](const char* type, std::int64_t frames, double unexpected) {
        table.stimulus_type.emplace_back(type);
        table.unexpected.push_back(unexpected);
        table.gabor_frame.emplace_back();
        table.gabor_kappa.push_back(nan);
        table.gabor_mean_orientation.push_back(nan);
        table.main_flow_direction.emplace_back();
        table.square_size.push_back(nan);
        table.square_number.push_back(nan);
        table.start_frame_stim.push_back(frame);
        table.start_frame_twop.push_back(100 + frame / 2);
        table.start_s.push_back(5.0 + static_cast<double>(frame) / 60.0);
        frame += frames;
        table.stop_frame_stim.push_back(frame);
        table.stop_frame_twop.push_back(100 + frame / 2);
        table.stop_s.push_back(5.0 + static_cast<double>(frame) / 60.0);
    };
    add("grayscreen", 120, nan);
    for (int i = 0; i < 5; ++i) {
        add("visflow", 60, i == 2 || i == 3 ? 1.0 : 0.0);
        table.main_flow_direction.back() = "right (temp)";
        table.square_size.back() = 128.0;
        table.square_number.back() = 105.0;
    }
    add("grayscreen", 120, nan);
    for (const bool is_unexpected : {false, true}) {
        for (const char* letter : {"A", "B", "C", is_unexpected ? "U" : "D", "G"}) {
            add("gabors", 18, is_unexpected ? 1.0 : 0.0);
            table.gabor_frame.back() = letter;
            table.gabor_kappa.back() = 16.0;
            table.gabor_mean_orientation.back() = *letter == 'U' ? 135.0 : 45.0;
        }
    }
    add("grayscreen", 120, nan);
    return table;
}

}  // namespace tb::compute::imaging::openscope
