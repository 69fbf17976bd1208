#include "compute/task/session_performance.hpp"

#include "tests/compute/task/support.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using testing::number;
using testing::text;

// 7 trials: 2 of 3 easy ones to the right side, one of them without response; zero contrast
// rewarded once of two.
Trials seven_trials() {
    return testing::trials_from({{1.0, -1.0, 1.0, 0.2},
                                 {-1.0, 1.0, 1.0, 0.4},
                                 {0.5, 0.0, -1.0, 60.0},
                                 {0.0, -1.0, 1.0, 1.0},
                                 {0.0, 1.0, -1.0, nan},
                                 {-0.125, -1.0, -1.0, 0.8},
                                 {0.0625, -1.0, 1.0, 0.6}});
}

TEST(SessionPerformance, CountsAndSharesAreThoseWorkedByHand) {
    const SessionPerformance result = session_performance(seven_trials());
    EXPECT_EQ(result.n_trials, 7u);
    EXPECT_EQ(result.n_correct, 3u) << "zero contrast never counts";
    EXPECT_EQ(result.n_rewarded, 4u);
    EXPECT_EQ(result.n_nogo, 1u);
    EXPECT_EQ(result.n_easy, 3u);
    EXPECT_DOUBLE_EQ(result.performance, 3.0 / 7.0);
    EXPECT_DOUBLE_EQ(result.performance_easy, 2.0 / 3.0) << "no response is an error";
    EXPECT_DOUBLE_EQ(result.fraction_correct, 4.0 / 6.0);
    EXPECT_DOUBLE_EQ(result.fraction_correct_easy, 1.0);
    EXPECT_DOUBLE_EQ(result.fraction_correct_nonzero, 3.0 / 4.0);
    EXPECT_DOUBLE_EQ(result.nogo_fraction, 1.0 / 7.0);
    // 0.2, 0.4, 0.6, 0.8, 1.0 of the trials with response; times are differences of larger numbers
    EXPECT_NEAR(result.median_response_time_s, 0.6, 1e-12);
    EXPECT_NEAR(result.median_response_time_zero_s, 1.0, 1e-12);
}

TEST(SessionPerformance, EasyPerformanceStaysZeroAndIsMissingOnlyWithoutEasyTrials) {
    EXPECT_DOUBLE_EQ(session_performance(testing::level(1.0, 4, 0)).performance_easy, 0.0);
    EXPECT_TRUE(std::isnan(session_performance(testing::level(0.25, 4, 4)).performance_easy));
}

// known_troubles.md, section 2, row 16.
TEST(SessionPerformance, TakesHalfContrastAsEasyInTheFullTaskToo) {
    Trials trials = testing::level(1.0, 4, 4, 0.2);
    trials.append(testing::level(0.5, 4, 2, 0.2));
    trials.append(testing::level(-0.5, 2, 0, 0.8));
    trials.append(testing::level(0.25, 4, 0, 0.8));
    const SessionPerformance result = session_performance(trials);
    EXPECT_EQ(result.n_easy, 10U);
    EXPECT_DOUBLE_EQ(result.performance_easy, 0.8);
}

TEST(SessionPerformance, OfNoTrialIsMissing) {
    const SessionPerformance result = session_performance({});
    EXPECT_EQ(result.n_trials, 0u);
    EXPECT_TRUE(std::isnan(result.performance));
    EXPECT_TRUE(std::isnan(result.nogo_fraction));
    EXPECT_TRUE(std::isnan(result.median_response_time_s));
}

TEST(ContrastCounts, MergeBothZeroSidesAndCountPerContrast) {
    Trials trials = seven_trials();
    trials.signed_contrast[4] = -0.0;
    const std::vector<ContrastCounts> counts = contrast_counts(trials);
    ASSERT_EQ(counts.size(), 6u);
    EXPECT_DOUBLE_EQ(counts[0].signed_contrast, -1.0);
    const ContrastCounts& zero = counts[2];
    EXPECT_EQ(zero.n_trials, 2u);
    EXPECT_EQ(zero.n_correct, 0u);
    EXPECT_EQ(zero.n_rewarded, 1u);
    EXPECT_EQ(zero.n_rightward, 1u);
    EXPECT_EQ(counts[4].n_nogo, 1u);
}

TEST(ContrastCounts, AreEmptyWhenNoContrastIsRecorded) {
    Trials trials = seven_trials();
    std::ranges::fill(trials.signed_contrast, nan);
    EXPECT_TRUE(contrast_counts(trials).empty());
    trials.signed_contrast[0] = 1.0;
    ASSERT_EQ(contrast_counts(trials).size(), 1u) << "trials without contrast are in none";
    EXPECT_EQ(contrast_counts(trials)[0].n_trials, 1u);
}

TEST(SessionPerformance, LeavesTrialsWithoutContrastOutOfWhatAsksForOne) {
    Trials trials = seven_trials();
    const SessionPerformance whole = session_performance(trials);
    Trials lost = testing::level(-0.25, 10, 0);
    std::ranges::fill(lost.signed_contrast, nan);
    trials.append(lost);
    const SessionPerformance result = session_performance(trials);
    EXPECT_EQ(result.n_trials, 17u);
    EXPECT_EQ(result.n_without_contrast, 10u);
    EXPECT_EQ(result.n_correct, whole.n_correct);
    EXPECT_DOUBLE_EQ(result.performance, whole.performance);
    EXPECT_DOUBLE_EQ(result.median_response_time_zero_s, whole.median_response_time_zero_s);
    EXPECT_EQ(contrast_counts(trials).size(), contrast_counts(seven_trials()).size());
}

TEST(SessionPerformanceTable, HasNoPerformanceWithoutContrasts) {
    Trials trials = seven_trials();
    std::ranges::fill(trials.signed_contrast, nan);
    testing::HandRows rows;
    rows.trials(trials);
    testing::HandRows session;
    session.integers("n_trials", {7}).integers("n_correct", {0});
    const Output output = testing::run(session_performance_table(), "session_id=x",
                                       {{"trials", &rows}, {"session", &session}});
    ASSERT_TRUE(output.master_row);
    EXPECT_EQ(testing::number(*output.master_row, "n_without_contrast"), 7.0);
    for (const char* column :
         {"performance", "performance_easy", "n_correct", "median_response_time_zero_s"}) {
        EXPECT_TRUE(std::isnan(testing::number(*output.master_row, column))) << column;
    }
    EXPECT_FALSE(output.part_rows.contains("contrast_performance"));
}

TEST(SessionPerformance, LeavesTrialsWithoutFeedbackOutOfTheSharesOfRewards) {
    Trials trials = seven_trials();
    const SessionPerformance whole = session_performance(trials);
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        if (trials.feedback_type[trial] == -1.0) trials.feedback_type[trial] = nan;
    }
    const SessionPerformance rewarded = session_performance(trials);
    EXPECT_DOUBLE_EQ(rewarded.fraction_correct, 1.0);
    EXPECT_EQ(rewarded.performance, whole.performance) << "judged by the side of the report";
    std::ranges::fill(trials.feedback_type, nan);
    const SessionPerformance none = session_performance(trials);
    EXPECT_TRUE(std::isnan(none.fraction_correct));
    EXPECT_TRUE(std::isnan(none.fraction_correct_easy));
    EXPECT_TRUE(std::isnan(none.fraction_correct_nonzero));
    EXPECT_TRUE(std::isnan(performance_easy_rewarded(trials)));
    EXPECT_EQ(none.performance, whole.performance);
}

TEST(SessionPerformanceTable, WithoutFeedbackAndProbabilitiesTellsNoRewardsAndNoProtocol) {
    Trials trials = seven_trials();
    std::ranges::fill(trials.feedback_type, nan);
    std::ranges::fill(trials.probability_left, nan);
    testing::HandRows rows;
    rows.trials(trials);
    testing::HandRows session;
    session.integers("n_trials", {7}).integers("n_correct", {3});
    const Output output = testing::run(session_performance_table(), "session_id=x",
                                       {{"trials", &rows}, {"session", &session}});
    ASSERT_TRUE(output.master_row);
    for (const char* column : {"n_rewarded", "fraction_correct", "fraction_correct_easy",
                               "n_blocks", "min_block_length", "is_block_structure_flagged"}) {
        EXPECT_TRUE(std::isnan(testing::number(*output.master_row, column))) << column;
    }
    EXPECT_DOUBLE_EQ(testing::number(*output.master_row, "performance"), 3.0 / 7.0);
}

// Fractions published with the data (SOURCES.md, "Training status of SWC_054").
TEST(PerformanceEasyRewarded, IsThatOfTheLibraryOnRealSessions) {
    TB_NEED_SHARED(shared);
    const auto folder = shared / "data/ibl_swc054_training/SWC_054";
    EXPECT_NEAR(performance_easy_rewarded(testing::read_alf_session(folder / "2020-08-25/001/alf")),
                0.91489362, 1e-8);
    EXPECT_NEAR(performance_easy_rewarded(testing::read_alf_session(folder / "2020-08-24/001/alf")),
                0.9, 1e-12);
}

TEST(SessionPerformanceTable, TakesTheSourcesCountsAndWritesARowPerContrast) {
    testing::HandRows trials;
    trials.trials(seven_trials());
    testing::HandRows session;
    session.integers("n_trials", {9}).integers("n_correct", {3});
    const Output output = testing::run(session_performance_table(), "session_id=x",
                                       {{"trials", &trials}, {"session", &session}});
    ASSERT_TRUE(output.master_row);
    const Row& master = *output.master_row;
    EXPECT_EQ(number(master, "n_trials"), 9.0);
    EXPECT_DOUBLE_EQ(number(master, "performance"), 3.0 / 9.0);
    EXPECT_EQ(number(master, "n_contrasts"), 6.0);
    EXPECT_DOUBLE_EQ(number(master, "smallest_contrast"), 0.0625);
    EXPECT_DOUBLE_EQ(number(master, "largest_contrast"), 1.0);
    EXPECT_EQ(number(master, "has_zero_contrast"), 1.0);
    EXPECT_EQ(number(master, "n_blocks"), 1.0);
    EXPECT_EQ(number(master, "is_block_structure_flagged"), 1.0);
    EXPECT_EQ(text(master, "inferred_protocol"), "training");
    EXPECT_EQ(output.part_rows.at("contrast_performance").size(), 6u);
    EXPECT_FALSE(output.settled_reason);
}

TEST(SessionPerformanceTable, HasNothingToComputeWithoutTrials) {
    testing::HandRows trials;
    trials.trials({});
    testing::HandRows session;
    session.integers("n_trials", {0}).integers("n_correct", {std::nullopt});
    const Output output = testing::run(session_performance_table(), "session_id=x",
                                       {{"trials", &trials}, {"session", &session}});
    EXPECT_FALSE(output.master_row);
    EXPECT_EQ(output.settled_reason, "the session has no trial");
}

}  // namespace
}  // namespace tb::compute::task
