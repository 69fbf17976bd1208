#include "compute/change_detection/eye_tracking.hpp"

#include "compute/change_detection/known_values.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

namespace tb::compute::change_detection {

namespace {

constexpr std::size_t most_surplus_times = 15;

void check_length(const std::vector<double>& column, std::size_t n, const char* name) {
    if (column.size() == n) return;
    throw Error(ErrorKind::data,
                fmt::format("eye tracking: a column of {} has {} values, expected {}", name,
                            column.size(), n),
                {}, "ColumnLength");
}

void check_lengths(const EllipseFits& fits, std::size_t n, const char* name) {
    for (const auto* column :
         {&fits.center_x, &fits.center_y, &fits.width, &fits.height, &fits.phi})
        check_length(*column, n, name);
}

/// Raw areas that are there, or those of the fits.
void complete_areas(std::vector<double>& area_raw, std::vector<double> (*areas)(const EllipseFits&),
                    const EllipseFits& fits, const char* name) {
    if (area_raw.empty()) {
        area_raw = areas(fits);
    } else {
        check_length(area_raw, fits.width.size(), name);
    }
}

std::vector<bool> outliers(std::span<const double> values, double largest_z) {
    const KnownMoments moments = known_moments(values);
    std::vector<bool> result(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        result[i] = std::abs((values[i] - moments.mean) / moments.sd) > largest_z;
    }
    return result;
}

void blank(std::vector<double>& values, std::span<const double> is_blink) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (is_blink[i] == 1.0) values[i] = nan;
    }
}

}  // namespace

std::vector<double> ellipse_areas(const EllipseFits& fits) {
    std::vector<double> areas(fits.width.size());
    for (std::size_t i = 0; i < areas.size(); ++i) {
        areas[i] = std::numbers::pi * fits.width[i] * fits.height[i];
    }
    return areas;
}

std::vector<double> pupil_areas(const EllipseFits& fits) {
    std::vector<double> areas(fits.width.size());
    for (std::size_t i = 0; i < areas.size(); ++i) {
        const double width = fits.width[i];
        const double radius = fits.height[i] > width ? fits.height[i] : width;
        areas[i] = std::numbers::pi * radius * radius;
    }
    return areas;
}

std::vector<double> likely_blinks(std::span<const double> eye_area,
                                  std::span<const double> pupil_area, const BlinkParams& params) {
    const std::vector<bool> eye_outliers = outliers(eye_area, params.largest_z);
    const std::vector<bool> pupil_outliers = outliers(pupil_area, params.largest_z);
    const std::size_t n = eye_area.size();
    std::vector<double> result(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
        if (!std::isnan(eye_area[i]) && !std::isnan(pupil_area[i]) && !eye_outliers[i] &&
            !pupil_outliers[i]) {
            continue;
        }
        const std::size_t begin = i - std::min(i, params.dilation_frames);
        const std::size_t end = i + 1 + std::min(n - i - 1, params.dilation_frames);
        std::fill(result.begin() + static_cast<std::ptrdiff_t>(begin),
                  result.begin() + static_cast<std::ptrdiff_t>(end), 1.0);
    }
    return result;
}

void fill_eye_areas(EyeTrackingRecording& recording, const BlinkParams& params) {
    const std::size_t n = recording.eye.width.size();
    check_lengths(recording.eye, n, "eye");
    check_lengths(recording.pupil, n, "pupil");
    check_lengths(recording.corneal_reflection, n, "corneal reflection");
    complete_areas(recording.eye_area_raw, &ellipse_areas, recording.eye, "eye");
    complete_areas(recording.corneal_reflection_area_raw, &ellipse_areas,
                   recording.corneal_reflection, "corneal reflection");
    complete_areas(recording.pupil_area_raw, &pupil_areas, recording.pupil, "pupil");
    recording.eye_area = recording.eye_area_raw;
    recording.corneal_reflection_area = recording.corneal_reflection_area_raw;
    recording.pupil_area = recording.pupil_area_raw;
    recording.is_likely_blink =
        likely_blinks(recording.eye_area_raw, recording.pupil_area_raw, params);
    for (auto* hidden :
         {&recording.eye_area, &recording.pupil_area, &recording.corneal_reflection_area,
          &recording.eye.width, &recording.eye.height, &recording.eye.phi, &recording.pupil.width,
          &recording.pupil.height, &recording.pupil.phi}) {
        blank(*hidden, recording.is_likely_blink);
    }
}

bool has_metadata_frame(std::string_view camera_file) {
    const auto slash = camera_file.find_last_of("/\\");
    if (slash != std::string_view::npos) camera_file.remove_prefix(slash + 1);
    return camera_file.ends_with(".mp4") || camera_file.find("mvr") != std::string_view::npos;
}

std::vector<double> eye_frame_times(std::span<const double> time_s, std::size_t n_frames) {
    if (time_s.size() < n_frames || time_s.size() > n_frames + most_surplus_times) {
        throw Error(ErrorKind::data,
                    fmt::format("eye tracking: {} times for {} frames: expected as many, or up to "
                                "{} more",
                                time_s.size(), n_frames, most_surplus_times),
                    {}, "EyeFrames");
    }
    const std::span<const double> kept = time_s.first(n_frames);
    return {kept.begin(), kept.end()};
}

EyeRigGeometry rig_geometry(std::span<const RigGeometryRow> rows, std::string_view equipment,
                            std::string_view date) {
    const auto newest = [&](std::string_view item) -> const RigGeometryRow& {
        const RigGeometryRow* found = nullptr;
        for (const RigGeometryRow& row : rows) {
            if (row.equipment != equipment || row.item != item || row.active_date > date) continue;
            if (found == nullptr || row.active_date > found->active_date) found = &row;
        }
        if (found == nullptr) {
            throw Error(ErrorKind::data,
                        fmt::format("rig {}: no {} row is active on {}", equipment, item, date), {},
                        "MissingDataset");
        }
        return *found;
    };
    const RigGeometryRow& monitor = newest("monitor");
    const RigGeometryRow& camera = newest("camera");
    return {std::string(equipment), monitor.position_mm, monitor.rotation_deg,
            camera.position_mm,     camera.rotation_deg, newest("led").position_mm};
}

}  // namespace tb::compute::change_detection
