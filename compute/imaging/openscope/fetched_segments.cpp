#include "compute/imaging/openscope/fetched_segments.hpp"

namespace tb::compute::imaging::openscope {

SegmentTable segment_table_of(const FetchedRows& rows) {
    const auto texts = [&](const char* column) {
        const auto values = rows.texts(column);
        return std::vector<std::string>(values.begin(), values.end());
    };
    const auto numbers = [&](const char* column) {
        const auto values = rows.numbers(column);
        return std::vector<double>(values.begin(), values.end());
    };
    const auto integers = [&](const char* column) {
        const auto values = rows.integers(column);
        return std::vector<std::int64_t>(values.begin(), values.end());
    };
    SegmentTable table;
    table.stimulus_type = texts("stimulus_type");
    table.unexpected = numbers("is_unexpected");
    table.gabor_frame = texts("gabor_frame");
    table.gabor_kappa = numbers("gabor_kappa");
    table.gabor_mean_orientation = numbers("gabor_mean_orientation_deg");
    table.main_flow_direction = texts("main_flow_direction");
    table.square_size = numbers("square_size_px");
    table.square_number = numbers("square_number");
    table.start_s = numbers("start_s");
    table.stop_s = numbers("stop_s");
    table.start_frame_stim = integers("start_frame_stim");
    table.stop_frame_stim = integers("stop_frame_stim");
    table.start_frame_twop = integers("start_frame_twop");
    table.stop_frame_twop = integers("stop_frame_twop");
    return table;
}

}  // namespace tb::compute::imaging::openscope
