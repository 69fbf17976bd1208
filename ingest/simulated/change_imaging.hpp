// An imaged plane of one session: ROIs with traces that answer to changes and omissions.
#pragma once

#include "include/trialbase/change_recording.hpp"
#include "ingest/simulated/change_mouse.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tb::simulated {

/// What stays the same of a plane over the days.
struct ImagingPlane {
    std::int64_t ophys_container_id = 0;
    std::string targeted_structure;  ///< VISp, VISl
    std::int64_t imaging_depth_um = 0;
    double frame_hz = 0.0;
    /// Number of the group that is imaged at once with others; nothing with one plane.
    std::optional<std::int64_t> group;
    std::int64_t group_count = 0;
};

inline constexpr std::size_t field_of_view = 96;  ///< pixels, both ways
inline constexpr std::size_t roi_pixels = 6;      ///< a ROI is a square of these
inline constexpr double microns_per_pixel = 4.0;

struct ImagingExperiment {
    std::int64_t ophys_experiment_id = 0;
    std::int64_t ophys_session_id = 0;
    ImagingPlane plane;
    std::vector<std::int64_t> cell_roi_id;
    std::vector<std::int64_t> cell_specimen_id;  ///< -1: not matched across days
    std::vector<std::int64_t> x, y;              ///< of the ROIs' first pixels
    std::vector<std::uint8_t> is_valid;
    std::vector<double> time_s;  ///< of the imaging frames
    /// Shape (frames, ROIs).
    std::vector<double> dff, events, neuropil, demixed, corrected;
    std::vector<double> r, rmse, lambda, noise_std;  ///< per ROI
    std::vector<std::int64_t> motion_x, motion_y;    ///< pixels, per frame
    std::vector<ChangeCellTruth> truth;
};

[[nodiscard]] std::int64_t ophys_session_id(const ChangeDay& day);
[[nodiscard]] ImagingPlane imaging_plane(const ChangeMouse& mouse, std::uint64_t mouse_number,
                                         std::size_t plane);
/// @param plane  which of the day's experiments
[[nodiscard]] ImagingExperiment make_imaging(const ChangeOptions& options, const ChangeMouse& mouse,
                                             std::uint64_t mouse_number, const ChangeDay& day,
                                             const ChangeRecording& recording, std::size_t plane);

}  // namespace tb::simulated
