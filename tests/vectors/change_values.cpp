#include "tests/vectors/change_values.hpp"

#include <cmath>
#include <cstdint>

namespace tb::vectors {

namespace {

constexpr std::int64_t no_integer = -99;

}  // namespace

Json boolean_values(const std::vector<double>& values) {
    Json out = Json::array();
    for (const double value : values)
        out.push_back(std::isnan(value) ? Json() : Json(value == 1.0));
    return out;
}

Json integer_values(const std::vector<double>& values) {
    Json out = Json::array();
    for (const double value : values)
        out.push_back(std::isnan(value) ? no_integer : static_cast<std::int64_t>(value));
    return out;
}

Json trial_values(const ChangeTrials& trials) {
    Json licks = Json::array();
    for (std::size_t trial = 0; trial < trials.count; ++trial)
        licks.push_back(to_json_array(trials.lick_s.row(trial)));
    return {{"initial_image_name", to_json_array(trials.initial_image_name)},
            {"change_image_name", to_json_array(trials.change_image_name)},
            {"is_change", boolean_values(trials.is_change)},
            {"change_time", to_json_array(trials.change_time_s)},
            {"go", boolean_values(trials.is_go)},
            {"catch", boolean_values(trials.is_catch)},
            {"lick_times", licks},
            {"response_time", to_json_array(trials.response_time_s)},
            {"response_latency", to_json_array(trials.response_latency_s)},
            {"reward_time", to_json_array(trials.reward_time_s)},
            {"reward_volume", to_json_array(trials.reward_volume_ml)},
            {"hit", boolean_values(trials.is_hit)},
            {"false_alarm", boolean_values(trials.is_false_alarm)},
            {"miss", boolean_values(trials.is_miss)},
            {"correct_reject", boolean_values(trials.is_correct_reject)},
            {"aborted", boolean_values(trials.is_aborted)},
            {"auto_rewarded", boolean_values(trials.is_auto_rewarded)},
            {"change_frame", integer_values(trials.change_frame)},
            {"start_time", to_json_array(trials.start_s)},
            {"stop_time", to_json_array(trials.stop_s)},
            {"trial_length", to_json_array(trials.length_s)}};
}

Json presentation_values(const ChangePresentations& table) {
    return {{"duration", to_json_array(table.duration_s)},
            {"start_frame", integer_values(table.start_frame)},
            {"end_frame", integer_values(table.end_frame)},
            {"start_time", to_json_array(table.start_s)},
            {"stop_time", to_json_array(table.stop_s)},
            {"image_name", to_json_array(table.image_name)},
            {"stimulus_name", to_json_array(table.stimulus_name)},
            {"orientation", to_json_array(table.orientation_deg)},
            {"omitted", boolean_values(table.is_omitted)},
            {"is_change", boolean_values(table.is_change)},
            {"flashes_since_change", integer_values(table.flashes_since_change)},
            {"stimulus_block", integer_values(table.stimulus_block)},
            {"active", boolean_values(table.is_active)},
            {"trials_id", integer_values(table.trials_id)},
            {"is_sham_change", boolean_values(table.is_sham_change)},
            {"movie_frame_index", integer_values(table.movie_frame_index)},
            {"movie_repeat", integer_values(table.movie_repeat)}};
}

Json task_parameter_values(const ChangeTaskParameters& task) {
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

Json metric_values(const compute::change_detection::PerformanceSummary& summary) {
    return {{"trial_count", summary.trial_count},
            {"go_trial_count", summary.go_trial_count},
            {"catch_trial_count", summary.catch_trial_count},
            {"hit_trial_count", summary.hit_trial_count},
            {"miss_trial_count", summary.miss_trial_count},
            {"false_alarm_trial_count", summary.false_alarm_trial_count},
            {"correct_reject_trial_count", summary.correct_reject_trial_count},
            {"auto_reward_count", summary.auto_reward_count},
            {"earned_reward_count", summary.earned_reward_count},
            {"total_reward_count", summary.total_reward_count},
            {"total_reward_volume", summary.total_reward_volume_ml},
            {"maximum_reward_rate", summary.maximum_reward_rate_per_min},
            {"engaged_trial_count", summary.engaged_trial_count},
            {"mean_hit_rate", summary.mean_hit_rate},
            {"mean_hit_rate_uncorrected", summary.mean_hit_rate_uncorrected},
            {"mean_hit_rate_engaged", summary.mean_hit_rate_engaged},
            {"mean_false_alarm_rate", summary.mean_false_alarm_rate},
            {"mean_false_alarm_rate_uncorrected", summary.mean_false_alarm_rate_uncorrected},
            {"mean_false_alarm_rate_engaged", summary.mean_false_alarm_rate_engaged},
            {"mean_dprime", summary.reference_mean_d_prime},
            {"mean_dprime_engaged", summary.reference_mean_d_prime_engaged},
            {"max_dprime", summary.reference_max_d_prime},
            {"max_dprime_engaged", summary.reference_max_d_prime_engaged}};
}

}  // namespace tb::vectors
