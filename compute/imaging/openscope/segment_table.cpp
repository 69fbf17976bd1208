#include "compute/imaging/openscope/segment_table.hpp"

#include "trialbase/error.hpp"

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

std::string_view to_string(Stimulus stimulus) noexcept {
    switch (stimulus) {
        case Stimulus::gabors:
            return "gabors";
        case Stimulus::visflow:
            return "visflow";
        case Stimulus::grayscreen:
            break;
    }
    return "grayscreen";
}

const std::vector<std::int64_t>& SegmentTable::start_frame(FrameClock clock) const {
    return clock == FrameClock::stimulus ? start_frame_stim : start_frame_twop;
}

const std::vector<std::int64_t>& SegmentTable::stop_frame(FrameClock clock) const {
    return clock == FrameClock::stimulus ? stop_frame_stim : stop_frame_twop;
}

void require_whole(const SegmentTable& table) {
    const auto require = [&](std::string_view name, std::size_t n) {
        if (n == table.size()) return;
        throw Error(ErrorKind::data,
                    fmt::format("stimulus table: column {} has {} rows, expected {}", name, n,
                                table.size()),
                    "Was the whole table read?", "ColumnLength");
    };
    require("unexpected", table.unexpected.size());
    require("gabor_frame", table.gabor_frame.size());
    require("gabor_kappa", table.gabor_kappa.size());
    require("gabor_mean_orientation", table.gabor_mean_orientation.size());
    require("main_flow_direction", table.main_flow_direction.size());
    require("square_size", table.square_size.size());
    require("square_number", table.square_number.size());
    require("start_time", table.start_s.size());
    require("stop_time", table.stop_s.size());
    require("start_frame_stim", table.start_frame_stim.size());
    require("stop_frame_stim", table.stop_frame_stim.size());
    require("start_frame_twop", table.start_frame_twop.size());
    require("stop_frame_twop", table.stop_frame_twop.size());
    if (table.size() == 0) {
        throw Error(ErrorKind::data, "stimulus table: no rows, expected segments",
                    "Was the table of stimuli stored with the session?", "NoSegments");
    }
}

std::vector<std::int64_t> values_at(std::span<const std::int64_t> column,
                                    std::span<const std::size_t> segments) {
    std::vector<std::int64_t> out;
    out.reserve(segments.size());
    for (const std::size_t segment : segments) out.push_back(column[segment]);
    return out;
}

}  // namespace tb::compute::imaging::openscope
