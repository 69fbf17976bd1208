// From frames of one clock to those of the other, by their times.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tb::openscope {

/// Index of the time that is nearest to `at_s`; of two that are as near the later one.
/// @param time_s  ascending, not empty
[[nodiscard]] std::int64_t nearest_frame(std::span<const double> time_s, double at_s);

/// Frame conversion of a session; whole numbers, NaN where there is no frame.
struct FrameMaps {
    std::vector<double> stim_to_twop;  ///< of every stimulus frame the nearest two-photon frame
    /// Of every two-photon frame the nearest stimulus frame; NaN before the two-photon frame of the
    /// first stimulus frame and after that of the last.
    std::vector<double> twop_to_stim;
};
/// @param stim_time_s, twop_time_s  times of the frames [s], ascending; not empty
/// Source: spec/openscope.md, 4, "Frame conversion".
[[nodiscard]] FrameMaps frame_maps(std::span<const double> stim_time_s,
                                   std::span<const double> twop_time_s);

}  // namespace tb::openscope
