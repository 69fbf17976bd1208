// Raw behaviour logs of change detection.

#include "ingest/allen/log_node.hpp"
#include "ingest/allen/raw_log.hpp"
#include "ingest/allen/raw_trials.hpp"
#include "tests/vectors/change_values.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/change_recording.hpp"
#include "trialbase/error.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tb::vectors {

namespace {

void raw_log(const Case& input, Run& run) {
    run.tolerance({1e-9, 1e-12});
    const auto file = input.path_of("input.json");
    const nlohmann::json document = allen::read_raw_log_document(file);
    const ChangeRecording recording = allen::raw_log_recording(document, file.string());
    run.give("licks", {{"timestamps", to_json_array(recording.licks.time_s)},
                       {"frame", to_json_array(recording.licks.frame)}});
    run.give("rewards", {{"volume", to_json_array(recording.rewards.volume_ml)},
                         {"timestamps", to_json_array(recording.rewards.time_s)},
                         {"auto_rewarded", boolean_values(recording.rewards.is_auto_rewarded)}});
    run.give("trials", trial_values(recording.trials));
    run.give("presentations", presentation_values(recording.presentations));
    run.give("task_parameters", task_parameter_values(recording.task_parameters));
    Json bounds = Json::array();
    const allen::LogNode log(document, file.string());
    for (const allen::TrialBounds& one : allen::trial_bounds(log.at("items").at("behavior")))
        bounds.push_back({one.start_frame, one.end_frame});
    run.give("trial_bounds", bounds);
}

const Registration registered_raw_log("change_detection.raw_log", &raw_log);

}  // namespace

}  // namespace tb::vectors
