// The cases of shared/cases/hunt_ingest that are about session trees: what rigs and extractions
// leave behind, read as an expert expects (the numbers are the README's, from numpy).
#include "ingest/alf/session_reader.hpp"
#include "tests/ingest/alf/support.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

namespace tb::alf {
namespace {

namespace fs = std::filesystem;

struct Seen {
    std::map<std::string, ChoiceSession> sessions;  ///< by subject/number
    std::map<std::string, std::string> refusals;    ///< by subject/number: the message
    std::vector<DiscoveryProblem> problems;
};

Seen read_tree(const fs::path& tree) {
    Seen seen;
    ReadOptions options;
    options.keep_every_wheel = true;
    for (const auto& source : find_sessions(tree, {}, &seen.problems)) {
        const auto name = source.subject + "/" + source.number;
        try {
            seen.sessions.emplace(name, read_session(source, options));
        } catch (const Error& error) {
            seen.refusals[name] = error.what();
        }
    }
    return seen;
}

class HuntCase : public ::testing::Test {
  protected:
    /// The tree of a case; skips the test where the folder of cases is absent.
    Seen read_case(const std::string& name) {
        const auto folder = testing::shared_data("cases/hunt_ingest/" + name + "/tree");
        if (!folder) return {};
        is_there_ = true;
        tree_ = *folder;
        return read_tree(*folder);
    }
    bool is_there_ = false;
    fs::path tree_;
};

#define READ_CASE(seen, name)          \
    const auto seen = read_case(name); \
    if (!is_there_) GTEST_SKIP() << "no shared/cases/hunt_ingest (set TRIALBASE_SHARED)"

std::size_t count_issues(const ChoiceSession& session, std::string_view type,
                         std::string_view in_message = "") {
    return static_cast<std::size_t>(std::ranges::count_if(session.issues, [&](const auto& issue) {
        return issue.type == type && issue.message.find(in_message) != std::string::npos;
    }));
}

std::string issues_of(const ChoiceSession& session) {
    std::string all;
    for (const auto& issue : session.issues)
        all += issue.type + " " + issue.dataset + ": " + issue.message + "\n";
    return all;
}

/// Rewarded trials, contrast 0 included.
std::ptrdiff_t rewarded(const ChoiceSession& session) {
    return std::ranges::count(session.trials.feedback_type, 1.0);
}

/// Trials reported on the side of a contrast above 0.
std::size_t correct(const ChoiceTrials& trials) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < trials.count; ++i) {
        count += (trials.choice[i] == 1.0 && trials.contrast_left[i] > 0.0) ||
                 (trials.choice[i] == -1.0 && trials.contrast_right[i] > 0.0);
    }
    return count;
}

/// Median of response minus stimulus over the trials at contrast 0.
double median_reaction_zero(const ChoiceTrials& trials) {
    std::vector<double> times;
    for (std::size_t i = 0; i < trials.count; ++i) {
        const double time = trials.response_s[i] - trials.stim_on_s[i];
        if (trials.signed_contrast[i] == 0.0 && std::isfinite(time)) times.push_back(time);
    }
    std::ranges::sort(times);
    const auto n = times.size();
    return n % 2 == 1 ? times[n / 2] : (times[n / 2 - 1] + times[n / 2]) / 2;
}

TEST_F(HuntCase, C01LeftContrastsWithAMinusAreMagnitudes) {
    READ_CASE(seen, "c01_left_contrast_negative");
    const auto& session = seen.sessions.at("n01/001");
    EXPECT_EQ(session.trials.count, 80U);
    EXPECT_EQ(std::ranges::count(session.trials.signed_contrast, 0.0), 19);
    EXPECT_EQ(std::ranges::count_if(session.trials.signed_contrast,
                                    [](double c) { return std::isnan(c); }),
              0);
    EXPECT_EQ(count_issues(session, "SignConvention", "25 contrasts"), 1U) << issues_of(session);
    EXPECT_EQ(correct(session.trials), 48U);
    EXPECT_NEAR(median_reaction_zero(session.trials), 0.3897, 5e-5);
}

TEST_F(HuntCase, C02UnsignedMinusOneIsMinusOne) {
    READ_CASE(seen, "c02_unsigned_minus_one");
    const auto& session = seen.sessions.at("n02/001");
    EXPECT_EQ(session.trials.count, 60U);
    EXPECT_EQ(std::ranges::count_if(session.trials.choice, [](double c) { return std::isnan(c); }),
              0);
    EXPECT_EQ(rewarded(session), 51);
    EXPECT_EQ(correct(session.trials), 47U);
    EXPECT_EQ(count_issues(session, "SignConvention"), 2U) << issues_of(session);
}

TEST_F(HuntCase, C03TheReasonOfAnUnreadableChoiceIsInTheError) {
    READ_CASE(seen, "c03_choice_unreadable");
    EXPECT_TRUE(seen.sessions.empty());
    const auto& pickled = seen.refusals.at("n03_pickled/001");
    EXPECT_NE(pickled.find("_ibl_trials.choice.npy"), std::string::npos) << pickled;
    EXPECT_NE(pickled.find("object arrays"), std::string::npos) << pickled;
    const auto& empty = seen.refusals.at("n03_zero_bytes/001");
    EXPECT_NE(empty.find("_ibl_trials.choice.npy"), std::string::npos) << empty;
    EXPECT_NE(empty.find("not an .npy file"), std::string::npos) << empty;
}

TEST_F(HuntCase, C04MomentsOfParquetAreSeconds) {
    READ_CASE(seen, "c04_time_column_is_moment");
    const auto& session = seen.sessions.at("n04/001");
    EXPECT_NEAR(median_reaction_zero(session.trials), 0.3936, 5e-5);
    EXPECT_EQ(correct(session.trials), 39U);
}

TEST_F(HuntCase, C05TwoTasksAreOneSession) {
    READ_CASE(seen, "c05_two_protocols");
    const auto& session = seen.sessions.at("n05/001");
    EXPECT_EQ(session.trials.count, 110U);
    EXPECT_EQ(correct(session.trials), 72U);
    EXPECT_EQ(session.task_protocol,
              "_iblrig_tasks_trainingChoiceWorld6.4.2/_iblrig_tasks_biasedChoiceWorld6.4.2");
    ASSERT_EQ(session.tasks.size(), 2U);
    EXPECT_EQ(session.tasks[0].n_trials, 40U);
    EXPECT_EQ(session.tasks[1].first_trial, 41U);
    EXPECT_EQ(session.tasks[1].n_trials, 70U);
    // The second clock starts anew; the rig's starts lie 40 minutes apart.
    EXPECT_EQ(session.tasks[1].offset_s, 2400.0);
    EXPECT_TRUE(std::ranges::is_sorted(session.trials.start_s));
    EXPECT_EQ(count_issues(session, "SeveralTasks", "trials 41 to 110"), 1U) << issues_of(session);
    EXPECT_EQ(session.start_time, "2024-02-20T10:11:12");
    ASSERT_EQ(session.weighings.size(), 1U);
}

TEST_F(HuntCase, C06OddSettingsCostThemselves) {
    READ_CASE(seen, "c06_settings_refuse_session");
    ASSERT_EQ(seen.sessions.size(), 3U);
    for (const auto& [name, session] : seen.sessions) {
        EXPECT_EQ(session.trials.count, 60U) << name;
        EXPECT_FALSE(session.start_time) << name;
        EXPECT_FALSE(session.session_delay_s) << name;
        EXPECT_FALSE(session.rig_name) << name;
        EXPECT_EQ(session.task_protocol, "_iblrig_tasks_trainingChoiceWorld6.4.2") << name;
        const auto of_file = std::ranges::count_if(session.issues, [](const auto& issue) {
            return issue.dataset == "raw_behavior_data/_iblrig_taskSettings.raw.json";
        });
        EXPECT_EQ(of_file, 1) << name << "\n" << issues_of(session);
    }
}

TEST_F(HuntCase, C07TimesWithAnOffsetAreInstants) {
    READ_CASE(seen, "c07_offset_of_start_time");
    const auto& session = seen.sessions.at("n07/001");
    EXPECT_EQ(session.start_time, "2023-07-02T09:11:12Z");
    EXPECT_EQ(session.end_time, "2023-07-02T10:11:00Z");
}

TEST_F(HuntCase, C08ARevisionCountsWhileItIsThere) {
    READ_CASE(seen, "c08_revision_withdrawn");
    const auto& session = seen.sessions.at("n08/001");
    EXPECT_TRUE(session.is_whole);
    const auto of_revision = std::ranges::count_if(session.files, [](const auto& file) {
        return file.revision == "2024-07-15" && file.is_used;
    });
    EXPECT_EQ(of_revision, 2);
}

TEST_F(HuntCase, C10SettingsOfAnotherAnimalAreNamed) {
    READ_CASE(seen, "c10_settings_of_other_animal");
    const auto& session = seen.sessions.at("n10_folder/001");
    EXPECT_EQ(count_issues(session, "OtherSession", "n10_other"), 1U) << issues_of(session);
    EXPECT_EQ(count_issues(session, "OtherSession", "2023-04-11"), 1U);
    EXPECT_EQ(count_issues(session, "OtherSession", "003"), 1U);
    EXPECT_FALSE(session.start_time);
}

TEST_F(HuntCase, C11ARowVectorIsAVector) {
    READ_CASE(seen, "c11_row_vectors");
    const auto& session = seen.sessions.at("n11/001");
    EXPECT_EQ(session.trials.count, 60U);
    EXPECT_EQ(session.trials.start_s.size(), 60U);
    EXPECT_EQ(count_issues(session, "UnreadableDataset"), 0U) << issues_of(session);
}

TEST_F(HuntCase, C12FoldersThatAreNearlySessionsAreNamed) {
    READ_CASE(seen, "c12_folders_nearly_sessions");
    EXPECT_EQ(seen.sessions.size(), 1U);
    ASSERT_EQ(seen.problems.size(), 4U);
    std::string all;
    for (const auto& problem : seen.problems) {
        EXPECT_EQ(problem.error.type(), "NoSession");
        all += std::string(problem.error.what()) + "\n";
    }
    for (const char* part :
         {"2023-02-30/001", "20230301/001", "2023-3-2/001", "2023-03-05/001_bis",
          "no date of the calendar", "'20230301' is not a date written yyyy-mm-dd",
          "'001_bis' is no session number"}) {
        EXPECT_NE(all.find(part), std::string::npos) << part << "\n" << all;
    }
}

TEST_F(HuntCase, C13TheOldNameOfWheelTimesIsRead) {
    READ_CASE(seen, "c13_wheel_times_old_name");
    const auto& session = seen.sessions.at("n13/001");
    ASSERT_TRUE(session.wheel) << issues_of(session);
    EXPECT_EQ(session.wheel->samples, 500);
    EXPECT_EQ(session.wheel->first_s, 0.0);
    EXPECT_NEAR(session.wheel->last_s, 250.0, 1e-9);
    EXPECT_NEAR(session.wheel->last_position - session.wheel->first_position, 3.0, 1e-9);
}

TEST_F(HuntCase, C14AHabituationIsASessionWithoutTrials) {
    READ_CASE(seen, "c14_habituation");
    const auto& session = seen.sessions.at("n14/001");
    EXPECT_TRUE(session.is_without_choices);
    EXPECT_EQ(session.trials.count, 0U);
    EXPECT_EQ(session.task_protocol, "_iblrig_tasks_habituationChoiceWorld6.4.2");
    ASSERT_EQ(session.weighings.size(), 1U);
    EXPECT_EQ(session.weighings[0].weight_g, 24.1);
    EXPECT_TRUE(session.lone_rewards_ul);
    EXPECT_EQ(count_issues(session, "NoChoices"), 1U);
    EXPECT_TRUE(session.part_errors.empty());
}

TEST_F(HuntCase, C15AWheelInCentimetresIsConverted) {
    READ_CASE(seen, "c15_wheel_in_cm");
    const auto& cm = seen.sessions.at("n15_cm/001");
    const auto& rad = seen.sessions.at("n15_rad/001");
    ASSERT_TRUE(cm.wheel && rad.wheel);
    EXPECT_NEAR(cm.wheel->travelled, 14.72, 5e-3);
    EXPECT_NEAR(rad.wheel->travelled, 14.72, 5e-3);
    ASSERT_EQ(cm.wheel->position.size(), rad.wheel->position.size());
    for (std::size_t i = 0; i < cm.wheel->position.size(); ++i)
        ASSERT_NEAR(cm.wheel->position[i], rad.wheel->position[i], 1e-9) << i;
    EXPECT_EQ(count_issues(cm, "UnitConverted", "cm"), 1U) << issues_of(cm);
    EXPECT_EQ(count_issues(rad, "UnitConverted"), 0U) << issues_of(rad);
}

TEST_F(HuntCase, C16SamplesWithoutTimeAreNotThere) {
    READ_CASE(seen, "c16_wheel_times_missing");
    const auto& session = seen.sessions.at("n16_missing/001");
    ASSERT_TRUE(session.wheel);
    EXPECT_EQ(session.wheel->samples, 2997);
    EXPECT_EQ(count_issues(session, "NotFinite", "3 of 3000"), 1U) << issues_of(session);
    EXPECT_TRUE(std::ranges::is_sorted(session.wheel->time_s));
}

}  // namespace
}  // namespace tb::alf
