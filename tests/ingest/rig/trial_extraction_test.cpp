#include "ingest/rig/trial_extraction.hpp"

#include "ingest/formats/bytes.hpp"
#include "ingest/formats/json_lines.hpp"
#include "ingest/formats/npy.hpp"
#include "ingest/rig/pregenerated_session.hpp"
#include "tests/ingest/alf/support.hpp"
#include "tests/ingest/rig/support.hpp"
#include "trialbase/error.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::rig {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::task_data;
using Change = std::function<void(json& line, std::size_t index)>;

json& states(json& line) {
    return line["behavior_data"]["States timestamps"];
}
json& events(json& line) {
    return line["behavior_data"]["Events timestamps"];
}
const json not_visited = json::array({json::array({nullptr, nullptr})});

ExtractedTrials extract(std::size_t trials, const Change& change = {},
                        ExtractionOptions options = {.version = {6, 4, 2}}) {
    return extract_trials(parse_task_data(task_data(trials, change), "x"), options);
}

void make_no_go(json& line) {
    for (const char* state : {"freeze_reward", "reward", "correct"})
        states(line)[state] = not_visited;
    states(line)["no_go"] = {{2.0, 3.0}};
    line["trial_correct"] = false;
}

void make_error(json& line) {
    for (const char* state : {"freeze_reward", "reward", "correct"})
        states(line)[state] = not_visited;
    states(line)["freeze_error"] = {{2.0, 2.0001}};
    states(line)["error"] = {{2.0001, 3.0}};
    line["trial_correct"] = false;
}

TEST(TrialExtraction, GivesColumnsOnTheSessionsClock) {
    const auto found = extract(2);
    EXPECT_EQ(found.count, 2U);
    EXPECT_DOUBLE_EQ(found.start_s[0], 0.0);
    EXPECT_DOUBLE_EQ(found.end_s[0], 4.9);
    EXPECT_DOUBLE_EQ(found.response_s[0], 2.0);
    EXPECT_DOUBLE_EQ(found.iti_s[0], 2.9);
    EXPECT_DOUBLE_EQ(found.go_cue_s[0], 1.11);
    EXPECT_DOUBLE_EQ(found.go_cue_trigger_s[0], 1.1);
    EXPECT_DOUBLE_EQ(found.stim_on_s[0], 1.05);
    EXPECT_DOUBLE_EQ(found.stim_off_s[0], 3.05);
    EXPECT_DOUBLE_EQ(found.stim_freeze_s[0], 2.05);
    EXPECT_DOUBLE_EQ(found.feedback_s[0], 2.0001);
    EXPECT_THAT(found.choice, ElementsAre(-1.0, 1.0));
    EXPECT_EQ(found.contrast_right[0], 0.25);
    EXPECT_TRUE(std::isnan(found.contrast_left[0]));
    EXPECT_EQ(found.contrast_left[1], 0.25);
    EXPECT_NEAR(found.start_s[1], 5.0, 0.02);
    EXPECT_THAT(found.pause_s, ElementsAre(0.0, 0.0));
}

TEST(TrialExtraction, AnErrorAndNoAnswerAreToldFromTheStates) {
    const auto found = extract(4, [](json& line, std::size_t i) {
        if (i == 1) make_error(line);
        if (i == 2) make_no_go(line);
        // The sound of an error: one pulse closer than 20 ms to the one before is none.
        if (i == 1) events(line)["BNC2High"] = {1.11, 2.003, 2.01};
        if (i == 2) events(line)["BNC2High"] = {1.11, 1.12};
    });
    EXPECT_THAT(found.feedback_type, ElementsAre(1.0, -1.0, -1.0, 1.0));
    EXPECT_THAT(found.choice, ElementsAre(-1.0, -1.0, 0.0, 1.0));
    EXPECT_THAT(found.reward_ul, ElementsAre(3.0, 0.0, 0.0, 3.0));
    EXPECT_NEAR(found.feedback_s[1] - found.start_s[1], 2.003, 1e-12);
    EXPECT_TRUE(std::isnan(found.feedback_s[2]));
    EXPECT_NEAR(found.stim_off_trigger_s[2] - found.start_s[2], 2.0, 1e-12);
    EXPECT_TRUE(std::isnan(found.stim_freeze_s[2]));
    EXPECT_NEAR(found.error_cue_trigger_s[2] - found.start_s[2], 2.0, 1e-12);
}

TEST(TrialExtraction, OmittedFeedbackIsNeitherRewardNorError) {
    const auto found = extract(1, [](json& line, std::size_t) {
        states(line)["correct"] = not_visited;
        states(line)["omit_correct"] = {{2.1, 3.0}};
    });
    EXPECT_THAT(found.feedback_type, ElementsAre(0.0));
    EXPECT_THAT(found.choice, ElementsAre(-1.0));
}

TEST(TrialExtraction, RefusesWhatContradictsItselfAndNamesTheTrial) {
    const auto message = [](const Change& change) -> std::string {
        try {
            (void)extract(3, change);
        } catch (const Error& error) {
            return error.what();
        }
        return "nothing was thrown";
    };
    EXPECT_THAT(message([](json& line, std::size_t i) {
                    if (i == 1) states(line)["error"] = {{2.0, 3.0}};
                }),
                HasSubstr("trial 2: both correct and error were visited"));
    EXPECT_THAT(message([](json& line, std::size_t i) {
                    if (i == 2) states(line)["correct"] = not_visited;
                }),
                HasSubstr("trial 3: none of correct, error and no_go"));
    EXPECT_THAT(message([](json& line, std::size_t i) {
                    if (i == 2) states(line)["hide_stim"] = {{1.5, 3.0}};
                }),
                HasSubstr("trial 3: the commands"));
}

TEST(TrialExtraction, RulesFollowTheVersion) {
    // Before 5: go cue command at the closed loop, no onset but by the older rule.
    auto old = extract(1, {}, {.version = {4, 2, 0}});
    EXPECT_DOUBLE_EQ(old.go_cue_trigger_s[0], 1.1002);
    EXPECT_TRUE(std::isnan(old.stim_on_s[0]));
    EXPECT_TRUE(std::isnan(old.iti_in_s[0]));
    old = extract(1, {}, {.version = oldest_rig, .has_older_stim_on = true});
    EXPECT_DOUBLE_EQ(old.stim_on_s[0], 1.05);
    // From 5 to 6.2.4 the stimulus is commanded off at the exit state, and nothing freezes.
    const auto middle = extract(1, {}, {.version = {5, 1, 0}});
    EXPECT_DOUBLE_EQ(middle.stim_off_trigger_s[0], 3.1);
    EXPECT_TRUE(std::isnan(middle.stim_freeze_trigger_s[0]));
    EXPECT_DOUBLE_EQ(middle.stim_freeze_s[0], 3.05);
    EXPECT_TRUE(std::isnan(extract(1, {}, {.version = {8, 9, 0}}).pause_s[0]));
}

TEST(TrialExtraction, TrialsAfterDisengagementAreNotIncluded) {
    EXPECT_THAT(extract(4, {}, {.version = {6, 4, 2}, .disengaged_trial = 3.0}).included,
                ElementsAre(1.0, 1.0, 0.0, 0.0));
    EXPECT_THAT(extract(2, {}, {.version = {4, 0, 0}, .disengaged_trial = 1.0}).included,
                ElementsAre(1.0, 1.0));
    EXPECT_THAT(
        extract(2, {}, {.version = {8, 0, 0}, .disengaged_trial = 1.0, .has_included = false})
            .included,
        ElementsAre(1.0, 1.0));
}

TEST(TrialExtraction, RepeatsAreCounted) {
    const auto found = extract(
        5, [](json& line, std::size_t i) { line["debias_trial"] = i == 1 || i == 2 || i == 4; });
    EXPECT_THAT(found.rep_num, ElementsAre(0.0, 1.0, 2.0, 0.0, 1.0));
}

TEST(TrialExtraction, APositionWithoutASideHasNeitherContrastNorChoice) {
    const auto found = extract(
        2, [](json& line, std::size_t i) { line["position"] = i == 0 ? json(0) : json(nullptr); });
    EXPECT_TRUE(std::isnan(found.contrast_left[0]) && std::isnan(found.contrast_right[0]));
    EXPECT_TRUE(std::isnan(found.choice[1]));
}

TEST(PregeneratedSession, ConditionsOfEphysTrialsComeFromIt) {
    PregeneratedSession drawn{{-35.0, 35.0}, {1.0, 0.5}, {0.4, 0.6}, {0.1, 0.2}, {0.8, 0.2}};
    const auto found = extract(2, {}, {.version = {6, 4, 2}, .pregenerated = &drawn});
    EXPECT_EQ(found.contrast_left[0], 1.0);
    EXPECT_EQ(found.contrast_right[1], 0.5);
    EXPECT_THAT(found.probability_left, ElementsAre(0.8, 0.2));
    EXPECT_THAT(found.quiescence_s, ElementsAre(0.4, 0.6));
    EXPECT_THROW((void)extract(3, {}, {.version = {6, 4, 2}, .pregenerated = &drawn}), Error);
}

TEST(PregeneratedSession, IsReadFromArraysBesideTheirPhases) {
    const alf::testing::TemporaryFolder folder;
    const std::vector<double> rows{-35, 1, 0.4, 0.1, 0.5, 35, 0.25, 0.5, 0.2, 0.8};
    folder.write("session_3_ephys_pcqs.npy", formats::npy_bytes(rows, {2, 5}));
    folder.write("session_3_stim_phase.npy", formats::npy_bytes(std::vector<double>{7, 8}, {2}));
    folder.write("session_x_ephys_pcqs.npy", "no array, and no number");
    const PregeneratedSessions sessions(folder.path());
    EXPECT_EQ(sessions.find("4", {6, 4, 0}), nullptr);
    ASSERT_NE(sessions.find("3", {6, 4, 0}), nullptr);
    EXPECT_THAT(sessions.find("3", {6, 4, 0})->phase, ElementsAre(0.1, 0.2));
    EXPECT_THAT(sessions.find("3", {6, 4, 1})->phase, ElementsAre(7.0, 8.0));
    EXPECT_THAT(sessions.find("3", {6, 4, 1})->probability_left, ElementsAre(0.5, 0.8));
    folder.write("session_5_ephys_pcqs.npy", formats::npy_bytes(rows, {5, 2}));
    EXPECT_THROW(PregeneratedSessions{folder.path()}, Error);
    EXPECT_THROW(PregeneratedSessions{folder.path() / "nowhere"}, Error);
}

TEST(PregeneratedSession, TheTwelveRealOnesAreThoseThatRealSettingsList) {
    const auto table =
        alf::testing::shared_data("data/ibl_raw_sessions/ephysChoiceWorld_trials_fixtures.pqt");
    const auto settings_file = alf::testing::shared_data(
        "data/ibl/raw_sessions/session_ephys/raw_behavior_data/_iblrig_taskSettings.raw.json");
    if (!table || !settings_file) GTEST_SKIP() << "no folder of shared data";
    const auto sessions = parse_pregenerated_table(formats::read_file(*table), "table");
    EXPECT_EQ(sessions.size(), 12U);
    std::size_t rows = 0;
    for (const auto& [number, session] : sessions) rows += session.position.size();
    EXPECT_EQ(rows, 24'389U);
    // PRELOADED_SESSION_NUM of these settings is 1.
    const auto settings = formats::read_json(*settings_file);
    const auto& session = sessions.at("1");
    EXPECT_EQ(session.position, settings.at("POSITIONS").get<std::vector<double>>());
    EXPECT_EQ(session.contrast, settings.at("CONTRASTS").get<std::vector<double>>());
}

}  // namespace
}  // namespace tb::rig
