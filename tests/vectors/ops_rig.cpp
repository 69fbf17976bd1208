// Golden vectors of raw rig sessions: ingest/rig.
#include "include/trialbase/error.hpp"
#include "ingest/formats/bytes.hpp"
#include "ingest/formats/json_lines.hpp"
#include "ingest/rig/encoder_files.hpp"
#include "ingest/rig/task_data.hpp"
#include "ingest/rig/trial_extraction.hpp"
#include "ingest/rig/version.hpp"
#include "ingest/rig/wheel_extraction.hpp"
#include "tests/vectors/runner.hpp"

#include <filesystem>
#include <vector>

namespace tb::vectors {
namespace {

std::string text_of(const std::filesystem::path& file) {
    const auto bytes = formats::read_file(file);
    return std::string(formats::as_text(bytes));
}

Json booleans(const std::vector<double>& values) {
    Json out = Json::array();
    for (const double value : values) out.push_back(value != 0.0);
    return out;
}

void extract_bpod_trials(const Case& input, Run& run) {
    const auto folder = input.path_of("session") / input.text_param("collection");
    const auto file = [&](const char* name) { return folder / (std::string("_iblrig_") + name); };
    const auto trials =
        rig::parse_task_data(text_of(file("taskData.raw.jsonable")), "taskData.raw.jsonable");
    const Json settings = formats::read_json(file("taskSettings.raw.json"));
    rig::ExtractionOptions options;
    options.version = rig::rig_version(input.text_param("iblrig_version"));
    options.has_included = input.text_param("protocol") != "training";
    if (settings.value("SUBJECT_DISENGAGED_TRIGGERED", false) &&
        settings["SUBJECT_DISENGAGED_TRIALNUM"].is_number()) {
        options.disengaged_trial = settings["SUBJECT_DISENGAGED_TRIALNUM"].get<double>();
    }
    const auto found = rig::extract_trials(trials, options);
    Json intervals = Json::array();
    for (std::size_t i = 0; i < found.count; ++i)
        intervals.push_back({found.start_s[i], found.end_s[i]});
    run.give("n_trials", found.count);
    run.give("intervals", intervals);
    run.give("feedbackType", to_json_array(found.feedback_type));
    run.give("contrastLeft", to_json_array(found.contrast_left));
    run.give("contrastRight", to_json_array(found.contrast_right));
    run.give("probabilityLeft", to_json_array(found.probability_left));
    run.give("choice", to_json_array(found.choice));
    run.give("rewardVolume", to_json_array(found.reward_ul));
    run.give("feedback_times", to_json_array(found.feedback_s));
    run.give("response_times", to_json_array(found.response_s));
    run.give("itiDuration", to_json_array(found.iti_s));
    run.give("goCueTrigger_times", to_json_array(found.go_cue_trigger_s));
    run.give("goCue_times", to_json_array(found.go_cue_s));
    run.give("included", booleans(found.included));
    run.give("itiIn_times", to_json_array(found.iti_in_s));
    run.give("errorCueTrigger_times", to_json_array(found.error_cue_trigger_s));
    run.give("stimFreezeTrigger_times", to_json_array(found.stim_freeze_trigger_s));
    run.give("stimOffTrigger_times", to_json_array(found.stim_off_trigger_s));
    run.give("stimOnTrigger_times", to_json_array(found.stim_on_trigger_s));
    run.give("stimOn_times", to_json_array(found.stim_on_s));
    run.give("stimOff_times", to_json_array(found.stim_off_s));
    run.give("stimFreeze_times", to_json_array(found.stim_freeze_s));
    run.give("phase", to_json_array(found.phase));
    run.give("position", to_json_array(found.position));
    run.give("quiescence", to_json_array(found.quiescence_s));
    run.give("pause_duration", to_json_array(found.pause_s));
    run.give("repNum", to_json_array(found.rep_num));
    if (!run.expects("wheel_position")) return;
    const auto wheel = rig::extract_wheel(
        rig::parse_encoder_positions(text_of(file("encoderPositions.raw.ssv")), "positions"),
        rig::parse_encoder_events(text_of(file("encoderEvents.raw.ssv")), "events"), trials);
    run.give("wheel_timestamps", to_json_array(wheel.time_s));
    run.give("wheel_position", to_json_array(wheel.position));
    const double quiescent_s = settings.value("QUIESCENT_PERIOD", 0.2);
    const auto moves = rig::extract_movements(wheel, found.go_cue_s, found.feedback_s,
                                              std::vector<double>{quiescent_s});
    Json moved = Json::array();
    for (std::size_t i = 0; i < moves.onset_s.size(); ++i)
        moved.push_back({moves.onset_s[i], moves.offset_s[i]});
    Json is_final = Json::array();
    for (const bool one : moves.is_final) is_final.push_back(one);
    run.give("wheelMoves_intervals", moved);
    run.give("wheelMoves_peakAmplitude", to_json_array(moves.peak_amplitude));
    run.give("firstMovement_times", to_json_array(moves.first_movement_s));
    run.give("is_final_movement", is_final);
}

const Registration registered("behavior.extract_bpod_trials", &extract_bpod_trials);

}  // namespace
}  // namespace tb::vectors
