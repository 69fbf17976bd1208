#include "ingest/load/change/behavior_rows.hpp"

#include "ingest/allen/mouse.hpp"
#include "ingest/load/change/change_arrays.hpp"
#include "ingest/load/json_rows.hpp"
#include "ingest/load/statements.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <string>

#include <fmt/format.h>

namespace tb::load {
namespace {

using nlohmann::json;
using Step = db::Session::Step;

/// No trial has a lick or a reward.
bool is_passive(const ChangeTrials& trials) {
    return trials.lick_s.values.empty() &&
           std::ranges::none_of(trials.reward_volume_ml, [](double ml) { return ml > 0.0; });
}

json session_row(const ChangeSession& session, const std::string& session_id,
                 const ChangeArrays* arrays) {
    const auto& recording = session.recording;
    const auto& trials = recording.trials;
    const auto& task = recording.task_parameters;
    double end_s = NAN;
    for (const double stop_s : trials.stop_s)
        if (!std::isnan(stop_s)) end_s = stop_s;
    return {
        {"session_id", session_id},
        {"origin", session.trials_origin},
        {"n_trials", trials.count},
        {"trials_start_s", json_number(trials.start_s, 0)},
        {"trials_end_s", json_number(end_s)},
        {"is_passive", is_passive(trials)},
        {"session_type", json_text(task.session_type)},
        {"image_set", json_text(task.image_set)},
        {"task_name", json_text(task.task)},
        {"stimulus", json_text(task.stimulus)},
        {"stimulus_name", json_text(task.stimulus_name)},
        {"stimulus_distribution", json_text(task.stimulus_distribution)},
        {"stimulus_duration_s", json_number(task.stimulus_duration_s)},
        {"blank_duration_min_s", json_number(task.blank_duration_s[0])},
        {"blank_duration_max_s", json_number(task.blank_duration_s[1])},
        {"response_window_start_s", json_number(task.response_window_s[0])},
        {"response_window_end_s", json_number(task.response_window_s[1])},
        {"omitted_flash_fraction", json_number(task.omitted_flash_fraction)},
        {"reward_volume_ml", json_number(task.reward_volume_ml)},
        {"auto_reward_volume_ml", json_number(task.auto_reward_volume_ml)},
        {"n_stimulus_frames", task.n_stimulus_frames},
        {"stimulus_frame_rate_hz", recording.metadata.stimulus_frame_rate_hz
                                       ? json_number(*recording.metadata.stimulus_frame_rate_hz)
                                       : json()},
        {"monitor_delay_s", json_number(recording.monitor_delay_s)},
        {"behavior_session_uuid", json_text(recording.metadata.behavior_session_uuid.value_or(""))},
        {"frame_times_array_id", arrays ? json_optional(arrays->frame_times()) : json()},
        {"behavior_file", json_text(session.behavior_file)}};
}

json running_row(const ChangeSession& session, const std::string& session_id,
                 const RunningArrays& arrays) {
    const auto& running = *session.recording.running;
    double sum = 0.0;
    std::size_t n = 0;
    for (const double speed : running.speed_cm_s) {
        if (std::isnan(speed)) continue;
        sum += speed;
        ++n;
    }
    return {{"session_id", session_id},
            {"n_samples", running.time_s.size()},
            {"start_s", json_number(running.time_s, 0)},
            {"end_s", json_number(running.time_s.back())},
            {"mean_speed_cm_s", n > 0 ? json_number(sum / static_cast<double>(n)) : json()},
            {"is_sign_turned", session.is_running_turned},
            {"times_array_id", json_optional(arrays.times)},
            {"speed_array_id", json_optional(arrays.speed)},
            {"speed_unfiltered_array_id", json_optional(arrays.speed_unfiltered)},
            {"dx_array_id", json_optional(arrays.dx)},
            {"signal_voltage_array_id", json_optional(arrays.signal_voltage)},
            {"supply_voltage_array_id", json_optional(arrays.supply_voltage)}};
}

struct EyeRows {
    json recordings = json::array(), ellipses = json::array(), geometry = json::array();
};

void add_eye_rows(const ChangeSession& session, const std::string& session_id,
                  const EyeArrays& arrays, EyeRows& rows) {
    const auto& rig = session.recording.eye_rig_geometry;
    rows.recordings.push_back({{"session_id", session_id},
                               {"n_frames", session.recording.eye_tracking->time_s.size()},
                               {"equipment_name", rig ? json_text(rig->equipment) : json()},
                               {"times_array_id", json_optional(arrays.times)},
                               {"file_blink_array_id", json_optional(arrays.blinks)}});
    for (const auto& ellipse : arrays.ellipses) {
        if (!ellipse.width || !ellipse.height || !ellipse.angle) continue;
        rows.ellipses.push_back({{"session_id", session_id},
                                 {"tracked_object", ellipse.tracked_object},
                                 {"center_array_id", json_optional(ellipse.center)},
                                 {"width_array_id", json_optional(ellipse.width)},
                                 {"height_array_id", json_optional(ellipse.height)},
                                 {"angle_array_id", json_optional(ellipse.angle)},
                                 {"area_array_id", json_optional(ellipse.area)},
                                 {"area_raw_array_id", json_optional(ellipse.area_raw)}});
    }
    if (!rig) return;
    const auto item = [&](const char* name, const std::array<double, 3>& place) {
        if (!std::ranges::all_of(place, [](double value) { return std::isfinite(value); })) return;
        rows.geometry.push_back({{"session_id", session_id},
                                 {"item", name},
                                 {"x", place[0]},
                                 {"y", place[1]},
                                 {"z", place[2]}});
    };
    item("monitor_position", rig->monitor_position_mm);
    item("camera_position", rig->camera_position_mm);
    item("led_position", rig->led_position_mm);
    item("monitor_rotation", rig->monitor_rotation_deg);
    item("camera_rotation", rig->camera_rotation_deg);
}

struct TemplateRows {
    json sets = json::array(), images = json::array(), sessions = json::array();
    std::vector<std::string> new_arrays;
};

void add_template_rows(const ChangeSession& session, const std::string& session_id,
                       const std::vector<TemplateArrays>& arrays, TemplateRows& rows) {
    for (std::size_t i = 0; i < arrays.size(); ++i) {
        const auto& set = session.templates[i];
        const auto& keys = arrays[i];
        if (keys.template_id.empty()) continue;
        rows.sessions.push_back({{"session_id", session_id}, {"template_id", keys.template_id}});
        rows.sets.push_back({{"template_id", keys.template_id},
                             {"template_name", db::sanitize_text(set.name)},
                             {"n_images", set.image_names.size()},
                             {"n_rows", keys.n_rows},
                             {"n_columns", keys.n_columns},
                             {"warped_array_id", json_optional(keys.warped)},
                             {"unwarped_array_id", json_optional(keys.unwarped)}});
        for (std::size_t image = 0; image < set.image_names.size(); ++image)
            rows.images.push_back({{"template_id", keys.template_id},
                                   {"image_index", image},
                                   {"image_name", db::sanitize_text(set.image_names[image])}});
        for (const auto* key : {&keys.warped, &keys.unwarped})
            if (*key) rows.new_arrays.push_back(**key);
    }
}

/// The day that lies an age before a date.
json birth_date(const std::string& date, const std::optional<std::string>& age) {
    const auto days = age ? allen::age_in_days(*age) : std::nullopt;
    if (!days || date.size() != 10) return {};
    using namespace std::chrono;
    const sys_days day =
        year_month_day{year{std::stoi(date.substr(0, 4))},
                       month{static_cast<unsigned>(std::stoi(date.substr(5, 2)))},
                       std::chrono::day{static_cast<unsigned>(std::stoi(date.substr(8, 2)))}};
    const year_month_day birth{day - std::chrono::days{*days}};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(birth.year()),
                       static_cast<unsigned>(birth.month()), static_cast<unsigned>(birth.day()));
}

json subject_row(const ChangeSession& session) {
    const auto& metadata = session.recording.metadata;
    return {{"source", session.source},
            {"subject", session.subject_identifier()},
            {"sex", json_text(metadata.sex.value_or(""))},
            {"full_genotype", json_text(metadata.full_genotype.value_or(""))},
            {"birth_date", birth_date(session.date, metadata.age)}};
}

}  // namespace

void add_behavior_steps(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    std::vector<std::string> known, written;
    json rows = json::array(), running = json::array(), subjects = json::array();
    EyeRows eye;
    TemplateRows templates;
    for (const auto& one : sessions) {
        const auto& session = session_as<ChangeSession>(*one.record);
        const auto& key = one.state->session_id;
        if (!writes_behavior(session, *one.state)) continue;
        written.push_back(key);
        if (one.state->is_known) known.push_back(key);
        const auto* arrays = change_arrays_of(one);
        rows.push_back(session_row(session, key, arrays));
        subjects.push_back(subject_row(session));
        if (arrays == nullptr) continue;
        if (session.recording.running && arrays->running().times)
            running.push_back(running_row(session, key, arrays->running()));
        if (session.recording.eye_tracking && arrays->eye().times)
            add_eye_rows(session, key, arrays->eye(), eye);
        add_template_rows(session, key, arrays->templates(), templates);
    }
    if (written.empty()) return;
    if (!known.empty()) {
        for (const auto* table :
             {"task.change_trial", "task.lick", "task.reward", "task.stimulus_presentation",
              "task.session_template", "task.running_recording", "task.eye_recording"})
            steps.push_back(delete_step(table, known));
    }
    add_json_step(steps, "nwb_subject_facts", subjects);
    add_json_step(steps, "change/change_sessions", rows);
    add_json_step(steps, "change/running", running);
    add_json_step(steps, "change/eye_recordings", eye.recordings);
    add_json_step(steps, "change/eye_ellipses", eye.ellipses);
    add_json_step(steps, "change/eye_rig_geometry", eye.geometry);
    add_json_step(steps, "change/templates", templates.sets);
    add_json_step(steps, "change/template_images", templates.images);
    add_json_step(steps, "change/session_templates", templates.sessions);
    if (!templates.new_arrays.empty())
        steps.push_back(
            step("change/template_arrays_unused", db::Params().text_array(templates.new_arrays)));
    steps.push_back(
        step("allen_issues",
             db::Params().text_array(written).text(std::string("project tables")).null().null()));
}

}  // namespace tb::load
