// Sessions that are there only, or in part, as their rig wrote them.
#include "ingest/alf/raw_part.hpp"

#include "ingest/alf/member.hpp"
#include "ingest/formats/npy.hpp"
#include "tests/ingest/alf/support.hpp"
#include "tests/ingest/rig/support.hpp"

#include <cmath>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::alf {
namespace {

using nlohmann::json;
using rig::testing::encoder_events;
using rig::testing::encoder_positions;
using rig::testing::task_data;
using ::testing::ElementsAre;
using testing::Entries;
using ::testing::HasSubstr;
using Change = std::function<void(json& line, std::size_t index)>;

SessionSource source_of(const Entries& entries) {
    SessionSource source;
    source.lab = "lab1";
    source.subject = "m";
    source.date = "2020-01-02";
    source.number = "1";
    source.origin = "test";
    for (const auto& [name, content] : entries) {
        SessionMember member;
        member.path = name;
        const auto bytes = std::as_bytes(std::span(content));
        member.bytes.assign(bytes.begin(), bytes.end());
        member.size_bytes = bytes.size();
        member.is_in_memory = true;
        source.members.push_back(std::move(member));
    }
    return source;
}

json settings(const std::string& task, const std::string& version,
              const std::string& start = "2020-01-02T10:00:00") {
    return {{"PYBPOD_PROTOCOL", "_iblrig_tasks_" + task},
            {"IBLRIG_VERSION", version},
            {"SESSION_DATETIME", start},
            {"PYBPOD_BOARD", "box0"},
            {"SUBJECT_WEIGHT", 21.5},
            {"QUIESCENT_PERIOD", 0.2}};
}

/// The raw files of one task.
void add_raw(Entries& files, const std::string& collection, const json& task, std::size_t trials,
             const Change& change = {}, bool has_wheel = true) {
    files.emplace_back(collection + "/_iblrig_taskSettings.raw.json", task.dump());
    files.emplace_back(collection + "/_iblrig_taskData.raw.jsonable", task_data(trials, change));
    if (!has_wheel) return;
    files.emplace_back(collection + "/_iblrig_encoderPositions.raw.ssv",
                       encoder_positions(trials, 250.0));
    files.emplace_back(collection + "/_iblrig_encoderEvents.raw.ssv",
                       encoder_events(trials, 250.0));
}

Entries raw_session(const json& task, std::size_t trials, const Change& change = {}) {
    Entries files;
    add_raw(files, "raw_behavior_data", task, trials, change);
    return files;
}

ChoiceSession read(const Entries& files, const ReadOptions& options = {}) {
    return read_session(source_of(files), options);
}

std::string issues_of(const ChoiceSession& session, std::string_view type) {
    std::string all;
    for (const auto& issue : session.issues)
        if (issue.type == type) all += issue.dataset + ": " + issue.message + "\n";
    return all;
}

TEST(RawSession, GivesTrialsWheelAndRecord) {
    ReadOptions options;
    options.keep_every_wheel = true;
    const auto session = read(raw_session(settings("trainingChoiceWorld", "6.4.2"), 8), options);
    EXPECT_EQ(session.trials.count, 8U);
    EXPECT_EQ(session.trials.signed_contrast[0], 0.25);
    EXPECT_EQ(session.trials.signed_contrast[1], -0.25);
    EXPECT_EQ(session.trials.choice[0], -1.0);
    EXPECT_DOUBLE_EQ(session.trials.stim_on_s[0], 1.05);
    EXPECT_NEAR(session.trials.first_movement_s[0], 1.5, 0.02);
    EXPECT_EQ(session.task_protocol, "_iblrig_tasks_trainingChoiceWorld6.4.2");
    EXPECT_EQ(session.rig_name, "box0");
    EXPECT_EQ(session.water_ul, 24.0);
    ASSERT_EQ(session.weighings.size(), 1U);
    EXPECT_EQ(session.weighings[0].weight_g, 21.5);
    ASSERT_TRUE(session.end_time);
    EXPECT_THAT(*session.end_time, ::testing::StartsWith("2020-01-02T10:00:39.8"));
    ASSERT_TRUE(session.rig_record);
    EXPECT_EQ(session.rig_record->n_trials, 8);
    ASSERT_TRUE(session.wheel);
    EXPECT_EQ(session.wheel->position.size(), 8U * 62U);
    EXPECT_EQ(session.wheel->samples, 8 * 62);
    ASSERT_TRUE(session.wheel_moves);
    EXPECT_EQ(session.wheel_moves->onset_s.size(), 8U);
    EXPECT_THAT(issues_of(session, "ExtractedFromRaw"), HasSubstr("8 trials extracted"));
    EXPECT_THAT(issues_of(session, "ExtractedFromRaw"), HasSubstr("samples of the wheel"));
    EXPECT_TRUE(session.part_errors.empty());
    for (const auto& file : session.files) EXPECT_TRUE(file.is_used) << file.path;
}

TEST(RawSession, TheEndThatTheSettingsTellStands) {
    auto task = settings("trainingChoiceWorld", "6.4.2");
    task["SESSION_END_TIME"] = "2020-01-02T10:30:00";
    EXPECT_EQ(read(raw_session(task, 3)).end_time, "2020-01-02T10:30:00");
}

TEST(RawSession, SeveralTasksAddUp) {
    Entries files;
    add_raw(files, "raw_task_data_00", settings("trainingChoiceWorld", "8.24.0"), 4);
    add_raw(files, "raw_task_data_01",
            settings("biasedChoiceWorld", "8.24.0", "2020-01-02T10:10:00"), 3);
    const auto session = read(files);
    EXPECT_EQ(session.trials.count, 7U);
    EXPECT_EQ(session.task_protocol,
              "_iblrig_tasks_trainingChoiceWorld8.24.0/_iblrig_tasks_biasedChoiceWorld8.24.0");
    EXPECT_EQ(session.water_ul, 12.0 + 9.0);
    ASSERT_EQ(session.tasks.size(), 2U);
    EXPECT_EQ(session.tasks[1].first_trial, 5U);
    EXPECT_EQ(session.tasks[1].offset_s, 600.0);
    EXPECT_NEAR(session.trials.start_s[4], 600.0, 1e-9);
    EXPECT_EQ(session.wheel->samples, 7 * 62);
    EXPECT_NEAR(session.wheel->last_s, 600.0 + 12.0, 0.1);
    EXPECT_NEAR(session.trials.first_movement_s[4], 601.5, 0.02);
    EXPECT_THAT(*session.end_time, ::testing::StartsWith("2020-01-02T10:10:14.9"));
    EXPECT_EQ(session.rig_record->n_trials, 7);
}

// known_troubles.md, section 2, row 8.
TEST(RawSession, ACopyOfTheDescriptionIsNoSecondSession) {
    Entries files;
    const std::string description = "tasks:\n- trainingChoiceWorld:\n    protocol_number: 0\n";
    add_raw(files, "raw_task_data_00", settings("trainingChoiceWorld", "8.24.0"), 4);
    add_raw(files, "raw_task_data_01",
            settings("biasedChoiceWorld", "8.24.0", "2020-01-02T10:10:00"), 3);
    files.emplace_back("_ibl_experiment.description.yaml", description);
    files.emplace_back("_ibl_experiment.description_old.yaml", description);
    const auto session = read(files);
    EXPECT_EQ(session.trials.count, 7U);
    EXPECT_EQ(session.tasks.size(), 2U);
    EXPECT_EQ(session.water_ul, 12.0 + 9.0);
}

// known_troubles.md, section 2, row 8.
TEST(RawSession, TasksComeInTheOrderOfTheDescription) {
    const auto described = [](const char* first, const char* second) {
        return "tasks:\n- passiveChoiceWorld:\n    collection: raw_task_data_" +
               std::string(first) + "\n    protocol_number: 0\n- biasedChoiceWorld:\n" +
               "    collection: raw_task_data_" + second + "\n    protocol_number: 1\n";
    };
    Entries files;
    add_raw(files, "raw_task_data_00",
            settings("biasedChoiceWorld", "8.24.0", "2020-01-02T10:10:00"), 3);
    add_raw(files, "raw_task_data_01", settings("trainingChoiceWorld", "8.24.0"), 4);
    files.emplace_back("_ibl_experiment.description.yaml", described("01", "00"));
    files.emplace_back("_ibl_experiment.description_old.yaml", described("00", "01"));
    const auto session = read(files);
    EXPECT_EQ(session.trials.count, 7U);
    EXPECT_EQ(session.water_ul, 12.0 + 9.0);
    EXPECT_EQ(session.task_protocol,
              "_iblrig_tasks_trainingChoiceWorld8.24.0/_iblrig_tasks_biasedChoiceWorld8.24.0");
    EXPECT_EQ(session.start_time, "2020-01-02T10:00:00");
    ASSERT_EQ(session.tasks.size(), 2U);
    EXPECT_EQ(session.tasks[0].collection, "raw_task_data_01");
    EXPECT_EQ(session.tasks[0].n_trials, 4U);
    EXPECT_EQ(session.tasks[1].offset_s, 600.0);
    EXPECT_EQ(session.wheel->samples, 7 * 62);
    EXPECT_THAT(issues_of(session, "TaskOrder"), HasSubstr("raw_task_data_01, raw_task_data_00"));
}

TEST(RawSession, TheEndOfTasksWhoseStartsAreNotToldIsThatOfTheirTrials) {
    Entries files;
    add_raw(files, "raw_task_data_00", settings("trainingChoiceWorld", "8.24.0"), 4);
    add_raw(files, "raw_task_data_01", settings("biasedChoiceWorld", "8.24.0"), 3);
    const auto session = read(files);
    EXPECT_NEAR(session.tasks[1].offset_s, 19.9, 0.02);
    EXPECT_THAT(*session.end_time, ::testing::StartsWith("2020-01-02T10:00:34."));
}

TEST(RawSession, OneTornTaskCostsItself) {
    Entries files;
    add_raw(files, "raw_task_data_00", settings("trainingChoiceWorld", "8.24.0"), 4);
    add_raw(files, "raw_task_data_01", settings("biasedChoiceWorld", "8.24.0"), 3);
    for (auto& [name, content] : files)
        if (name == "raw_task_data_00/_iblrig_taskData.raw.jsonable")
            content.resize(content.size() - 100);
    const auto session = read(files);
    EXPECT_EQ(session.trials.count, 3U);
    EXPECT_THAT(issues_of(session, "UnreadableDataset"), HasSubstr("line 4"));
}

TEST(RawSession, ATornFileIsAnErrorThatNamesTheLine) {
    auto files = raw_session(settings("trainingChoiceWorld", "6.4.2"), 4);
    files[1].second.resize(files[1].second.size() - 100);
    try {
        (void)read(files);
        FAIL() << "was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "MissingExtractedData");
        EXPECT_THAT(error.what(), HasSubstr("_iblrig_taskData.raw.jsonable: line 4"));
        EXPECT_THAT(error.what(), HasSubstr("torn"));
    }
}

TEST(RawSession, AWheelThatCannotBeAlignedCostsItself) {
    auto files = raw_session(settings("trainingChoiceWorld", "6.4.2"), 8);
    files[3].second = "100 3\n200 3\n777 3\n9999 3\n10001 3\n";
    auto session = read(files);
    EXPECT_EQ(session.trials.count, 8U);
    EXPECT_FALSE(session.wheel);
    EXPECT_TRUE(session.trials.first_movement_s.empty());
    ASSERT_EQ(session.part_errors.size(), 1U);
    EXPECT_EQ(session.part_errors[0].type, "WheelNotAligned");
    EXPECT_THAT(session.part_errors[0].message, HasSubstr("cannot be aligned"));
    files[3].second = "";
    session = read(files);
    ASSERT_EQ(session.part_errors.size(), 1U);
    EXPECT_EQ(session.part_errors[0].type, "MissingRawData");
    files.pop_back();
    session = read(files);
    EXPECT_TRUE(session.part_errors.empty());
    EXPECT_THAT(issues_of(session, "MissingDataset"), HasSubstr("_iblrig_encoderEvents"));
}

TEST(RawSession, ExtractedTrialsWinAndLackingColumnsAreFilled) {
    auto files = raw_session(settings("trainingChoiceWorld", "6.4.2"), 4);
    const auto npy = [](const std::vector<double>& values, std::vector<std::size_t> shape) {
        return formats::npy_bytes(std::span(values), std::move(shape));
    };
    // Choices, starts and ends as the rig has them; another reward.
    const auto raw = read(files);
    std::vector<double> intervals;
    for (std::size_t i = 0; i < 4; ++i) {
        intervals.push_back(raw.trials.start_s[i]);
        intervals.push_back(raw.trials.end_s[i]);
    }
    files.emplace_back("alf/_ibl_trials.choice.npy", npy(raw.trials.choice, {4}));
    files.emplace_back("alf/_ibl_trials.intervals.npy", npy(intervals, {4, 2}));
    files.emplace_back("alf/_ibl_trials.rewardVolume.npy", npy({5, 5, 5, 5}, {4}));
    auto session = read(files);
    EXPECT_THAT(session.trials.reward_volume_ul, ElementsAre(5.0, 5.0, 5.0, 5.0));
    EXPECT_EQ(session.trials.stim_on_s, raw.trials.stim_on_s);
    EXPECT_EQ(session.trials.signed_contrast, raw.trials.signed_contrast);
    EXPECT_TRUE(session.wheel);
    EXPECT_FALSE(session.water_ul);  // it is in the trials
    EXPECT_THAT(issues_of(session, "ExtractedFromRaw"), HasSubstr("stimOn_times"));
    EXPECT_THAT(issues_of(session, "ExtractedFromRaw"), ::testing::Not(HasSubstr("rewardVolume")));
    // On another clock: what is no time is filled, and no wheel.
    for (double& time : intervals) time += 33.0;
    for (auto& [name, content] : files)
        if (name == "alf/_ibl_trials.intervals.npy") content = npy(intervals, {4, 2});
    session = read(files);
    EXPECT_TRUE(session.trials.stim_on_s.empty());
    EXPECT_EQ(session.trials.signed_contrast, raw.trials.signed_contrast);
    EXPECT_FALSE(session.wheel);
    EXPECT_THAT(issues_of(session, "NotAligned"), HasSubstr("another clock"));
    // Other choices: other trials.
    for (auto& [name, content] : files)
        if (name == "alf/_ibl_trials.choice.npy") content = npy({1, 1, 1, 1}, {4});
    session = read(files);
    EXPECT_TRUE(session.trials.signed_contrast.empty());
    EXPECT_THAT(issues_of(session, "OtherSession"), HasSubstr("another choice"));
}

TEST(RawSession, RigsOf2018AreReadByTheOldestRules) {
    Entries files{
        {"raw_behavior_data/_ibl_taskSettings.raw.json",
         R"({"PYBPOD_PROTOCOL": "basicChoiceWorld"})"},
        {"raw_behavior_data/_ibl_taskData.raw.jsonable", task_data(3, [](json& line, std::size_t) {
             line.erase("stim_probability_left");
             line.erase("reward_amount");
             line["reward_current"] = 2.5;
         })}};
    const auto session = read(files);
    EXPECT_EQ(session.task_protocol, "basicChoiceWorld");
    EXPECT_TRUE(session.trials.probability_left.empty());
    EXPECT_THAT(session.trials.reward_volume_ul, ElementsAre(2.5, 2.5, 2.5));
    EXPECT_NEAR(session.trials.go_cue_trigger_s[0], 1.1002, 1e-12);
    EXPECT_THAT(issues_of(session, "MissingDataset"), HasSubstr("stim_probability_left"));
    EXPECT_THAT(issues_of(session, "OlderRule"), HasSubstr("stimOn_times"));
}

TEST(RawSession, FlagsInvertedProbabilitiesAndZerosThatAreAlwaysLeft) {
    const auto inverted = [](json& line, std::size_t i) {
        line["stim_probability_left"] = 0.8;
        line["position"] = i % 5 == 0 ? -35 : 35;
    };
    const auto flagged = [&](const char* task, const char* version, const Change& change) {
        const auto session = read(raw_session(settings(task, version), 20, change));
        return issues_of(session, "ProbabilityInverted") + issues_of(session, "ZeroContrastLeft");
    };
    EXPECT_THAT(flagged("ephysChoiceWorld", "8.20.0", inverted),
                HasSubstr("probability_left inverted (rig < 8.24.0)"));
    EXPECT_EQ(flagged("ephysChoiceWorld", "8.24.0", inverted), "");
    EXPECT_EQ(flagged("biasedChoiceWorld", "8.20.0", inverted), "");
    EXPECT_EQ(flagged("ephysChoiceWorld", "8.20.0",
                      [](json& line, std::size_t i) {
                          line["stim_probability_left"] = 0.2;
                          line["position"] = i % 5 == 0 ? -35 : 35;
                      }),
              "");
    const auto zeros = [](json& line, std::size_t i) {
        if (i >= 12) return;
        line["contrast"] = 0.0;
        line["position"] = -35;
    };
    EXPECT_THAT(flagged("trainingChoiceWorld", "8.29.3", zeros), HasSubstr("always left"));
    EXPECT_EQ(flagged("trainingChoiceWorld", "8.29.4", zeros), "");
}

TEST(RawSession, FlagsAWheelThatTurnsAgainstTheChoices) {
    // The wheel turns clockwise in every trial: the way of choice +1.
    const auto flagged = [](bool is_right) {
        const auto session = read(
            raw_session(settings("biasedChoiceWorld", "6.4.2"), 20,
                        [&](json& line, std::size_t) { line["position"] = is_right ? 35 : -35; }));
        EXPECT_EQ(session.trials.choice[0], is_right ? -1.0 : 1.0);
        return issues_of(session, "WheelDirection");
    };
    EXPECT_THAT(flagged(true), HasSubstr("in 20 of 20 trials"));
    EXPECT_EQ(flagged(false), "");
}

TEST(RawSession, AHabituationHasItsWaterAndNoTrials) {
    const auto session = read(
        raw_session(settings("habituationChoiceWorld", "6.4.2"), 5, [](json& line, std::size_t) {
            auto& states = line["behavior_data"]["States timestamps"];
            for (const char* state : {"correct", "reward"}) states.erase(state);
        }));
    EXPECT_EQ(session.trials.count, 0U);
    EXPECT_TRUE(session.is_without_choices);
    EXPECT_EQ(session.water_ul, 15.0);
}

TEST(RawSession, OtherCollectionsOfThatNameAreNotRead) {
    EXPECT_TRUE(is_wanted("raw_task_data_03/_iblrig_taskData.raw.jsonable"));
    EXPECT_TRUE(is_wanted("raw_behavior_data/_ibl_encoderEvents.raw.ssv"));
    EXPECT_FALSE(is_wanted("raw/_iblrig_taskData.raw.jsonable"));
    EXPECT_FALSE(is_wanted("raw_behavior_data/_iblrig_encoderTrialInfo.raw.ssv"));
    EXPECT_TRUE(is_trials_file("_iblrig_taskData.raw.jsonable"));
    EXPECT_FALSE(is_trials_file("_iblrig_encoderEvents.raw.ssv"));
}

TEST(RawSession, CountsThatDoNotAgreeAreTold) {
    const auto session =
        read(raw_session(settings("trainingChoiceWorld", "6.4.2"), 4,
                         [](json& line, std::size_t i) { line["trial_num"] = 10 + i; }));
    EXPECT_EQ(session.trials.count, 4U);
    EXPECT_THAT(issues_of(session, "LengthMismatch"), HasSubstr("number 13, the file has 4 lines"));
}

}  // namespace
}  // namespace tb::alf
