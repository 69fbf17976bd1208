#include "compute/task/trial_tally.hpp"

#include "compute/task/session_performance.hpp"
#include "tests/compute/task/support.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using testing::HandRows;
using testing::number;
using testing::text;

Trials some_trials() {
    return testing::trials_from({{-1.0, 1, 1, 0.3, 0.8},
                                 {-1.0, 0, -1, nan, 0.8},
                                 {0.0, -1, 1, 0.7, 0.8},
                                 {-0.0, 1, -1, 0.2, 0.2},
                                 {0.5, -1, 1, 0.4, 0.2},
                                 {0.5, nan, nan, 0.4, 0.2},
                                 {nan, -1, 1, 9.0, 0.5},
                                 {0.25, -1, 1, 0.6, nan}});
}

TEST(TrialTally, TellsWhatTheTrialsTell) {
    const Trials trials = some_trials();
    const TrialTally tally = trials;
    EXPECT_EQ(tally.size(), trials.size());
    EXPECT_EQ(tally.cells.size(), 6u);
    EXPECT_EQ(tally.performance_easy(), session_performance(trials).performance_easy);
    EXPECT_EQ(tally.performance_easy_rewarded(), performance_easy_rewarded(trials));
    ASSERT_EQ(tally.response_times_zero_s.size(), 2u);
    EXPECT_NEAR(tally.response_times_zero_s[0], 0.7, 1e-12);
    EXPECT_NEAR(tally.response_times_zero_s[1], 0.2, 1e-12);
    EXPECT_NEAR(tally.median_response_time_s, 0.4, 1e-12);
    for (const double probability : {0.2, 0.5, 0.8}) {
        const Trials block = trials.of_block(probability);
        const PsychometricPoints want = points_of(block.signed_contrast, block.choice);
        const PsychometricPoints got = tally.of_block(probability).points();
        EXPECT_EQ(got.x, want.x);
        EXPECT_EQ(got.n, want.n);
        EXPECT_EQ(got.n_right, want.n_right);
        EXPECT_EQ(got.p, want.p);
        EXPECT_TRUE(tally.has_probability(probability, 1e-3));
    }
    EXPECT_FALSE(tally.has_probability(0.7, 1e-3));
    EXPECT_TRUE(tally.has_contrast_within(0.0, 1e-3));
    EXPECT_FALSE(tally.has_contrast_within(1e-3, 0.2));
}

TEST(TrialTally, AddsSessionsAsTheirTrials) {
    Trials both = some_trials();
    both.append(testing::level(0.5, 20, 15, 0.2));
    TrialTally tally = some_trials();
    tally.append(testing::level(0.5, 20, 15, 0.2));
    const PsychometricPoints want = points_of(both.signed_contrast, both.choice);
    EXPECT_EQ(tally.points().x, want.x);
    EXPECT_EQ(tally.points().n, want.n);
    EXPECT_EQ(tally.points().p, want.p);
    EXPECT_TRUE(std::isnan(tally.median_response_time_s));
}

TEST(TrialTallyTable, WritesARowPerContrastAndBlock) {
    HandRows rows;
    rows.trials(some_trials());
    const Output output = testing::run(trial_tally_table(), "session_id=a", {{"trials", &rows}});
    EXPECT_EQ(number(*output.master_row, "n_trials"), 8.0);
    EXPECT_EQ(text(*output.master_row, "inferred_protocol"), "training");
    const auto& cells = output.part_rows.at("trial_tally_cell");
    ASSERT_EQ(cells.size(), 6u);
    EXPECT_EQ(number(cells[1], "signed_contrast"), 0.5);
    EXPECT_EQ(number(cells[1], "n_trials"), 2.0);
    EXPECT_EQ(number(cells[1], "n_rightward"), 1.0);
    EXPECT_TRUE(std::isnan(number(cells[5], "probability_left")));
}

TEST(TrialTallyTable, HasNothingToComputeWithoutContrasts) {
    HandRows none;
    none.trials(Trials());
    EXPECT_EQ(testing::run(trial_tally_table(), "session_id=a", {{"trials", &none}}).settled_reason,
              "the session has no trial");
    HandRows blank;
    blank.trials(testing::trials_from({{nan, 1}}));
    EXPECT_EQ(
        testing::run(trial_tally_table(), "session_id=a", {{"trials", &blank}}).settled_reason,
        "no trial has a contrast");
}

}  // namespace
}  // namespace tb::compute::task
