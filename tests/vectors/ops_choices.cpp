// Trials recoded for figures, what choices depend on, when sessions should have ended.

#include "compute/task/choice_glm.hpp"
#include "compute/task/recoded_trials.hpp"
#include "compute/task/session_end_criteria.hpp"
#include "compute/task/trials.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <map>
#include <string>
#include <vector>

namespace tb::vectors {

namespace {

namespace task = compute::task;

struct SessionTrials {
    task::Trials trials;
    std::vector<std::size_t> session;
};

double choice_of(const std::string& word) {
    if (word == "CCW") return -1.0;
    if (word == "CW") return 1.0;
    if (word == "No Go") return 0.0;
    if (word.empty()) return nan;
    throw Error(ErrorKind::data, "choice '" + word + "': expected CCW, CW or No Go");
}

SessionTrials read_trials(const CsvText& csv) {
    const std::vector<double> left = csv.numbers("trial_stim_contrast_left");
    const std::vector<double> right = csv.numbers("trial_stim_contrast_right");
    SessionTrials out;
    std::string before;
    for (std::size_t i = 0; i < csv.rows; ++i) {
        const std::string session =
            csv.texts("subject_nickname")[i] + "/" + csv.texts("session_start_time")[i];
        out.session.push_back(i == 0 ? 0 : out.session.back() + (session == before ? 0 : 1));
        before = session;
        out.trials.signed_contrast.push_back(task::signed_contrast(left[i], right[i]));
        out.trials.choice.push_back(choice_of(csv.texts("trial_response_choice")[i]));
    }
    out.trials.feedback_type = csv.numbers("trial_feedback_type");
    out.trials.probability_left = csv.numbers("trial_stim_prob_left");
    out.trials.stim_on_s = csv.numbers("trial_stim_on_time");
    out.trials.response_s = csv.numbers("trial_response_time");
    out.trials.go_cue_trigger_s.assign(csv.rows, nan);
    return out;
}

/// The reference's recoding, unless the case says otherwise.
task::RecodedTrials recoded(const Case& input) {
    const SessionTrials given = read_trials(input.csv("trials"));
    task::RecodingOptions options;
    options.has_history_across_sessions = !input.has_param("history_across_sessions") ||
                                          input.param("history_across_sessions").get<bool>();
    options.has_cut_probability = options.has_history_across_sessions;
    return task::recoded_trials(given.trials, given.session, options);
}

void recode_trials(const Case& input, Run& run) {
    const task::RecodedTrials trials = recoded(input);
    Json repeat = Json::array();
    for (const bool repeats : trials.repeats_choice) repeat.push_back(repeats);
    run.give("recoded", {{"signed_contrast", to_json_array(trials.signed_contrast_percent)},
                         {"choice", to_json_array(trials.choice)},
                         {"correct", to_json_array(trials.correct)},
                         {"choice_right", to_json_array(trials.choice_right)},
                         {"correct_easy", to_json_array(trials.correct_easy)},
                         {"probabilityLeft", to_json_array(trials.probability_left_percent)},
                         {"rt", to_json_array(trials.response_time_s)},
                         {"previous_choice", to_json_array(trials.previous_choice)},
                         {"previous_outcome", to_json_array(trials.previous_outcome)},
                         {"previous_contrast", to_json_array(trials.previous_contrast_percent)},
                         {"repeat", repeat}});
}

void choice_glm(const Case& input, Run& run) {
    task::ChoiceGlmOptions options;
    options.has_block = input.has_param("prior_blocks") && input.param("prior_blocks").get<bool>();
    options.n_folds = static_cast<std::size_t>(input.number_param("folds", 5.0));
    const task::ChoiceGlm glm = task::choice_glm(recoded(input), options);
    for (std::size_t k = 0; k < glm.fit.weights.size(); ++k) {
        run.give("w_" + glm.design.names[k], glm.fit.weights[k]);
    }
    run.give("pseudo_rsq", glm.fit.pseudo_r2());
    run.give("condition_number", glm.fit.condition_number);
    run.give("accuracy", glm.accuracy);
}

void session_end_criteria(const Case& input, Run& run) {
    const CsvText csv = input.csv("trials");
    const std::vector<double> start_s = csv.numbers("trial_start_time");
    const std::vector<double> response_time_s = csv.numbers("rt");
    const std::vector<double> correct = csv.numbers("correct");
    const std::vector<double> contrast = csv.numbers("signed_contrast");
    // The cases hold the reference's perf<40.
    const task::SessionEnd end = task::session_end({start_s, response_time_s, correct, contrast},
                                                   {.is_low_performance_of_easy_trials = true});
    Json indices = Json::object();
    for (std::size_t k = 0; k < task::n_end_criteria; ++k) {
        const auto criterion = static_cast<task::EndCriterion>(k);
        if (end.at(criterion)) {
            indices[std::string(task::name_of(criterion))] = *end.at(criterion);
        }
    }
    const Json& wanted = run.expected_value("indices");
    run.judge("indices",
              indices.size() == wanted.size() && nlohmann::json(indices) == nlohmann::json(wanted),
              "got " + indices.dump() + ", want " + wanted.dump());
    for (const bool only_implemented : {false, true}) {
        const std::string name = only_implemented ? "implemented_end_status" : "end_status";
        const auto criterion = end.earliest(only_implemented);
        run.give(name, criterion ? Json(task::name_of(*criterion)) : Json(nullptr));
        run.give(name + "_index", criterion ? Json(*end.at(*criterion)) : Json(nullptr));
    }
}

const Registration registered_recoding("behavior.recode_trials", &recode_trials);
const Registration registered_glm("behavior.choice_glm", &choice_glm);
const Registration registered_end("behavior.session_end_criteria", &session_end_criteria);

}  // namespace

}  // namespace tb::vectors
