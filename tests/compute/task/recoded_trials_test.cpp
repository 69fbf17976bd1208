#include "compute/task/recoded_trials.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

// Two sessions of two trials: right at a half right; none at a left; then left at zero; left at a
// quarter right.
Trials four_trials() {
    Trials trials;
    trials.signed_contrast = {0.5, -1.0, 0.0, 0.25};
    trials.choice = {-1.0, 0.0, 1.0, 1.0};
    trials.feedback_type = {1.0, -1.0, 1.0, -1.0};
    trials.probability_left = {0.5, 0.5, 0.7f, nan};
    trials.stim_on_s = {1.0, 2.0, 3.0, 4.0};
    trials.go_cue_trigger_s = {1.0, 2.0, 3.0, 4.0};
    trials.response_s = {1.5, 62.0, 3.25, 4.125};
    return trials;
}
const std::vector<std::size_t> two_sessions{0, 0, 1, 1};

void expect_same(const std::vector<double>& found, const std::vector<double>& wanted) {
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (std::isnan(wanted[i])) {
            EXPECT_TRUE(std::isnan(found[i])) << i << ": " << found[i];
        } else {
            EXPECT_EQ(found[i], wanted[i]) << i;
        }
    }
}

TEST(RecodedTrials, AreInPercentAndBySide) {
    const RecodedTrials found = recoded_trials(four_trials(), two_sessions);
    expect_same(found.signed_contrast_percent, {50.0, -100.0, 0.0, 25.0});
    expect_same(found.choice, {1.0, 0.0, -1.0, -1.0});
    expect_same(found.correct, {1.0, 0.0, nan, 0.0});
    expect_same(found.choice_right, {1.0, nan, 0.0, 0.0});
    expect_same(found.correct_easy, {1.0, 0.0, nan, nan});
    expect_same(found.probability_left_percent, {50.0, 50.0, 70.0, nan});
    expect_same(found.response_time_s, {0.5, nan, 0.25, 0.125});
    expect_same(found.feedback_type, {1.0, nan, 1.0, -1.0});
}

TEST(RecodedTrials, KnowWhatCameBeforeInTheSession) {
    const RecodedTrials found = recoded_trials(four_trials(), two_sessions);
    expect_same(found.previous_choice, {nan, 1.0, nan, -1.0});
    expect_same(found.previous_outcome, {nan, 1.0, nan, 1.0});
    expect_same(found.previous_contrast_percent, {nan, 50.0, nan, 0.0});
    EXPECT_EQ(found.repeats_choice, (std::vector<bool>{false, false, false, true}));
}

TEST(RecodedTrials, MayLookBackAcrossSessionsAndCutProbabilitiesAsPublished) {
    Trials trials = four_trials();
    trials.choice[1] = 1.0;
    const RecodedTrials found = recoded_trials(
        trials, two_sessions, {.has_history_across_sessions = true, .has_cut_probability = true});
    expect_same(found.previous_choice, {nan, 1.0, -1.0, -1.0});
    expect_same(found.previous_contrast_percent, {nan, 50.0, 100.0, 0.0});
    // 0.7 in single precision is 0.69999999.
    expect_same(found.probability_left_percent, {50.0, 50.0, 69.0, nan});
}

TEST(RecodedTrials, HaveNoAnswerWithoutAContrast) {
    Trials trials = four_trials();
    trials.signed_contrast[0] = nan;
    const RecodedTrials found = recoded_trials(trials, two_sessions);
    EXPECT_TRUE(std::isnan(found.correct[0]));
    EXPECT_TRUE(std::isnan(found.previous_contrast_percent[1]));
}

TEST(RecodedTrials, OfNothingAreNothingAndNeedTheirSessions) {
    EXPECT_EQ(recoded_trials({}, {}).size(), 0u);
    EXPECT_THROW((void)recoded_trials(four_trials(), {}), Error);
}

}  // namespace
}  // namespace tb::compute::task
