#include "compute/task/daily_summary.hpp"

#include "tests/compute/task/support.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using testing::HandRows;
using testing::level;
using testing::number;
using testing::trials_from;

DaySession session(std::string_view protocol, const Trials& trials) {
    return day_session(protocol, trials);
}

TEST(DayBlocks, AreOneOfAllTrialsWithoutBlockSessions) {
    // De-biasing of training writes other probabilities: they are no blocks.
    Trials trials = level(0.5, 3, 2, 0.5);
    trials.append(level(-0.5, 2, 0, 0.2));
    const auto blocks = day_blocks(std::vector{session("trainingChoiceWorld6.4.2", trials),
                                               session("", level(0.25, 1, 1, nan))});
    ASSERT_EQ(blocks.size(), 1u);
    EXPECT_EQ(blocks[0].block, 50);
    EXPECT_DOUBLE_EQ(blocks[0].probability_left, 0.5);
    EXPECT_EQ(blocks[0].trials.size(), 6u);
}

TEST(DayBlocks, TakeTheTrainingTrialsIntoTheBlockOfOneHalf) {
    Trials biased = level(0.5, 4, 3, 0.5);
    biased.append(level(0.5, 2, 2, 0.2));
    biased.append(level(0.5, 1, 1, 0.8));
    Trials training = level(-0.5, 5, 1, 0.5);
    training.append(level(-0.5, 1, 1, 0.2));  // de-biasing: not of the block 0.2
    const auto blocks =
        day_blocks(std::vector{session("_iblrig_tasks_biasedChoiceWorld6.4.2", biased),
                               session("_iblrig_tasks_trainingChoiceWorld6.4.2", training)});
    ASSERT_EQ(blocks.size(), 3u);
    EXPECT_EQ(blocks[0].block, 20);
    EXPECT_EQ(blocks[0].trials.size(), 2u);
    EXPECT_EQ(blocks[1].block, 50);
    EXPECT_EQ(blocks[1].trials.size(), 10u);
    EXPECT_EQ(blocks[2].block, 80);
    EXPECT_EQ(blocks[2].trials.size(), 1u);
}

TEST(DayBlocks, TakeTrialsOfOtherSessionsWithTheSameProbabilityWithoutTraining) {
    Trials ephys = level(0.5, 4, 3, 0.5);
    ephys.append(level(0.5, 2, 2, 0.2));
    const auto blocks =
        day_blocks(std::vector{session("ephysChoiceWorld", ephys),
                               session("habituationChoiceWorld", level(0, 3, 1, 0.5))});
    ASSERT_EQ(blocks.size(), 2u);
    EXPECT_EQ(blocks[0].block, 20);
    EXPECT_EQ(blocks[1].block, 50);
    EXPECT_EQ(blocks[1].trials.size(), 7u);
}

TEST(DailySummary, PoolsTheSessionsOfADate) {
    // 12 trials by the sources, of which 2 were not stored and one of these was correct.
    const Trials first = trials_from({{.contrast = 1.0, .choice = -1.0, .reaction_s = 1.0},
                                      {.contrast = -1.0, .choice = -1.0, .reaction_s = 2.0},
                                      {.contrast = 0.0, .choice = 1.0, .reaction_s = 3.0},
                                      {.contrast = 0.25, .choice = -1.0, .reaction_s = 4.0}});
    Trials second = trials_from({{.contrast = 0.5, .choice = 0.0, .reaction_s = 60.0},
                                 {.contrast = 0.25, .choice = -1.0, .reaction_s = nan}});
    Trials all = first;
    all.append(second);
    HandRows sessions;
    sessions.integers("session_no", {1, 2})
        .texts("task_protocol", {"trainingChoiceWorld", std::nullopt})
        .integers("n_trials", {6, 2})
        .integers("n_correct", {3, 1});
    HandRows trials;
    trials.trials(all).integers("session_no", {1, 1, 1, 1, 2, 2});
    const Output output = testing::run(daily_summary_table(), "subject_id=s,date=2020-01-01",
                                       {{"sessions", &sessions}, {"trials", &trials}});
    ASSERT_TRUE(output.master_row.has_value());
    const Row& row = *output.master_row;
    EXPECT_EQ(number(row, "n_sessions"), 2);
    EXPECT_EQ(number(row, "n_trials"), 8);
    EXPECT_EQ(number(row, "n_trials_stored"), 6);
    EXPECT_EQ(number(row, "n_correct"), 4);
    EXPECT_DOUBLE_EQ(number(row, "performance"), 0.5);
    EXPECT_EQ(number(row, "n_easy"), 3);
    EXPECT_DOUBLE_EQ(number(row, "performance_easy"), 1.0 / 3.0);  // no response is an error
    EXPECT_EQ(number(row, "n_reaction_times"), 5);
    EXPECT_DOUBLE_EQ(number(row, "median_reaction_time_s"), 3.0);  // no response counts
    ASSERT_EQ(output.part_rows.at("daily_psychometric").size(), 1u);
    const auto& points = output.part_rows.at("daily_point");
    ASSERT_EQ(points.size(), 5u);  // -1, 0, 0.25, 0.5, 1
    EXPECT_DOUBLE_EQ(number(points[2], "signed_contrast"), 0.25);
    EXPECT_EQ(number(points[2], "n_trials"), 2);
    EXPECT_EQ(number(points[2], "n_rightward"), 2);
    EXPECT_EQ(number(points[2], "n_reaction_times"), 1);
    EXPECT_DOUBLE_EQ(number(points[2], "median_reaction_time_s"), 4.0);
}

TEST(DailySummary, HasNothingToComputeWithoutTrials) {
    HandRows sessions;
    sessions.integers("session_no", {1})
        .texts("task_protocol", {"trainingChoiceWorld"})
        .integers("n_trials", {6})
        .integers("n_correct", {3});
    HandRows trials;
    trials.trials({}).integers("session_no", {});
    const Output output = testing::run(daily_summary_table(), "subject_id=s,date=2020-01-01",
                                       {{"sessions", &sessions}, {"trials", &trials}});
    EXPECT_EQ(output.settled_reason, "the date has no trial");
}

}  // namespace
}  // namespace tb::compute::task
