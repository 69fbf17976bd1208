#include "ingest/rig/task_data.hpp"

#include "ingest/rig/version.hpp"
#include "tests/ingest/rig/support.hpp"
#include "trialbase/error.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::rig {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::task_data;

Error error_of_text(const std::string& text) {
    try {
        (void)parse_task_data(text, "f.jsonable");
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorKind::internal, "nothing was thrown");
}

TEST(RigVersion, ReadsLeadingNumbersAndKnowsWhatAnAbsentOneMeans) {
    EXPECT_EQ(rig_version("6.4.2"), (RigVersion{6, 4, 2}));
    EXPECT_EQ(rig_version("8.24.0.dev1"), (RigVersion{8, 24, 0}));
    EXPECT_EQ(rig_version("4.9"), (RigVersion{4, 9, 0}));
    EXPECT_EQ(rig_version("6.2.5a"), (RigVersion{6, 2, 5}));
    EXPECT_EQ(rig_version("main"), newest_rig);
    EXPECT_EQ(rig_version("-3.0.0"), newest_rig);
    EXPECT_EQ(rig_version("99999999999999.0"), newest_rig);
    EXPECT_EQ(rig_version(""), newest_rig);
    EXPECT_EQ(rig_version(std::nullopt), newest_rig);
    EXPECT_EQ(rig_version(std::nullopt, true), oldest_rig);
    EXPECT_LT((RigVersion{6, 2, 5}), (RigVersion{6, 10, 0}));
}

TEST(TaskData, ReadsTrialsWithBareNotANumberAndWithoutALastNewline) {
    auto text = task_data(3);
    ASSERT_THAT(text, HasSubstr("[NaN, NaN]"));
    text.pop_back();
    const auto trials = parse_task_data(text, "x");
    ASSERT_EQ(trials.size(), 3U);
    EXPECT_EQ(trials[2].trial_num, 3);
    EXPECT_EQ(trials[1].position, -35.0);
    EXPECT_FALSE(trials[0].visited("error"));
    EXPECT_TRUE(std::isnan(trials[0].begin_of("no_go")));
    EXPECT_EQ(trials[0].end_of("closed_loop"), 2.0);
    EXPECT_EQ(trials[0].first_of("BNC1High"), 1.05);
    EXPECT_TRUE(std::isnan(trials[0].first_of("BNC3High")));
}

TEST(TaskData, TakesTheContrastOutOfTheObjectsOfOlderRigs) {
    const auto trials =
        parse_task_data(task_data(3,
                                  [](json& line, std::size_t i) {
                                      line["contrast"] = {{"type", i == 0   ? "AdaptiveContrast"
                                                                   : i == 1 ? "RepeatContrast"
                                                                            : "repeat_contrast"},
                                                          {"value", 0.125}};
                                  }),
                        "x");
    EXPECT_EQ(trials[0].contrast, 0.125);
    EXPECT_FALSE(trials[0].is_repeat);
    EXPECT_TRUE(trials[1].is_repeat);
    EXPECT_TRUE(trials[2].is_repeat);
}

TEST(TaskData, ReadsAVeryLongLine) {
    const auto text = task_data(2, [](json& line, std::size_t) {
        line["data_file"] = std::string(5'000'000, 'x') + "NaN";
    });
    EXPECT_EQ(parse_task_data(text, "x").size(), 2U);
}

TEST(TaskData, ATornLastLineIsAnErrorThatNamesTheLine) {
    auto text = task_data(3);
    text.resize(text.size() - 200);
    const auto error = error_of_text(text);
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_THAT(error.what(), HasSubstr("f.jsonable: line 3"));
    EXPECT_THAT(error.hint(), HasSubstr("torn"));
}

TEST(TaskData, RefusesLinesThatAreNoTrialsAndNamesLineAndKey) {
    const auto changed = [](const char* key, const json& value) {
        return error_of_text(task_data(2, [&](json& line, std::size_t i) {
            if (i == 1) line[key] = value;
        }));
    };
    EXPECT_THAT(changed("position", "left").what(), HasSubstr("line 2: position is string"));
    EXPECT_THAT(changed("trial_correct", json::array()).what(), HasSubstr("line 2: trial_correct"));
    EXPECT_THAT(changed("behavior_data", nullptr).what(), HasSubstr("line 2: no 'behavior_data'"));
    EXPECT_THAT(changed("water_delivered", 1e12).what(), HasSubstr("more than can be"));
    EXPECT_THAT(changed("ntrials_correct", 1e300).what(), HasSubstr("more than can be"));
    EXPECT_THAT(error_of_text("[1, 2]\n").what(), HasSubstr("line 1: expected an object"));
    EXPECT_THAT(error_of_text("{}\n").what(), HasSubstr("line 1: no 'behavior_data'"));
    const auto machine = [](const char* part, const char* key, const json& value) {
        return error_of_text(task_data(
            1, [&](json& line, std::size_t) { line["behavior_data"][part][key] = value; }));
    };
    EXPECT_THAT(machine("States timestamps", "stim_on", 5).what(), HasSubstr("state stim_on"));
    EXPECT_THAT(machine("States timestamps", "stim_on", {{1, 2, 3}}).what(),
                HasSubstr("no pair of times"));
    EXPECT_THAT(machine("Events timestamps", "BNC1High", {"x"}).what(), HasSubstr("BNC1High"));
    EXPECT_THAT(machine("States timestamps", "stim_on", {{1e99, 2}}).what(),
                HasSubstr("more than can be"));
    EXPECT_EQ(error_of_text("").type(), "MissingRawData");
    EXPECT_EQ(error_of_text("\n \n").type(), "MissingRawData");
    EXPECT_EQ(error_of_text(std::string(600, '[') + "\n").kind(), ErrorKind::data);
}

TEST(TaskData, TotalsCountAsTheRigDoes) {
    auto trials = parse_task_data(task_data(4), "x");
    auto totals = task_totals(trials);
    EXPECT_EQ(totals.n_trials, 4);
    EXPECT_EQ(totals.n_correct, 4);
    EXPECT_DOUBLE_EQ(totals.water_ul, 12.0);
    EXPECT_NEAR(totals.duration_s, 15.0 + 4.9, 0.02);
    // Newer rigs count from 0, and may not tell the sums.
    for (std::size_t i = 0; i < trials.size(); ++i) {
        trials[i].trial_num = static_cast<std::int64_t>(i);
        trials[i].water_ul = NAN;
        trials[i].n_correct = NAN;
    }
    trials[1].is_correct = false;
    totals = task_totals(trials);
    EXPECT_EQ(totals.n_trials, 4);
    EXPECT_EQ(totals.n_correct, 3);
    EXPECT_DOUBLE_EQ(totals.water_ul, 9.0);
    for (auto& trial : trials) trial.is_correct.reset();
    EXPECT_DOUBLE_EQ(task_totals(trials).water_ul, 12.0);
    // A last trial that ends after six hours was not closed: the one before counts.
    trials[3].end_s = 30'000.0;
    EXPECT_NEAR(task_totals(trials).duration_s, 10.0 + 4.9, 0.02);
}

}  // namespace
}  // namespace tb::rig
