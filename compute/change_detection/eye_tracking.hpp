// Areas of eye, pupil and corneal reflection from fitted ellipses, and which frames are blinks.
#pragma once

#include "trialbase/change_recording.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::compute::change_detection {

/// pi width height. Shape as the fits [pixels^2]. Source: spec/change_detection.md, section 11.
[[nodiscard]] std::vector<double> ellipse_areas(const EllipseFits& fits);
/// Area of the circle about the longer half axis, as a pupil seen from the side is one. Where the
/// height is missing the width counts; where the width is, the area is NaN. Source: the same.
[[nodiscard]] std::vector<double> pupil_areas(const EllipseFits& fits);

struct BlinkParams {
    double largest_z = 3.0;           ///< further from the mean is an outlier
    std::size_t dilation_frames = 2;  ///< around every blink
};
/// Frames without eye or pupil, or with either area an outlier, and those around them. 0 or 1.
/// @param eye_area, pupil_area  raw areas, shape (n)
[[nodiscard]] std::vector<double> likely_blinks(std::span<const double> eye_area,
                                                std::span<const double> pupil_area,
                                                const BlinkParams& params = {});

/// Fills areas and blinks from the raw areas, and makes what a blink hides NaN: the areas, and
/// width, height and angle of eye and pupil. Raw areas and the corneal reflection stay. Raw areas
/// that the recording has are those that count: its fits may be blanked in blinks already, and
/// areas made of such fits would make every blink longer. Empty ones are made from the fits.
/// @throws tb::Error (data, ColumnLength) when fits or raw areas have different lengths
void fill_eye_areas(EyeTrackingRecording& recording, const BlinkParams& params = {});

/// True when the camera's first frame is not of the eye but the recorder's own data: the files of
/// some recorders (.mp4, or `mvr` in the name) begin so.
[[nodiscard]] bool has_metadata_frame(std::string_view camera_file);

/// The times of the eye frames: up to 15 more than frames, which are left out at the end.
/// @throws tb::Error (data, EyeFrames) for other numbers, naming both
[[nodiscard]] std::vector<double> eye_frame_times(std::span<const double> time_s,
                                                  std::size_t n_frames);

/// A dated row of a rig's table.
struct RigGeometryRow {
    std::string equipment;
    std::string item;         ///< monitor, camera, led
    std::string active_date;  ///< yyyy-mm-dd, perhaps with a time of day
    std::array<double, 3> position_mm{};
    std::array<double, 3> rotation_deg{};
};
/// Where a rig's things stood on a day: of each the newest row not after it.
/// @param date  as active_date
/// @throws tb::Error (data, MissingDataset) for a thing without such a row
[[nodiscard]] EyeRigGeometry rig_geometry(std::span<const RigGeometryRow> rows,
                                          std::string_view equipment, std::string_view date);

}  // namespace tb::compute::change_detection
