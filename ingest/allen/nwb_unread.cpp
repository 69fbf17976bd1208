#include "ingest/allen/nwb_unread.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tb::allen {

namespace {

using Names = std::span<const std::string_view>;

/// Series that are read, or (index of each presentation's image) say what the presentations say.
constexpr std::array<std::string_view, 22> series_paths{
    "/acquisition/EyeTracking/corneal_reflection_tracking",
    "/acquisition/EyeTracking/eye_tracking",
    "/acquisition/EyeTracking/likely_blink",
    "/acquisition/EyeTracking/pupil_tracking",
    "/acquisition/v_in",
    "/acquisition/v_sig",
    "/processing/licking/licks",
    "/processing/ophys/corrected_fluorescence/RMSE",
    "/processing/ophys/corrected_fluorescence/r",
    "/processing/ophys/corrected_fluorescence/traces",
    "/processing/ophys/demixed_trace/traces",
    "/processing/ophys/dff/traces",
    "/processing/ophys/event_detection",
    "/processing/ophys/neuropil_trace/traces",
    "/processing/ophys/ophys_motion_correction_x",
    "/processing/ophys/ophys_motion_correction_y",
    "/processing/rewards/autorewarded",
    "/processing/rewards/volume",
    "/processing/running/dx",
    "/processing/running/speed",
    "/processing/running/speed_unfiltered",
    "/processing/stimulus/timestamps"};
constexpr std::string_view template_folder = "/stimulus/templates/";
constexpr std::string_view presentation_folder = "/stimulus/presentation/";
constexpr std::string_view trials_path = "/intervals/trials";
constexpr std::string_view roi_path = "/processing/ophys/image_segmentation/cell_specimen_table";
constexpr std::array<std::string_view, 3> picture_paths{
    "/processing/ophys/images/average_image", "/processing/ophys/images/max_projection",
    "/processing/ophys/images/segmentation_mask_image"};

/// Types whose fields are read by name, and groups that only hold what is listed by itself.
constexpr std::array<std::string_view, 17> object_types{"BehaviorMetadata",
                                                        "OphysBehaviorMetadata",
                                                        "BehaviorTaskParameters",
                                                        "OphysEyeTrackingRigMetadata",
                                                        "EllipseEyeTracking",
                                                        "BehaviorSubject",
                                                        "Subject",
                                                        "Device",
                                                        "ImagingPlane",
                                                        "OpticalChannel",
                                                        "ProcessingModule",
                                                        "Fluorescence",
                                                        "DfOverF",
                                                        "ImageSegmentation",
                                                        "Images",
                                                        "OphysEventDetection",
                                                        "StimulusTemplate"};

constexpr std::array<std::string_view, 12> task_fields{"blank_duration_sec",
                                                       "response_window_sec",
                                                       "stimulus_duration_sec",
                                                       "omitted_flash_fraction",
                                                       "reward_volume",
                                                       "auto_reward_volume",
                                                       "session_type",
                                                       "stimulus_name",
                                                       "stimulus",
                                                       "stimulus_distribution",
                                                       "task",
                                                       "n_stimulus_frames"};
constexpr std::array<std::string_view, 15> metadata_fields{
    "behavior_session_id",  "behavior_session_uuid",     "equipment_name",
    "field_of_view_height", "field_of_view_width",       "imaging_depth",
    "imaging_plane_group",  "imaging_plane_group_count", "ophys_container_id",
    "ophys_experiment_id",  "ophys_session_id",          "project_code",
    "session_type",         "stimulus_frame_rate",       "targeted_imaging_depth"};
/// Description and species are the same of all mice.
constexpr std::array<std::string_view, 8> subject_fields{"age",      "description",   "driver_line",
                                                         "genotype", "reporter_line", "sex",
                                                         "species",  "subject_id"};
/// These three are the same of all sessions.
constexpr std::array<std::string_view, 3> general_fields{"experiment_description", "institution",
                                                         "keywords"};
/// Columns that the library adds to tables of intervals, and one of very old files.
constexpr std::array<std::string_view, 4> ignored_columns{"tags", "timeseries", "lick_events",
                                                          "id"};
constexpr std::array<std::string_view, 3> mask_columns{"image_mask", "pixel_mask", "voxel_mask"};

template <class Range>
bool has(const Range& names, std::string_view name) {
    return std::ranges::find(names, name) != std::ranges::end(names);
}

/// A column whose values cannot be kept row by row.
bool is_awkward(const nwb::Column& column) {
    return column.is_ragged() || column.shape.size() > 1 ||
           column.type.kind == hdf5::ValueKind::compound ||
           !(column.type.is_number() || column.type.kind == hdf5::ValueKind::text ||
             column.type.kind == hdf5::ValueKind::boolean);
}

class Unread {
  public:
    explicit Unread(const NwbSource& source) : source_(source), file_(source.file()) {}

    void note() {
        find_series();
        find_tables();
        for (const auto& image : file_.images())
            if (!has(picture_paths, image.path)) add("picture", image.path, image.neurodata_type);
        find_objects();
        find_fields("/general/task_parameters", task_fields);
        find_fields("/general/metadata", metadata_fields);
        find_fields("/general/subject", subject_fields);
        for (const auto& field : file_.info().general)
            if (!has(general_fields, field.name)) add("value", "/general/" + field.name, {});
        if (paths_.empty()) return;
        constexpr std::size_t most_named = 6;
        const std::size_t n = std::min(most_named, names_.size());
        const std::string more =
            names_.size() > n ? fmt::format(", and {} more", names_.size() - n) : std::string();
        source_.issue("NotUnderstood", "/",
                      fmt::format("{} of the file's objects and values are read by nothing here: "
                                  "{}{}",
                                  names_.size(),
                                  fmt::join(names_.begin(),
                                            names_.begin() + static_cast<std::ptrdiff_t>(n), ", "),
                                  more));
    }

  private:
    void add(std::string_view kind, const std::string& path, std::string_view type) {
        if (has(paths_, path)) return;
        paths_.push_back(path);
        names_.push_back(type.empty() ? fmt::format("{} {}", kind, path)
                                      : fmt::format("{} {} ({})", kind, path, type));
    }

    /// A set of images that the session shows, or the order in which it does.
    bool is_stimulus(const nwb::Series& series) const {
        if (series.path.starts_with(template_folder))
            return series.shape.size() == 3 && !series.data_path.empty();
        return series.path.starts_with(presentation_folder) &&
               series.neurodata_type == "IndexSeries";
    }

    void find_series() {
        for (const auto& series : file_.series())
            if (!has(series_paths, series.path) && !is_stimulus(series))
                add("series", series.path, series.neurodata_type);
    }

    void find_tables() {
        for (const auto& table : file_.tables()) {
            const bool is_presentations =
                table.path.starts_with("/intervals/") && table.path.ends_with("_presentations");
            if (table.path != trials_path && table.path != roi_path && !is_presentations) {
                add("table", table.path, table.neurodata_type);
                continue;
            }
            for (const auto& column : table.columns) {
                const bool is_known = has(ignored_columns, column.name) ||
                                      has(mask_columns, column.name) ||
                                      (table.path == trials_path && column.name == "lick_times");
                if (!is_known && is_awkward(column))
                    add("column", fmt::format("{}/{}", table.path, column.name),
                        column.neurodata_type);
            }
        }
    }

    /// Whether something below it is listed already.
    bool holds_listed(const std::string& path) const {
        return std::ranges::any_of(
            paths_, [&](const std::string& one) { return one.starts_with(path + "/"); });
    }

    void find_objects() {
        std::size_t n_planes = 0;
        for (const auto& object : file_.objects()) {
            const bool is_other_plane =
                object.neurodata_type == "ImagingPlane" && ++n_planes > 1;  // the first is read
            if ((!has(object_types, object.neurodata_type) || is_other_plane) &&
                !holds_listed(object.path))
                add("object", object.path, object.neurodata_type);
        }
        for (const auto& one : file_.not_understood())
            if (!one.path.starts_with("/specifications") &&
                !has(object_types, one.neurodata_type) && !holds_listed(one.path))
                add("object", one.path, one.neurodata_type);
    }

    void find_fields(const std::string& path, Names known) {
        for (const auto& field : file_.fields(path))
            if (!has(known, field.name)) add("value", path + "/" + field.name, {});
    }

    const NwbSource& source_;
    const nwb::NwbFile& file_;
    std::vector<std::string> paths_;
    std::vector<std::string> names_;  ///< as the issue names them, in the order of paths_
};

}  // namespace

void note_what_is_not_read(const NwbSource& source) {
    Unread(source).note();
}

}  // namespace tb::allen
