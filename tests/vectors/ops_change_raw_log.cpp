// Raw behaviour logs of change detection.

#include "ingest/allen/log_node.hpp"
#include "ingest/allen/raw_log.hpp"
#include "ingest/allen/raw_trials.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/change_recording.hpp"
#include "trialbase/error.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace tb::vectors {

namespace {

constexpr std::int64_t no_integer = -99;

Json booleans(const std::vector<double>& values) {
    Json out = Json::array();
    for (const double value : values)
        out.push_back(std::isnan(value) ? Json() : Json(value == 1.0));
    return out;
}

Json integers(const std::vector<double>& values) {
    Json out = Json::array();
    for (const double value : values)
        out.push_back(std::isnan(value) ? no_integer : static_cast<std::int64_t>(value));
    return out;
}

Json trials_of(const ChangeTrials& trials) {
    Json licks = Json::array();
    for (std::size_t trial = 0; trial < trials.count; ++trial)
        licks.push_back(to_json_array(trials.lick_s.row(trial)));
    return {{"initial_image_name", to_json_array(trials.initial_image_name)},
            {"change_image_name", to_json_array(trials.change_image_name)},
            {"is_change", booleans(trials.is_change)},
            {"change_time", to_json_array(trials.change_time_s)},
            {"go", booleans(trials.is_go)},
            {"catch", booleans(trials.is_catch)},
            {"lick_times", licks},
            {"response_time", to_json_array(trials.response_time_s)},
            {"response_latency", to_json_array(trials.response_latency_s)},
            {"reward_time", to_json_array(trials.reward_time_s)},
            {"reward_volume", to_json_array(trials.reward_volume_ml)},
            {"hit", booleans(trials.is_hit)},
            {"false_alarm", booleans(trials.is_false_alarm)},
            {"miss", booleans(trials.is_miss)},
            {"correct_reject", booleans(trials.is_correct_reject)},
            {"aborted", booleans(trials.is_aborted)},
            {"auto_rewarded", booleans(trials.is_auto_rewarded)},
            {"change_frame", integers(trials.change_frame)},
            {"start_time", to_json_array(trials.start_s)},
            {"stop_time", to_json_array(trials.stop_s)},
            {"trial_length", to_json_array(trials.length_s)}};
}

Json presentations_of(const ChangePresentations& table) {
    return {{"duration", to_json_array(table.duration_s)},
            {"start_frame", integers(table.start_frame)},
            {"end_frame", integers(table.end_frame)},
            {"start_time", to_json_array(table.start_s)},
            {"stop_time", to_json_array(table.stop_s)},
            {"image_name", to_json_array(table.image_name)},
            {"stimulus_name", to_json_array(table.stimulus_name)},
            {"orientation", to_json_array(table.orientation_deg)},
            {"omitted", booleans(table.is_omitted)},
            {"is_change", booleans(table.is_change)},
            {"flashes_since_change", integers(table.flashes_since_change)},
            {"stimulus_block", integers(table.stimulus_block)},
            {"active", booleans(table.is_active)},
            {"trials_id", integers(table.trials_id)},
            {"is_sham_change", booleans(table.is_sham_change)},
            {"movie_frame_index", integers(table.movie_frame_index)},
            {"movie_repeat", integers(table.movie_repeat)}};
}

Json task_parameters_of(const ChangeTaskParameters& task) {
    return {{"auto_reward_volume", task.auto_reward_volume_ml},
            {"blank_duration_sec", to_json_array(task.blank_duration_s)},
            {"image_set", task.image_set},
            {"n_stimulus_frames", task.n_stimulus_frames},
            {"omitted_flash_fraction", task.omitted_flash_fraction},
            {"response_window_sec", to_json_array(task.response_window_s)},
            {"reward_volume", task.reward_volume_ml},
            {"session_type", task.session_type},
            {"stimulus", task.stimulus},
            {"stimulus_distribution", task.stimulus_distribution},
            {"stimulus_duration_sec", task.stimulus_duration_s},
            {"stimulus_name", task.stimulus_name},
            {"task", task.task}};
}

void raw_log(const Case& input, Run& run) {
    run.tolerance({1e-9, 1e-12});
    const auto file = input.path_of("input.json");
    const nlohmann::json document = allen::read_raw_log_document(file);
    const ChangeRecording recording = allen::raw_log_recording(document, file.string());
    run.give("licks", {{"timestamps", to_json_array(recording.licks.time_s)},
                       {"frame", to_json_array(recording.licks.frame)}});
    run.give("rewards", {{"volume", to_json_array(recording.rewards.volume_ml)},
                         {"timestamps", to_json_array(recording.rewards.time_s)},
                         {"auto_rewarded", booleans(recording.rewards.is_auto_rewarded)}});
    run.give("trials", trials_of(recording.trials));
    run.give("presentations", presentations_of(recording.presentations));
    run.give("task_parameters", task_parameters_of(recording.task_parameters));
    Json bounds = Json::array();
    const allen::LogNode log(document, file.string());
    for (const allen::TrialBounds& one : allen::trial_bounds(log.at("items").at("behavior")))
        bounds.push_back({one.start_frame, one.end_frame});
    run.give("trial_bounds", bounds);
}

const Registration registered_raw_log("change_detection.raw_log", &raw_log);

}  // namespace

}  // namespace tb::vectors
