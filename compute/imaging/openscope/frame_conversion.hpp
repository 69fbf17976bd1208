// Stimulus frames to two-photon frames and back, by time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tb::compute::imaging::openscope {

/// For each frame of one clock the nearest of the other.
struct FrameConversion {
    std::vector<std::int64_t> stim_to_twop;  ///< shape (stimulus frame)
    /// shape (two-photon frame); empty before the first and after the last converted stimulus frame
    std::vector<std::optional<std::int64_t>> twop_to_stim;
};

/// Nearest in time; of two as near the later one.
/// @param stim_s, twop_s  times of frames [s, session clock], ascending, at least one each
/// @throws tb::Error (data): FrameCount for no times, TimeOrder naming a time below the one before
/// it or not finite
/// Source: spec/openscope.md, 4 "Frame conversion".
[[nodiscard]] FrameConversion frame_conversion(std::span<const double> stim_s,
                                               std::span<const double> twop_s);

/// @throws tb::Error (data, FrameRange) naming the first frame outside the recording, or without a
/// frame on the other clock
[[nodiscard]] std::vector<std::int64_t> stim_to_twop(const FrameConversion& conversion,
                                                     std::span<const std::int64_t> frames);
[[nodiscard]] std::vector<std::int64_t> twop_to_stim(const FrameConversion& conversion,
                                                     std::span<const std::int64_t> frames);

}  // namespace tb::compute::imaging::openscope
