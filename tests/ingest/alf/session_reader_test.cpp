#include "ingest/alf/session_reader.hpp"

#include "ingest/alf/member.hpp"
#include "ingest/formats/npy.hpp"
#include "ingest/formats/parquet.hpp"
#include "tests/ingest/alf/support.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <limits>
#include <set>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace tb::alf {
namespace {

using testing::Entries;

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

std::string npy(const std::vector<double>& values) {
    return formats::npy_bytes(std::span(values), {values.size()});
}
std::string npy(const std::vector<std::int64_t>& values) {
    return formats::npy_bytes(std::span(values), {values.size()});
}

void put(Entries& entries, const std::string& name, std::string content) {
    for (auto& [other, old] : entries) {
        if (other == name) {
            old = std::move(content);
            return;
        }
    }
    entries.emplace_back(name, std::move(content));
}

void drop(Entries& entries, const std::string& name) {
    std::erase_if(entries, [&](const auto& entry) { return entry.first == name; });
}

std::string issues_of(const ChoiceSession& session) {
    std::string all;
    for (const auto& issue : session.issues) {
        all += issue.type + " " + issue.dataset + ": " + issue.message + "\n";
    }
    return all;
}

std::size_t count_issues(const ChoiceSession& session, std::string_view type,
                         std::string_view dataset) {
    std::size_t count = 0;
    for (const auto& issue : session.issues) {
        if (issue.type == type && issue.dataset == dataset) ++count;
    }
    return count;
}

const std::string trials_at = "alf/_ibl_trials.";

TEST(ReadSession, GivesTheColumnsOfAGoodSession) {
    const auto session = read_session(source_of(testing::session_files(4)));
    EXPECT_EQ(session.identifier(), "lab1/m/2020-01-02/001");
    EXPECT_TRUE(session.issues.empty()) << issues_of(session);
    const auto& t = session.trials;
    EXPECT_EQ(t.count, 4U);
    EXPECT_EQ(t.start_s, (std::vector<double>{0, 10, 20, 30}));
    EXPECT_EQ(t.end_s, (std::vector<double>{9, 19, 29, 39}));
    EXPECT_EQ(t.choice, (std::vector<double>{1, -1, 0, -1}));
    EXPECT_EQ(t.signed_contrast, (std::vector<double>{-0.5, 0.25, -0.5, 0.25}));
    EXPECT_TRUE(std::isnan(t.contrast_left[1]));
    EXPECT_TRUE(t.go_cue_s.empty());
    ASSERT_EQ(session.files.size(), 10U);
    EXPECT_EQ(session.files[0].path, "alf/_ibl_trials.choice.npy");
    EXPECT_EQ(session.files[0].collection, "alf");
    EXPECT_EQ(session.files[0].dataset_type, "trials.choice");
    EXPECT_EQ(session.files[0].extension, "npy");
    EXPECT_EQ(session.files[0].sha256.size(), 64U);
    EXPECT_TRUE(session.files[0].is_used);
}

TEST(ReadSession, LeavesOutAColumnOfAnotherLength) {
    auto files = testing::session_files(4);
    put(files, trials_at + "feedback_times.npy", npy(std::vector<double>{1, 2, 3}));
    const auto session = read_session(source_of(files));
    EXPECT_EQ(session.trials.count, 4U);
    EXPECT_TRUE(session.trials.feedback_s.empty());
    EXPECT_EQ(session.trials.response_s.size(), 4U);
    EXPECT_EQ(count_issues(session, "LengthMismatch", "trials.feedback_times"), 1U)
        << issues_of(session);
}

TEST(ReadSession, LetsTheOthersDecideBetweenChoiceAndFeedback) {
    auto files = testing::session_files(4);
    put(files, trials_at + "choice.npy", npy(std::vector<std::int64_t>{1, 1, 1}));
    try {
        (void)read_session(source_of(files));
        FAIL() << "three choices of four trials were taken";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("trials.choice: 3 values for 4 trials"),
                  std::string::npos)
            << error.what();
    }
    // Alone with each other, choice counts.
    const auto session = read_session(
        source_of({{trials_at + "choice.npy", npy(std::vector<std::int64_t>{1, 1, 1})},
                   {trials_at + "feedbackType.npy", npy(std::vector<std::int64_t>{1, 1})}}));
    EXPECT_EQ(session.trials.count, 3U);
    EXPECT_TRUE(session.trials.feedback_type.empty());
}

TEST(ReadSession, RemarksUponMissingDatasets) {
    auto files = testing::session_files(4);
    for (const char* name : {"intervals", "response_times", "feedback_times"}) {
        drop(files, trials_at + name + ".npy");
    }
    const auto session = read_session(source_of(files));
    EXPECT_EQ(session.trials.count, 4U);
    EXPECT_TRUE(session.trials.start_s.empty());
    EXPECT_EQ(session.issues.size(), 3U) << issues_of(session);
    EXPECT_EQ(count_issues(session, "MissingDataset", "trials.intervals"), 1U);
}

TEST(ReadSession, TurnsImpossibleValuesIntoMissingOnes) {
    auto files = testing::session_files(4);
    const double infinity = std::numeric_limits<double>::infinity();
    put(files, trials_at + "choice.npy", npy(std::vector<std::int64_t>{1, 7, 0, -1}));
    put(files, trials_at + "feedbackType.npy", npy(std::vector<std::int64_t>{1, 0, -1, -2}));
    put(files, trials_at + "probabilityLeft.npy",
        npy(std::vector<double>{0.30000000000000004, 0.5, 1.5, 0.8}));
    put(files, trials_at + "response_times.npy", npy(std::vector<double>{1, infinity, nan, 4}));
    put(files, trials_at + "contrastLeft.npy", npy(std::vector<double>{0.5, nan, nan, 0.25}));
    put(files, trials_at + "contrastRight.npy", npy(std::vector<double>{nan, 0.0, nan, 1.0}));
    put(files, trials_at + "repNum.npy", npy(std::vector<std::int64_t>{0, 1, -1, 0}));
    const auto session = read_session(source_of(files));
    const auto& t = session.trials;
    EXPECT_TRUE(std::isnan(t.choice[1]));
    EXPECT_EQ(t.feedback_type[1], 0.0);
    EXPECT_TRUE(std::isnan(t.feedback_type[3]));
    EXPECT_EQ(t.probability_left[0], 0.3);
    EXPECT_TRUE(std::isnan(t.probability_left[2]));
    EXPECT_TRUE(std::isnan(t.response_s[1]));
    EXPECT_EQ(t.signed_contrast[1], 0.0);
    EXPECT_TRUE(std::isnan(t.signed_contrast[2]));
    EXPECT_EQ(t.signed_contrast[3], 0.75);
    EXPECT_TRUE(std::isnan(t.rep_num[2]));
    EXPECT_EQ(count_issues(session, "OutOfRange", "trials.choice"), 1U);
    EXPECT_EQ(count_issues(session, "OddValue", "trials.feedbackType"), 1U);
    EXPECT_EQ(count_issues(session, "OutOfRange", "trials.feedbackType"), 1U);
    EXPECT_EQ(count_issues(session, "OutOfRange", "trials.probabilityLeft"), 1U);
    EXPECT_EQ(count_issues(session, "NotFinite", "trials.response_times"), 1U);
    EXPECT_EQ(count_issues(session, "ContrastSides", "trials.contrastLeft"), 2U);
    EXPECT_EQ(count_issues(session, "OutOfRange", "trials.repNum"), 1U);
}

TEST(ReadSession, LoadsWhatADamagedFileLeaves) {
    auto files = testing::session_files(4);
    put(files, trials_at + "rewardVolume.npy", "\x93NUMPY nonsense");
    put(files, trials_at + "intervals.npy", npy(std::vector<double>{1, 2, 3, 4}));
    const auto session = read_session(source_of(files));
    EXPECT_EQ(session.trials.count, 4U);
    EXPECT_TRUE(session.trials.reward_volume_ul.empty());
    EXPECT_EQ(count_issues(session, "UnreadableDataset", "trials.rewardVolume"), 1U);
    EXPECT_EQ(count_issues(session, "UnreadableDataset", "trials.intervals"), 1U)
        << issues_of(session);
}

TEST(ReadSession, RefusesASessionWithoutTrials) {
    const std::vector<Entries> bad{{},
                                   {{"alf/_ibl_wheel.position.npy", npy(std::vector<double>{1})}},
                                   {{trials_at + "rewardVolume.npy", npy(std::vector<double>{1})}},
                                   {{trials_at + "choice.npy", npy(std::vector<std::int64_t>{})}},
                                   {{trials_at + "choice.npy", "broken"}}};
    for (const auto& files : bad) {
        try {
            (void)read_session(source_of(files));
            FAIL() << "a session without trials was read";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::data);
            EXPECT_EQ(error.type(), "MissingExtractedData");
            EXPECT_NE(std::string(error.what()).find("lab1/m/2020-01-02/001"), std::string::npos);
        }
    }
    auto source = source_of(testing::session_files(2));
    source.lab.clear();
    EXPECT_THROW((void)read_session(source), Error);
}

TEST(ReadSession, FollowsTheRevisionRules) {
    auto files = testing::session_files(2);
    files.emplace_back("alf/#2020-01-01#/_ibl_trials.rewardVolume.npy",
                       npy(std::vector<double>{10, 20}));
    files.emplace_back("alf/#2021-01-01#/_ibl_trials.rewardVolume.npy",
                       npy(std::vector<double>{30, 40}));
    const auto source = source_of(files);
    EXPECT_EQ(read_session(source).trials.reward_volume_ul, (std::vector<double>{30, 40}));
    ReadOptions options;
    options.revision = "2020-06-01";
    EXPECT_EQ(read_session(source, options).trials.reward_volume_ul, (std::vector<double>{10, 20}));
    options.revision = "";
    EXPECT_EQ(read_session(source, options).trials.reward_volume_ul[0], 1.5);
    EXPECT_EQ(read_session(source).files.size(), 12U);
}

// known_troubles.md, section 2, row 3.
TEST(ReadSession, ARevisionOfFewerRowsIsNotMixedWithTheOthers) {
    auto files = testing::session_files(4);
    files.emplace_back("alf/#2022-02-28#/_ibl_trials.rewardVolume.npy",
                       npy(std::vector<double>{10, 20, 30}));
    const auto session = read_session(source_of(files));
    EXPECT_EQ(session.trials.count, 4U);
    EXPECT_TRUE(session.trials.reward_volume_ul.empty());
    EXPECT_EQ(count_issues(session, "LengthMismatch", "trials.rewardVolume"), 1U)
        << issues_of(session);
}

// known_troubles.md, section 2, row 3.
TEST(ReadSession, RevisionsThatAreMixedAreToldThoughTheirLengthsAgree) {
    auto files = testing::session_files(2);
    EXPECT_EQ(count_issues(read_session(source_of(files)), "MixedRevisions", "alf/trials"), 0U);
    files.emplace_back("alf/#2022-02-28#/_ibl_trials.rewardVolume.npy",
                       npy(std::vector<double>{10, 20}));
    const auto session = read_session(source_of(files));
    EXPECT_EQ(session.trials.reward_volume_ul, (std::vector<double>{10, 20}));
    ASSERT_EQ(count_issues(session, "MixedRevisions", "alf/trials"), 1U) << issues_of(session);
    EXPECT_NE(issues_of(session).find("stimOn_times), #2022-02-28# (rewardVolume)"),
              std::string::npos)
        << issues_of(session);
    // One revision of everything, beside an older one: nothing is mixed.
    files = testing::session_files(2);
    for (const auto& [name, content] : testing::session_files(2, "alf/#2022-02-28#/"))
        files.emplace_back(name, content);
    EXPECT_TRUE(read_session(source_of(files)).issues.empty());
    // What was left out for its length is not mixed in.
    files = testing::session_files(2);
    files.emplace_back("alf/#2022-02-28#/_ibl_trials.rewardVolume.npy",
                       npy(std::vector<double>{10}));
    const auto shorter = read_session(source_of(files));
    EXPECT_EQ(count_issues(shorter, "LengthMismatch", "trials.rewardVolume"), 1U);
    EXPECT_EQ(count_issues(shorter, "MixedRevisions", "alf/trials"), 0U) << issues_of(shorter);
}

TEST(ReadSession, TakesTrialsFromTheRootAndFromTaskFolders) {
    for (const char* collection : {"", "alf/task_00/", "alf/task_03/"}) {
        const auto session = read_session(source_of(testing::session_files(3, collection)));
        EXPECT_EQ(session.trials.count, 3U) << collection;
    }
    auto files = testing::session_files(3, "alf/task_00/");
    for (auto& file : testing::session_files(5, "alf/task_01/")) files.push_back(file);
    // Two tasks in a row: the second follows the first, whose last trial ends at 29 s.
    auto session = read_session(source_of(files));
    EXPECT_EQ(session.trials.count, 8U);
    EXPECT_EQ(session.trials.start_s, (std::vector<double>{0, 10, 20, 29, 39, 49, 59, 69}));
    EXPECT_EQ(count_issues(session, "SeveralTasks", "alf/task_01/trials"), 1U);
    ASSERT_EQ(session.tasks.size(), 2U);
    EXPECT_EQ(session.tasks[1].offset_s, 29.0);
    // A copy of the first is no second task.
    files = testing::session_files(3, "alf/task_00/");
    for (auto& file : testing::session_files(3, "alf/task_01/")) files.push_back(file);
    session = read_session(source_of(files));
    EXPECT_EQ(session.trials.count, 3U);
    EXPECT_EQ(count_issues(session, "DuplicateDataset", "alf/task_01/trials"), 1U);
}

// known_troubles.md, section 2, row 8.
TEST(ReadSession, TakesExtractedTasksInTheOrderOfTheDescription) {
    auto files = testing::session_files(3, "alf/task_00/");
    for (auto& file : testing::session_files(5, "alf/task_01/")) files.push_back(file);
    for (auto& file : testing::session_files(2, "alf/task_02/")) files.push_back(file);
    files.emplace_back("_ibl_experiment.description.yaml",
                       "tasks:\n- b:\n    collection: raw_task_data_01\n    protocol_number: 0\n"
                       "- a:\n    collection: raw_task_data_00\n    protocol_number: 1\n");
    const auto session = read_session(source_of(files));
    ASSERT_EQ(session.tasks.size(), 3U);
    EXPECT_EQ(session.tasks[0].collection, "alf/task_01");
    EXPECT_EQ(session.tasks[0].n_trials, 5U);
    EXPECT_EQ(session.tasks[1].collection, "alf/task_00");
    EXPECT_EQ(session.tasks[1].first_trial, 6U);
    EXPECT_EQ(session.tasks[2].collection, "alf/task_02") << "what is not described comes last";
    EXPECT_EQ(session.task_protocol, "b/a");
    EXPECT_EQ(count_issues(session, "TaskOrder", "_ibl_experiment.description.yaml"), 1U);
}

TEST(ReadSession, KnowsDatasetsByTheirUuid) {
    const std::string uuid = "2622b17c-9408-4910-99cb-abf16d9225b9";
    const auto session = read_session(source_of(
        {{trials_at + "choice." + uuid + ".npy", npy(std::vector<std::int64_t>{1, -1})}}));
    EXPECT_EQ(session.trials.count, 2U);
    EXPECT_EQ(session.files[0].dataset_id, uuid);
    EXPECT_EQ(session.files[0].dataset_type, "trials.choice");
}

TEST(ReadSession, DoesNotTakeOtherClocksForTheSessions) {
    auto files = testing::session_files(2);
    files.emplace_back(trials_at + "stimOff_times_bpod.npy", npy(std::vector<double>{1, 2}));
    const auto session = read_session(source_of(files));
    EXPECT_TRUE(session.trials.stim_off_s.empty());
    EXPECT_TRUE(session.issues.empty()) << issues_of(session);
}

TEST(ReadSession, ReadsATrialsTableAndArraysBesideIt) {
    formats::Table table;
    table.rows = 2;
    const auto add = [&](const char* name, auto values) {
        formats::Column column;
        column.name = name;
        column.values = std::move(values);
        table.columns.push_back(std::move(column));
    };
    add("intervals_0", std::vector<double>{1, 5});
    add("intervals_1", std::vector<double>{4, 9});
    add("choice", std::vector<std::int64_t>{1, -1});
    add("feedbackType", std::vector<std::int64_t>{1, -1});
    add("contrastLeft", std::vector<double>{1, nan});
    add("contrastRight", std::vector<double>{nan, 0.5});
    add("laser", std::vector<double>{0, 1});
    const auto session = read_session(
        source_of({{trials_at + "table.pqt", formats::parquet_bytes(table)},
                   {trials_at + "choice.npy", npy(std::vector<std::int64_t>{0, 0})},
                   {trials_at + "goCueTrigger_times.npy", npy(std::vector<double>{2, 6})}}));
    EXPECT_EQ(session.trials.start_s, (std::vector<double>{1, 5}));
    EXPECT_EQ(session.trials.choice, (std::vector<double>{1, -1}));
    EXPECT_EQ(session.trials.go_cue_trigger_s, (std::vector<double>{2, 6}));
    EXPECT_EQ(session.trials.signed_contrast, (std::vector<double>{-1, 0.5}));
    EXPECT_EQ(count_issues(session, "DuplicateDataset", "trials.choice"), 1U) << issues_of(session);
}

TEST(ReadSession, SumsUpTheWheel) {
    auto files = testing::session_files(2);
    files.emplace_back("alf/_ibl_wheel.position.npy", npy(std::vector<double>{0, 1, -1, -1.5}));
    files.emplace_back("alf/_ibl_wheel.timestamps.npy", npy(std::vector<double>{1, 2, 4, 8}));
    const std::vector<double> moves{1, 2, 3, 4};
    files.emplace_back("alf/_ibl_wheelMoves.intervals.npy",
                       formats::npy_bytes(std::span(moves), {2, 2}));
    files.emplace_back("alf/_ibl_wheelMoves.peakAmplitude.npy",
                       npy(std::vector<double>{0.5, -0.5}));
    files.emplace_back("alf/licks.times.npy", npy(std::vector<double>{1, nan, 3}));
    const auto session = read_session(source_of(files));
    ASSERT_TRUE(session.wheel);
    EXPECT_EQ(session.wheel->samples, 4);
    EXPECT_EQ(session.wheel->first_s, 1.0);
    EXPECT_EQ(session.wheel->last_s, 8.0);
    EXPECT_DOUBLE_EQ(session.wheel->sampling_hz, 0.5);  // steps 1, 2, 4: median 2 s
    EXPECT_DOUBLE_EQ(session.wheel->travelled, 3.5);
    ASSERT_TRUE(session.wheel_moves);
    EXPECT_EQ(session.wheel_moves->onset_s, (std::vector<double>{1, 3}));
    EXPECT_EQ(session.wheel_moves->offset_s, (std::vector<double>{2, 4}));
    EXPECT_EQ(session.wheel_moves->peak_amplitude, (std::vector<double>{0.5, -0.5}));
    EXPECT_EQ(session.lick_s, (std::vector<double>{1, 3}));
}

TEST(ReadSession, ExpandsTheAnchorsOfAWheelAndRefusesOddLengths) {
    auto files = testing::session_files(2);
    files.emplace_back("alf/_ibl_wheel.position.npy", npy(std::vector<double>{0, 1, 2, 3, 4}));
    const std::vector<double> anchors{0, 10, 4, 18};
    files.emplace_back("alf/_ibl_wheel.timestamps.npy",
                       formats::npy_bytes(std::span(anchors), {2, 2}));
    auto session = read_session(source_of(files));
    ASSERT_TRUE(session.wheel);
    EXPECT_TRUE(session.wheel->timestamps_are_anchors);
    EXPECT_EQ(session.wheel->last_s, 18.0);
    EXPECT_DOUBLE_EQ(session.wheel->sampling_hz, 0.5);

    put(files, "alf/_ibl_wheel.timestamps.npy", npy(std::vector<double>{1, 2, 3}));
    session = read_session(source_of(files));
    EXPECT_FALSE(session.wheel);
    EXPECT_EQ(count_issues(session, "LengthMismatch", "wheel.timestamps"), 1U);
    drop(files, "alf/_ibl_wheel.timestamps.npy");
    session = read_session(source_of(files));
    EXPECT_FALSE(session.wheel);
    EXPECT_EQ(count_issues(session, "MissingDataset", "wheel.timestamps"), 1U);
}

TEST(ReadSession, TakesProtocolAndStartFromTheRigsSettings) {
    auto files = testing::session_files(2);
    const std::string settings = "raw_behavior_data/_iblrig_taskSettings.raw.json";
    files.emplace_back(settings, R"({"PYBPOD_PROTOCOL": "_iblrig_tasks_biasedChoiceWorld",
        "IBLRIG_VERSION": "6.4.2", "SUBJECT_WEIGHT": 21.5, "SOFT": NaN, "NOTE": "a NaN in a text",
        "PYBPOD_CREATOR": ["ines", "a-uuid"], "PYBPOD_BOARD": "box1", "SESSION_START_DELAY_SEC": 60,
        "SESSION_DATETIME": "2020-01-02T10:11:12.5"})");
    auto session = read_session(source_of(files));
    EXPECT_TRUE(session.issues.empty()) << issues_of(session);
    EXPECT_EQ(session.task_protocol, "_iblrig_tasks_biasedChoiceWorld6.4.2");
    EXPECT_EQ(session.start_time, "2020-01-02T10:11:12.5");
    EXPECT_EQ(session.rig_name, "box1");
    EXPECT_EQ(session.users, std::vector<std::string>{"ines"});
    EXPECT_EQ(session.session_delay_s, 60.0);
    ASSERT_EQ(session.weighings.size(), 1U);
    EXPECT_EQ(session.weighings[0].weight_g, 21.5);
    for (const char* bad : {"{\"PYBPOD_PROTOCOL\": ", "[1, 2]"}) {
        put(files, settings, bad);
        session = read_session(source_of(files));
        EXPECT_EQ(session.trials.count, 2U);
        EXPECT_EQ(count_issues(session, "UnreadableDataset", settings), 1U);
    }
    put(files, settings, R"({"SESSION_DATETIME": "yesterday"})");
    session = read_session(source_of(files));
    EXPECT_FALSE(session.start_time);
    EXPECT_EQ(count_issues(session, "OutOfRange", settings), 1U);
}

// known_troubles.md, section 2, row 9.
TEST(ReadSession, OldAndNewKeysOfTheSettingsTellTheSame) {
    const auto told = [](const char* settings) {
        auto files = testing::session_files(2);
        files.emplace_back("raw_behavior_data/_iblrig_taskSettings.raw.json", settings);
        const auto session = read_session(source_of(files));
        EXPECT_TRUE(session.issues.empty()) << issues_of(session);
        EXPECT_EQ(session.session_delay_s, 900.0) << settings;
        EXPECT_EQ(session.rig_name, "_iblrig_mainenlab_ephys_0") << settings;
    };
    told(R"({"SESSION_START_DELAY_SEC": 900, "PYBPOD_BOARD": "_iblrig_mainenlab_ephys_0"})");
    told(R"({"SESSION_DELAY_START": 900, "RIG_NAME": "_iblrig_mainenlab_ephys_0"})");
}

// known_troubles.md, section 2, row 12.
TEST(ReadSession, MissingFeedbackTimesOfErrorsCostNothingElse) {
    auto files = testing::session_files(6);
    const auto whole = read_session(source_of(files));
    auto times = whole.trials.feedback_s;
    for (std::size_t i = 0; i < times.size(); ++i)
        if (whole.trials.feedback_type[i] < 0.0) times[i] = nan;
    put(files, trials_at + "feedback_times.npy", npy(times));
    const auto session = read_session(source_of(files));
    EXPECT_TRUE(std::isnan(session.trials.feedback_s[2]));
    EXPECT_EQ(session.trials.feedback_s[0], 2.5);
    EXPECT_EQ(session.trials.choice, whole.trials.choice);
    EXPECT_EQ(session.trials.feedback_type, whole.trials.feedback_type);
    EXPECT_EQ(session.trials.response_s, whole.trials.response_s);
    EXPECT_EQ(session.trials.stim_on_s, whole.trials.stim_on_s);
    EXPECT_EQ(count_issues(whole, "MissingFeedback", "trials.feedback_times"), 0U);
    ASSERT_EQ(count_issues(session, "MissingFeedback", "trials.feedback_times"), 1U);
    EXPECT_NE(issues_of(session).find("2 of 6 trials (33.3 %) have no time of feedback, 2 of them"),
              std::string::npos)
        << issues_of(session);
}

TEST(ReadSession, NamesAFileThatVanished) {
    SessionSource source = source_of({});
    SessionMember member;
    member.path = trials_at + "choice.npy";
    member.file = "/nonexistent/choice.npy";
    source.members.push_back(member);
    try {
        (void)read_session(source);
        FAIL() << "read a file that is not there";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "MissingExtractedData");
        EXPECT_NE(std::string(error.what()).find("/nonexistent/choice.npy"), std::string::npos);
    }
}

/// What lies at a path may be something else when it is read than when it was found: a pipe that
/// nobody writes to would hold the reader for ever.
TEST(ReadSession, DoesNotWaitForAFileThatHasBecomeAPipe) {
    const testing::TemporaryFolder folder;
    const std::string at = "lab/Subjects/m/2020-01-01/001/";
    for (const auto& [name, content] : testing::session_files(6)) folder.write(at + name, content);
    const auto found = find_sessions(folder.path());
    ASSERT_EQ(found.size(), 1U);
    const auto replace = [&](const std::string& name) {
        const auto path = folder.path() / (at + name);
        std::filesystem::remove(path);
        ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    };
    replace(trials_at + "contrastLeft.npy");
    const auto session = read_session(found[0]);
    EXPECT_EQ(session.trials.count, 6U);
    EXPECT_EQ(count_issues(session, "UnreadableDataset", trials_at + "contrastLeft.npy"), 1U);
    replace(trials_at + "choice.npy");
    replace(trials_at + "feedbackType.npy");
    try {
        (void)read_session(found[0]);
        FAIL() << "read trials without their files";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("not a regular file"), std::string::npos)
            << error.what();
    }
}

TEST(TrialColumns, NameEachColumnOnce) {
    std::set<std::string> names;
    std::set<std::string> datasets;
    for (const auto& column : trial_columns()) {
        EXPECT_TRUE(names.insert(column.name).second) << column.name;
        EXPECT_TRUE(datasets.insert(column.dataset).second) << column.dataset;
    }
    EXPECT_EQ(names.size(), 23U);
}

TEST(IsWanted, IsTrueForWhatIsReadOnly) {
    for (const char* path :
         {"alf/_ibl_trials.choice.npy", "_ibl_trials.intervals.npy",
          "alf/#r#/_ibl_trials.table.pqt", "alf/_ibl_wheel.position.npy", "alf/licks.times.npy",
          "raw_behavior_data/_iblrig_taskSettings.raw.json"}) {
        EXPECT_TRUE(is_wanted(path)) << path;
    }
    for (const char* path : {"alf/_ibl_trials.laser.npy", "alf/spikes.times.npy", "notes.txt",
                             "alf/_ibl_trials.intervals_bpod.npy", "alf/_ibl_trials.table.npy",
                             "alf/_ibl_wheel.velocity.npy", "raw/_iblrig_taskData.raw.jsonable"}) {
        EXPECT_FALSE(is_wanted(path)) << path;
    }
}

}  // namespace
}  // namespace tb::alf
