// Frame rates of a session, and whether its recordings are as long as its stimulus table says.
#pragma once

#include "compute/imaging/openscope/segment_table.hpp"

#include <optional>

namespace tb::compute::imaging::openscope {

struct SessionRates {
    double stim_hz = 0.0;
    double twop_hz = 0.0;

    [[nodiscard]] double of(FrameClock clock) const {
        return clock == FrameClock::stimulus ? stim_hz : twop_hz;
    }
};

/// Frames from the first row's start to the last row's stop, over the time between.
/// @throws tb::Error as require_whole; (data, FrameCount) when no time or no frame lies between
/// Source: spec/openscope.md, 4 "Rates".
[[nodiscard]] SessionRates session_rates(const SegmentTable& table);

/// Frames that were recorded.
struct RecordedFrames {
    std::int64_t stim = 0;              ///< samples of running
    std::int64_t twop = 0;              ///< frames of the cells' traces
    std::optional<std::int64_t> pupil;  ///< samples of the pupil, where it was followed

    [[nodiscard]] std::int64_t of(FrameClock clock) const {
        return clock == FrameClock::stimulus ? stim : twop;
    }
};

/// @throws tb::Error (data, FrameCount) when the table's last frame lies beyond running or traces,
/// or the pupil is shorter than the traces
void require_frames(const SegmentTable& table, const RecordedFrames& recorded);

}  // namespace tb::compute::imaging::openscope
