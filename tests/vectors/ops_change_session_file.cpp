// Whole session files of change detection, as the published reader's session objects give them.

#include "compute/change_detection/event_filter.hpp"
#include "compute/change_detection/eye_tracking.hpp"
#include "compute/change_detection/performance_summary.hpp"
#include "compute/change_detection/rolling_performance.hpp"
#include "ingest/allen/mouse.hpp"
#include "ingest/allen/nwb_session.hpp"
#include "ingest/allen/presentation_steps.hpp"
#include "tests/vectors/change_values.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/change_session.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tb::vectors {

namespace {

namespace change = compute::change_detection;

/// A long array in a few numbers.
Json facts(std::span<const double> values) {
    if (values.empty()) return {{"n", 0}};
    double sum = 0.0;
    std::size_t n_nan = 0;
    for (const double value : values) {
        if (std::isnan(value)) {
            ++n_nan;
        } else {
            sum += value;
        }
    }
    return {{"n", values.size()},
            {"sum", sum},
            {"n_nan", n_nan},
            {"first", values.front()},
            {"last", values.back()}};
}

template <class T>
void append(std::vector<double>& values, std::span<const std::byte> bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(T)) {
        T value{};
        std::memcpy(&value, bytes.data() + at, sizeof(T));
        values.push_back(static_cast<double>(value));
    }
}

/// All values of an array that stayed in its file.
std::vector<double> values_of(const LazyArray& array) {
    std::vector<double> values;
    array.read([&](std::span<const std::byte> bytes) {
        if (array.dtype == "float64") append<double>(values, bytes);
        if (array.dtype == "float32") append<float>(values, bytes);
        if (array.dtype == "int64") append<std::int64_t>(values, bytes);
        if (array.dtype == "int32") append<std::int32_t>(values, bytes);
        if (array.dtype == "int16") append<std::int16_t>(values, bytes);
        if (array.dtype == "uint8") append<std::uint8_t>(values, bytes);
    });
    return values;
}

Json or_null(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json();
}
template <class T>
Json number_or_null(const std::optional<T>& number) {
    return number ? Json(*number) : Json();
}

Json metadata_of(const ChangeSession& session) {
    const auto& recording = session.recording;
    const auto& metadata = recording.metadata;
    const auto& times = recording.stimulus_frame_time_s;
    auto lines = metadata.driver_lines;
    std::ranges::sort(lines);
    auto date = metadata.date_of_acquisition.value_or("");
    std::ranges::replace(date, 'T', ' ');
    const double interval_s =
        (times.back() - times.front()) / static_cast<double>(times.size() - 1);
    Json out{
        {"equipment_name", or_null(metadata.equipment_name)},
        {"sex", or_null(metadata.sex)},
        {"age_in_days", metadata.age ? number_or_null(allen::age_in_days(*metadata.age)) : Json()},
        {"stimulus_frame_rate", std::round(1.0 / interval_s)},
        {"session_type", or_null(metadata.session_type)},
        {"date_of_acquisition", date},
        {"reporter_line", or_null(metadata.reporter_line)},
        {"cre_line",
         metadata.full_genotype ? or_null(allen::cre_line(*metadata.full_genotype)) : Json()},
        {"behavior_session_uuid", or_null(metadata.behavior_session_uuid)},
        {"driver_line", to_json_array(lines)},
        {"mouse_id", or_null(metadata.mouse_id)},
        {"project_code",
         metadata.project_code ? Json(*metadata.project_code) : Json("Not Available")},
        {"full_genotype", or_null(metadata.full_genotype)},
        {"behavior_session_id", number_or_null(metadata.behavior_session_id)}};
    if (!session.plane) return out;
    const auto& plane = *session.plane;
    out["indicator"] = plane.indicator;
    out["emission_lambda"] = plane.emission_lambda_nm;
    out["excitation_lambda"] = plane.excitation_lambda_nm;
    out["ophys_container_id"] = number_or_null(plane.ophys_container_id);
    out["field_of_view_height"] = number_or_null(plane.field_of_view_height);
    out["field_of_view_width"] = number_or_null(plane.field_of_view_width);
    out["imaging_depth"] = static_cast<std::int64_t>(plane.imaging_depth_um);
    out["targeted_imaging_depth"] = static_cast<std::int64_t>(plane.targeted_imaging_depth_um);
    out["imaging_plane_group"] = number_or_null(plane.group);
    out["imaging_plane_group_count"] = plane.group_count;
    out["ophys_experiment_id"] = plane.number;
    out["ophys_frame_rate"] = plane.frame_rate_hz;
    out["ophys_session_id"] = number_or_null(plane.ophys_session_id);
    out["targeted_structure"] = plane.targeted_structure;
    return out;
}

/// Columns of the file's table of trials, in order.
Json trial_columns_of(const nwb::NwbFile& file) {
    Json out = Json::array();
    for (const auto& column : file.require_table("/intervals/trials").columns)
        out.push_back(column.name);
    return out;
}

/// The reader's order of the presentations' columns; the rest in any order.
void give_presentation_columns(const nwb::NwbFile& file, Run& run) {
    static constexpr std::array first{"stimulus_block",
                                      "stimulus_block_name",
                                      "image_index",
                                      "image_name",
                                      "movie_frame_index",
                                      "duration",
                                      "start_time",
                                      "end_time",
                                      "start_frame",
                                      "end_frame",
                                      "is_change",
                                      "is_image_novel",
                                      "omitted",
                                      "movie_repeat",
                                      "flashes_since_change",
                                      "trials_id"};
    static constexpr std::array dropped{"image_set", "index", "tags", "timeseries"};
    std::set<std::string> all{"is_change", "flashes_since_change", "active", "trials_id",
                              "is_sham_change"};
    for (const auto& table : file.tables()) {
        if (!table.name.ends_with("_presentations")) continue;
        for (const auto& column : table.columns)
            all.insert(column.name == "stop_time" ? "end_time" : column.name);
    }
    for (const char* name : dropped) all.erase(name);
    std::vector<std::string> ours;
    for (const char* name : first)
        if (all.erase(name) > 0) ours.emplace_back(name);
    const std::size_t n_fixed = ours.size();
    ours.insert(ours.end(), all.begin(), all.end());
    auto wanted = run.expected_value("presentations_columns").get<std::vector<std::string>>();
    if (wanted.size() >= n_fixed)
        std::sort(wanted.begin() + static_cast<std::ptrdiff_t>(n_fixed), wanted.end());
    run.judge("presentations_columns", ours == wanted,
              "got " + to_json_array(ours).dump() + ", want " + to_json_array(wanted).dump());
}

/// Values as the reader gives them: some columns anew from others.
Json presentations_of(const ChangePresentations& table) {
    const auto is_change = allen::change_flags(table);
    Json out = presentation_values(table);
    out["end_time"] = to_json_array(table.stop_s);
    out["is_change"] = boolean_values(is_change);
    out["flashes_since_change"] =
        integer_values(allen::flashes_since_change(table.is_omitted, is_change));
    out["image_index"] = integer_values(table.image_index);
    out["is_image_novel"] = boolean_values(table.is_image_novel);
    out["image_name"] = Json::array();
    for (const auto& name : table.image_name)
        out["image_name"].push_back(name.empty() ? Json() : Json(name));
    return out;
}

Json templates_of(const ChangeSession& session) {
    Json out = Json::object();
    for (const auto& set : session.templates) {
        const auto warped = values_of(*set.warped);
        const auto unwarped = values_of(*set.unwarped);
        const std::size_t n = set.warped->shape[1] * set.warped->shape[2];
        for (std::size_t i = 0; i < set.image_names.size(); ++i) {
            double sum = 0.0;
            for (const double pixel : std::span(warped).subspan(i * n, n)) sum += pixel;
            out[set.image_names[i]] = {{"shape", {set.warped->shape[1], set.warped->shape[2]}},
                                       {"warped_sum", static_cast<std::int64_t>(sum)},
                                       {"unwarped", facts(std::span(unwarped).subspan(i * n, n))}};
        }
    }
    return out;
}

void give_eye_tracking(const ChangeSession& session, Run& run) {
    static const std::vector<std::string> columns{
        "timestamps",     "cr_area",      "eye_area",     "pupil_area",     "likely_blink",
        "pupil_area_raw", "cr_area_raw",  "eye_area_raw", "cr_center_x",    "cr_center_y",
        "cr_width",       "cr_height",    "cr_phi",       "eye_center_x",   "eye_center_y",
        "eye_width",      "eye_height",   "eye_phi",      "pupil_center_x", "pupil_center_y",
        "pupil_width",    "pupil_height", "pupil_phi"};
    EyeTrackingRecording eye;
    if (session.recording.eye_tracking) eye = *session.recording.eye_tracking;
    const auto is_blink = change::likely_blinks(eye.eye_area_raw, eye.pupil_area_raw);
    const auto without_blinks = [&](std::vector<double> area) {
        if (area.empty()) return Json();
        for (std::size_t i = 0; i < area.size(); ++i)
            if (is_blink[i] == 1.0) area[i] = std::nan("");
        return facts(area);
    };
    run.give("eye_tracking", {{"n", eye.time_s.size()},
                              {"n_blink", std::ranges::count(is_blink, 1.0)},
                              {"columns", to_json_array(columns)},
                              {"pupil_area", without_blinks(eye.pupil_area_raw)},
                              {"eye_area", without_blinks(eye.eye_area_raw)},
                              {"cr_area", without_blinks(eye.corneal_reflection_area_raw)}});
    Json geometry = Json::object();
    if (const auto& rig = session.recording.eye_rig_geometry) {
        // As the case writes a list: `[118.6, 86.2, 31.6]`.
        const auto text = [](const std::array<double, 3>& values) {
            const auto one = [](double value) {
                return value == std::floor(value) ? fmt::format("{:.1f}", value)
                                                  : fmt::format("{}", value);
            };
            return fmt::format("[{}, {}, {}]", one(values[0]), one(values[1]), one(values[2]));
        };
        geometry = {{"camera_position_mm", text(rig->camera_position_mm)},
                    {"camera_rotation_deg", text(rig->camera_rotation_deg)},
                    {"equipment", rig->equipment},
                    {"led_position", text(rig->led_position_mm)},
                    {"monitor_position_mm", text(rig->monitor_position_mm)},
                    {"monitor_rotation_deg", text(rig->monitor_rotation_deg)}};
    }
    run.give("eye_tracking_rig_geometry", geometry);
}

/// The session of the case; what the reader leaves out of it is the case's error.
std::pair<std::shared_ptr<const nwb::NwbFile>, ChangeSession> read_case(const Case& input) {
    const auto path = input.path_of("session.nwb");
    auto file = std::make_shared<const nwb::NwbFile>(nwb::NwbFile::open(path));
    auto session = allen::read_nwb_session(file, path.filename().string());
    if (!session.part_errors.empty()) {
        const auto& first = session.part_errors.front();
        throw Error(ErrorKind::data, first.message, first.hint, first.type);
    }
    return {std::move(file), std::move(session)};
}

void give_behavior(const nwb::NwbFile& file, const ChangeSession& session, Run& run) {
    const auto& recording = session.recording;
    run.give("metadata", metadata_of(session));
    run.give("task_parameters", task_parameter_values(recording.task_parameters));
    const auto rolling = change::rolling_performance(
        recording.trials, recording.task_parameters.response_window_s[0]);
    run.give("performance_metrics", metric_values(change::performance_summary(
                                        recording.trials, recording.rewards, rolling)));
    run.give("reward_rate", to_json_array(rolling.reward_rate_per_min));
    run.give("stimulus_timestamps", facts(recording.stimulus_frame_time_s));
    const std::vector<double> frames(recording.licks.frame.begin(), recording.licks.frame.end());
    run.give("licks", {{"n", frames.size()},
                       {"timestamps", facts(recording.licks.time_s)},
                       {"frame", facts(frames)}});
    run.give("rewards", {{"volume", to_json_array(recording.rewards.volume_ml)},
                         {"timestamps", to_json_array(recording.rewards.time_s)},
                         {"auto_rewarded", boolean_values(recording.rewards.is_auto_rewarded)}});
    run.give("running_speed", facts(recording.running->speed_cm_s));
    run.give("raw_running_speed", facts(recording.running->speed_unfiltered_cm_s));
    run.give("trials_columns", trial_columns_of(file));
    run.give("trials", trial_values(recording.trials));
    give_presentation_columns(file, run);
    run.give("presentations", presentations_of(recording.presentations));
    run.give("stimulus_templates", templates_of(session));
    give_eye_tracking(session, run);
}

/// Values of valid ROIs alone.
Json of_valid(const RoiTable& rois, const std::vector<double>& values, bool is_whole = false) {
    Json out = Json::array();
    for (std::size_t i = 0; i < rois.count; ++i) {
        if (rois.is_valid[i] != 1.0) continue;
        out.push_back(is_whole ? Json(static_cast<std::int64_t>(values[i])) : Json(values[i]));
    }
    return out;
}

void give_imaging(const ChangeSession& session, Run& run) {
    const auto& plane = *session.plane;
    const auto& rois = plane.rois;
    run.give("ophys_timestamps", facts(plane.frame_time_s));
    Json valid = Json::array();
    Json cell_roi_id = Json::array();
    for (std::size_t i = 0; i < rois.count; ++i) {
        if (rois.is_valid[i] != 1.0) continue;
        valid.push_back(true);
        cell_roi_id.push_back(rois.cell_roi_id[i]);
    }
    run.give("cell_specimen_table",
             {{"cell_specimen_id", of_valid(rois, rois.cell_specimen_id)},
              {"cell_roi_id", cell_roi_id},
              {"height", of_valid(rois, rois.height, true)},
              {"mask_image_plane", of_valid(rois, rois.mask_image_plane, true)},
              {"max_correction_down", of_valid(rois, rois.max_correction_down)},
              {"max_correction_left", of_valid(rois, rois.max_correction_left)},
              {"max_correction_right", of_valid(rois, rois.max_correction_right)},
              {"max_correction_up", of_valid(rois, rois.max_correction_up)},
              {"valid_roi", valid},
              {"width", of_valid(rois, rois.width, true)},
              {"x", of_valid(rois, rois.x, true)},
              {"y", of_valid(rois, rois.y, true)}});
    run.give("r", of_valid(rois, rois.neuropil_r));
    run.give("RMSE", of_valid(rois, rois.neuropil_rmse));
    run.give("lambdas", of_valid(rois, rois.event_lambda));
    run.give("noise_std", of_valid(rois, rois.event_noise_std));

    const auto masks = values_of(*plane.masks);
    Json pixels = Json::array();
    for (std::size_t i = 0; i < rois.count; ++i) {
        const auto n = masks.size() / rois.count;
        if (rois.is_valid[i] == 1.0)
            pixels.push_back(std::ranges::count(std::span(masks).subspan(i * n, n), 1.0));
    }
    run.give("roi_mask_pixels", pixels);

    const std::map<std::string, std::string> names{
        {"dff", "dff"},
        {"corrected_fluorescence", "corrected_fluorescence"},
        {"demixed", "demixed"},
        {"neuropil", "neuropil"},
        {"events", "events"}};
    for (const auto& traces : plane.traces) {
        const auto values = values_of(traces.values);
        Json all = Json::array();
        Json filtered = Json::array();
        for (std::size_t roi = 0; roi < rois.count; ++roi) {
            if (rois.is_valid[roi] != 1.0) continue;
            std::vector<double> trace;
            for (std::size_t at = roi; at < values.size(); at += rois.count)
                trace.push_back(values[at]);
            all.push_back(facts(trace));
            if (traces.kind == "events")
                filtered.push_back(facts(change::filtered_events(
                    trace, change::event_filter_scale(plane.frame_rate_hz))));
        }
        run.give(names.at(traces.kind), all);
        if (traces.kind == "events") run.give("filtered_events", filtered);
    }
    run.give("motion_x", facts(values_of(*plane.motion_x)));
    run.give("motion_y", facts(values_of(*plane.motion_y)));
    for (const auto& image : plane.images) {
        const auto values = values_of(image.pixels);
        if (image.kind == "max_projection") {
            run.give("max_projection", facts(values));
            run.give("pixel_spacing_mm", image.pixel_size_um / 1000.0);
        }
        if (image.kind == "segmentation_mask_image") {
            double sum = 0.0;
            for (const double value : values) sum += value;
            run.give("segmentation_mask_image_sum", static_cast<std::int64_t>(sum));
        }
    }
    run.is_input("note");
}

void read_behavior_session(const Case& input, Run& run) {
    run.tolerance({1e-9, 1e-12});
    const auto [file, session] = read_case(input);
    give_behavior(*file, session, run);
}

void read_behavior_ophys_experiment(const Case& input, Run& run) {
    run.tolerance({1e-9, 1e-12});
    const auto [file, session] = read_case(input);
    give_behavior(*file, session, run);
    if (!session.plane)
        throw Error(ErrorKind::data, "the file has no imaging", {}, "MissingDataset");
    give_imaging(session, run);
}

const Registration registered_behavior("change_detection.read_behavior_session",
                                       &read_behavior_session);
const Registration registered_experiment("change_detection.read_behavior_ophys_experiment",
                                         &read_behavior_ophys_experiment);

}  // namespace

}  // namespace tb::vectors
