#include "compute/task/psychometric_fit.hpp"

#include "tests/compute/task/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using testing::HandRows;
using testing::level;
using testing::number;
using testing::text;

/// The row `status` of schema/contents/task.psychometric_params.csv.
HandRows params_row(std::int64_t min_levels = 1, std::int64_t min_trials = 1,
                    const char* grouping = "no_go_is_not_right") {
    HandRows row;
    row.numbers("start_bias_percent", {nan})
        .numbers("start_threshold_percent", {20.0})
        .numbers("start_lapse_low", {0.05})
        .numbers("start_lapse_high", {0.05})
        .numbers("min_bias_percent", {nan})
        .numbers("max_bias_percent", {nan})
        .numbers("min_threshold_percent", {0.0})
        .numbers("max_threshold_percent", {100.0})
        .numbers("max_lapse_low", {1.0})
        .numbers("max_lapse_high", {1.0})
        .integers("n_starts", {5})
        .integers("min_levels", {min_levels})
        .integers("min_trials", {min_trials})
        .texts("point_grouping", {grouping});
    return row;
}

/// Right reports by contrast as lapses of 0.1 on either side and a bias of 0 give them.
Trials block(double probability_left, int shift) {
    Trials trials;
    int n_right = 10 + shift;
    for (const double contrast : {-1.0, -0.25, -0.125, 0.0, 0.125, 0.25, 1.0}) {
        trials.append(level(contrast, 100, n_right, probability_left));
        n_right = std::min(90, n_right + 14);
    }
    return trials;
}

Output run_fit(const Trials& trials, const char* protocol, const HandRows& params) {
    HandRows rows;
    rows.trials(trials);
    HandRows session;
    session.texts("task_protocol",
                  {protocol == nullptr ? std::nullopt : std::optional<std::string>(protocol)});
    return testing::run(psychometric_fit_table(), "session_id=x,params_id=status",
                        {{"trials", &rows}, {"session", &session}, {"params", &params}});
}

TEST(PsychometricFitTable, PutsAllTrialsOfATrainingSessionIntoBlock50) {
    Trials trials = block(0.5, 0);
    trials.append(level(1.0, 5, 5, 0.3));
    const Output output = run_fit(trials, "_iblrig_tasks_trainingChoiceWorld6.4.2", params_row());
    ASSERT_TRUE(output.master_row);
    const auto& blocks = output.part_rows.at("psychometric_block");
    ASSERT_EQ(blocks.size(), 1u);
    EXPECT_EQ(number(blocks[0], "block"), 50.0);
    EXPECT_EQ(number(blocks[0], "is_all_trials"), 1.0);
    EXPECT_EQ(number(blocks[0], "n_trials"), 705.0);
    for (const char* column : {"bias_percent", "threshold_percent", "lapse_low", "lapse_high",
                               "log_likelihood", "r_squared", "n_trials", "n_levels"}) {
        EXPECT_EQ(number(*output.master_row, column), number(blocks[0], column)) << column;
    }
    EXPECT_TRUE(std::isnan(number(*output.master_row, "bias_shift_percent")));
    EXPECT_EQ(output.part_rows.at("psychometric_point").size(), 7u);
}

TEST(PsychometricFitTable, FitsTheBlocksOfABiasedSessionAndTheirShift) {
    Trials trials = block(0.5, 0);
    trials.append(block(0.2, 6));
    trials.append(block(0.8, -6));
    const Output output = run_fit(trials, "_iblrig_tasks_biasedChoiceWorld5.1.0", params_row());
    const auto& blocks = output.part_rows.at("psychometric_block");
    ASSERT_EQ(blocks.size(), 3u);
    EXPECT_EQ(number(blocks[0], "block"), 20.0);
    EXPECT_DOUBLE_EQ(number(blocks[0], "prob_left"), 0.2);
    EXPECT_EQ(number(blocks[2], "block"), 80.0);
    EXPECT_EQ(number(blocks[1], "is_all_trials"), 0.0);
    // More right reports when the stimulus is mostly right: the bias of 0.2 lies below that of 0.8.
    const double shift = number(blocks[2], "bias_percent") - number(blocks[0], "bias_percent");
    EXPECT_GT(shift, 0.0);
    EXPECT_DOUBLE_EQ(number(*output.master_row, "bias_shift_percent"), shift);
    EXPECT_EQ(text(*output.master_row, "bias_shift_quality"), "good");
    EXPECT_EQ(number(*output.master_row, "n_trials"), 2100.0);
    EXPECT_EQ(output.part_rows.at("psychometric_point").size(), 21u);
}

TEST(PsychometricFitTable, AShiftIsWorthNoMoreThanTheWorseOfItsBlocks) {
    // The animal guesses at probability left 0.8, and the function of all trials is good
    // nevertheless.
    Trials trials = block(0.5, 0);
    trials.append(block(0.2, 6));
    Trials guessed;
    for (const double contrast : {-1.0, -0.25, -0.125, 0.0, 0.125, 0.25, 1.0})
        guessed.append(level(contrast, 10, 5, 0.8));
    trials.append(guessed);
    const Output output = run_fit(trials, "_iblrig_tasks_biasedChoiceWorld5.1.0", params_row());
    const auto& blocks = output.part_rows.at("psychometric_block");
    EXPECT_EQ(text(blocks[0], "fit_quality"), "good");
    ASSERT_NE(text(blocks[2], "fit_quality"), "good");
    EXPECT_EQ(text(*output.master_row, "fit_quality"), "good");
    EXPECT_EQ(text(*output.master_row, "bias_shift_quality"), text(blocks[2], "fit_quality"));
    EXPECT_FALSE(std::isnan(number(*output.master_row, "bias_shift_percent")));

    // One contrast has no parameters, hence no shift; the quality tells why.
    Trials single = block(0.2, 6);
    single.append(level(1.0, 40, 30, 0.8));
    const Output without = run_fit(single, "_iblrig_tasks_biasedChoiceWorld5.1.0", params_row(4));
    EXPECT_TRUE(std::isnan(number(*without.master_row, "bias_shift_percent")));
    EXPECT_EQ(text(*without.master_row, "bias_shift_quality"), "too_few_levels");
}

TEST(PsychometricFitTable, InfersTheBlocksWhereNoProtocolIsRecorded) {
    Trials trials = block(0.5, 0);
    trials.append(block(0.2, 6));
    EXPECT_EQ(run_fit(trials, nullptr, params_row()).part_rows.at("psychometric_block").size(), 2u);
    trials.append(level(1.0, 3, 3, 0.3));
    EXPECT_EQ(run_fit(trials, nullptr, params_row()).part_rows.at("psychometric_block").size(), 1u);
}

TEST(PsychometricFitTable, LeavesSmallBlocksOut) {
    Trials trials = block(0.5, 0);
    trials.append(level(1.0, 9, 9, 0.8));
    const Output output = run_fit(trials, "biased", params_row(1, 10));
    EXPECT_EQ(output.part_rows.at("psychometric_block").size(), 1u);
    EXPECT_TRUE(std::isnan(number(*output.master_row, "bias_shift_percent")));
}

TEST(PsychometricFitTable, KeepsPointsWithoutParametersBelowTheLevelsAskedFor) {
    Trials trials = level(-1.0, 10, 1);
    trials.append(level(1.0, 10, 8));
    const Output output = run_fit(trials, "training", params_row(4));
    ASSERT_TRUE(output.master_row);
    EXPECT_TRUE(std::isnan(number(*output.master_row, "bias_percent")));
    EXPECT_EQ(number(*output.master_row, "n_trials"), 20.0);
    const auto& points = output.part_rows.at("psychometric_point");
    ASSERT_EQ(points.size(), 2u);
    EXPECT_DOUBLE_EQ(number(points[1], "signed_contrast"), 1.0);
    EXPECT_DOUBLE_EQ(number(points[1], "p_rightward"), 0.8);
    EXPECT_EQ(number(points[1], "n_rightward"), 8.0);
    EXPECT_TRUE(std::isnan(number(points[1], "predicted")));
}

TEST(PsychometricFitTable, SaysWhyThereIsNothingToCompute) {
    EXPECT_EQ(run_fit({}, "training", params_row()).settled_reason, "the session has no trial");
    Trials trials = level(1.0, 3, 3);
    std::ranges::fill(trials.signed_contrast, nan);
    EXPECT_EQ(run_fit(trials, "training", params_row()).settled_reason, "no trial has a contrast");
}

TEST(PsychometricParams, RefuseAMissingRowAndAnUnknownGrouping) {
    const HandRows none;
    EXPECT_THROW((void)psychometric_params_of(none.rows(), "k"), Error);
    const HandRows unknown = params_row(1, 1, "by_colour");
    EXPECT_THROW((void)psychometric_params_of(unknown.rows(), "k"), Error);
}

TEST(PsychometricParams, OfTheStatusRowAreTheSpecsConfiguration) {
    const HandRows row = params_row();
    const FitConfiguration got = psychometric_params_of(row.rows(), "k").configuration;
    const FitConfiguration want = fit_configuration("status");
    const PsychometricPoints points = points_from({-100, 0, 50}, {10, 10, 10}, {0.1, 0.4, 0.9});
    const FitBox got_box = fit_box(got, points);
    const FitBox want_box = fit_box(want, points);
    EXPECT_EQ(got_box.start, want_box.start);
    EXPECT_EQ(got_box.min, want_box.min);
    EXPECT_EQ(got_box.max, want_box.max);
    EXPECT_EQ(got.grouping, want.grouping);
}

}  // namespace
}  // namespace tb::compute::task
