#include "compute/imaging/openscope/session_rates.hpp"

#include "trialbase/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

Error frame_count(const std::string& message) {
    return Error(ErrorKind::data, message,
                 "Is the recording complete, and of the same session as the stimulus table?",
                 "FrameCount");
}

}  // namespace

SessionRates session_rates(const SegmentTable& table) {
    require_whole(table);
    const double duration_s = table.stop_s.back() - table.start_s.front();
    const auto stim = table.stop_frame_stim.back() - table.start_frame_stim.front();
    const auto twop = table.stop_frame_twop.back() - table.start_frame_twop.front();
    if (!(duration_s > 0.0) || stim <= 0 || twop <= 0) {
        throw frame_count(fmt::format(
            "stimulus table: {} stimulus and {} two-photon frames in {} s, expected some in a time "
            "above 0",
            stim, twop, duration_s));
    }
    return {static_cast<double>(stim) / duration_s, static_cast<double>(twop) / duration_s};
}

void require_frames(const SegmentTable& table, const RecordedFrames& recorded) {
    require_whole(table);
    const auto last_stim = *std::ranges::max_element(table.stop_frame_stim);
    const auto last_twop = *std::ranges::max_element(table.stop_frame_twop);
    if (last_twop > recorded.twop) {
        throw frame_count(
            fmt::format("stimulus table: ends at two-photon frame {}, but traces have {} frames",
                        last_twop, recorded.twop));
    }
    if (last_stim > recorded.stim) {
        throw frame_count(
            fmt::format("stimulus table: ends at stimulus frame {}, but running has {} samples",
                        last_stim, recorded.stim));
    }
    if (recorded.pupil && *recorded.pupil < recorded.twop) {
        throw frame_count(fmt::format("pupil: {} samples, but traces have {} frames",
                                      *recorded.pupil, recorded.twop));
    }
}

}  // namespace tb::compute::imaging::openscope
