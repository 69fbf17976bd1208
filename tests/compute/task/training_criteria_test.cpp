#include "compute/task/training_criteria.hpp"

#include "compute/task/status_fits.hpp"
#include "tests/compute/task/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using enum TrainingStatus;

/// Passes everything.
TrainingMetrics excellent() {
    TrainingMetrics metrics;
    metrics.all = {1.0, 12.0, 0.05, 0.05};
    metrics.block_20 = {-8.0, 12.0, 0.05, 0.05};
    metrics.block_80 = {3.0, 12.0, 0.05, 0.05};
    metrics.has_zero_contrast = true;
    metrics.n_trials = metrics.ephys_n_trials = {500, 600, 401};
    metrics.performance_easy = metrics.ephys_performance_easy = {0.95, 0.91, 0.99};
    metrics.median_response_time_zero_s = 1.0;
    metrics.n_ephys = 3;
    metrics.n_delay = 1;
    return metrics;
}

TEST(TrainingCriteria, AreStrictAtTheirLimits) {
    TrainingMetrics metrics = excellent();
    EXPECT_TRUE(is_all_passed(trained_1b_checks(metrics)));
    metrics.n_trials = {500, 600, 400};
    EXPECT_FALSE(is_all_passed(trained_1b_checks(metrics)));
    EXPECT_TRUE(is_all_passed(trained_1a_checks(metrics)));
    metrics = excellent();
    metrics.all.bias_percent = -10.0;
    EXPECT_FALSE(is_all_passed(trained_1b_checks(metrics)));
    EXPECT_TRUE(is_all_passed(trained_1a_checks(metrics)));
    metrics.all.threshold_percent = 19.0;
    EXPECT_FALSE(is_all_passed(trained_1a_checks(metrics)));
    metrics = excellent();
    metrics.block_80.bias_percent = -3.0;
    EXPECT_FALSE(is_all_passed(ready4ephysrig_checks(metrics))) << "a shift of 5 is not above 5";
}

// known_troubles.md, section 2, row 15.
TEST(TrainingCriteria, PassLapsesOfZeroAndFailAPerformanceOfZero) {
    TrainingMetrics metrics = excellent();
    for (auto* fit : {&metrics.all, &metrics.block_20, &metrics.block_80})
        fit->lapse_low = fit->lapse_high = 0.0;
    EXPECT_TRUE(is_all_passed(trained_1a_checks(metrics)));
    EXPECT_TRUE(is_all_passed(trained_1b_checks(metrics)));
    EXPECT_TRUE(is_all_passed(ready4ephysrig_checks(metrics)));
    metrics.performance_easy[0] = 0.0;
    EXPECT_FALSE(is_all_passed(trained_1a_checks(metrics)));
}

TEST(TrainingCriteria, FailOnMissingNumbers) {
    TrainingMetrics metrics = excellent();
    metrics.median_response_time_zero_s = nan;
    EXPECT_FALSE(is_all_passed(trained_1b_checks(metrics)));
    EXPECT_TRUE(is_all_passed(trained_1a_checks(metrics))) << "1a does not look at reaction times";
    metrics = excellent();
    metrics.performance_easy[1] = nan;
    EXPECT_FALSE(is_all_passed(trained_1a_checks(metrics)));
    metrics = excellent();
    metrics.block_20 = {};
    EXPECT_FALSE(is_all_passed(ready4ephysrig_checks(metrics)));
}

TEST(TrainingCriteria, DelayAsksAnyOfTheEphysDays) {
    TrainingMetrics metrics = excellent();
    metrics.ephys_n_trials = {100, 401};
    metrics.ephys_performance_easy = {0.91, 0.2};
    EXPECT_TRUE(is_all_passed(ready4delay_checks(metrics)));
    metrics.ephys_n_trials = {100, 400};
    EXPECT_FALSE(is_all_passed(ready4delay_checks(metrics)));
    metrics = excellent();
    metrics.n_ephys = 0;
    metrics.ephys_n_trials.clear();
    metrics.ephys_performance_easy.clear();
    EXPECT_FALSE(is_all_passed(ready4delay_checks(metrics)));
}

TEST(JudgeTraining, FollowsTheTableOfTheSpec) {
    using enum Protocol;
    const std::vector all_training = {training, training, training};
    const std::vector mixed = {biased, training, training};
    const std::vector blocked = {biased, ephys, biased};
    TrainingMetrics metrics = excellent();
    EXPECT_EQ(judge_training(metrics, all_training).status, trained_1b);
    EXPECT_EQ(judge_training(metrics, all_training).next, ready4ephysrig);
    EXPECT_EQ(judge_training(metrics, mixed).status, trained_1b);
    EXPECT_EQ(judge_training(metrics, blocked).status, ready4recording);
    metrics.n_delay = 0;
    EXPECT_EQ(judge_training(metrics, blocked).status, ready4delay);
    EXPECT_EQ(judge_training(metrics, blocked).next, ready4recording);
    metrics.n_ephys = 0;
    metrics.ephys_n_trials.clear();
    metrics.ephys_performance_easy.clear();
    EXPECT_EQ(judge_training(metrics, blocked).status, ready4ephysrig);
    metrics.block_80.lapse_low = 0.1;
    EXPECT_EQ(judge_training(metrics, blocked).status, trained_1b);
    metrics.all.lapse_low = 0.15;
    const TrainingVerdict verdict = judge_training(metrics, all_training);
    EXPECT_EQ(verdict.status, trained_1a);
    EXPECT_EQ(verdict.next, trained_1b);
    ASSERT_EQ(verdict.checks.size(), 8u);
    EXPECT_EQ(verdict.checks[1].name, "LapseLow_50");
    EXPECT_FALSE(verdict.checks[1].is_passed);
    EXPECT_EQ(verdict.checks[6].name, "Perf_tasy");
    metrics.all.lapse_low = 0.2;
    EXPECT_EQ(judge_training(metrics, all_training).status, in_training);
    EXPECT_EQ(judge_training(metrics, all_training).checks.size(), 7u);
}

TEST(JudgeTraining, RefusesNoDaysAndHabituation) {
    EXPECT_THROW((void)judge_training(excellent(), {}), Error);
    EXPECT_THROW((void)judge_training(excellent(), std::vector{Protocol::habituation}), Error);
}

TEST(TrainingStatusText, IsThatOfTheLookupTable) {
    EXPECT_EQ(to_string(in_training), "in training");
    EXPECT_EQ(to_string(trained_1a), "trained 1a");
    EXPECT_EQ(to_string(ready4recording), "ready4recording");
    EXPECT_LT(untrainable, unbiasable);
    EXPECT_LT(trained_1b, ready4ephysrig);
}

// Statuses that the library's own tests expect (data/SOURCES.md, "Training status of SWC_054").
TEST(TrainingMetrics, GiveTheLibrarysStatusesOnRealDays) {
    TB_NEED_SHARED(shared);
    using enum Protocol;
    const auto status = [&](const std::vector<std::pair<std::string, Protocol>>& list) {
        std::vector<TrialTally> trials;
        for (const auto& [date, protocol] : list) {
            trials.emplace_back(testing::read_alf_session(
                shared / "data/ibl_swc054_training/SWC_054" / ("2020-" + date) / "001/alf"));
        }
        std::vector<TrainingDay> days;
        std::vector<Protocol> protocols;
        for (std::size_t i = 0; i < list.size(); ++i) {
            days.push_back({list[i].second, false, false, &trials[i]});
            protocols.push_back(list[i].second);
        }
        StatusFits fits;
        return judge_training(training_metrics(days, fits), protocols).status;
    };
    EXPECT_EQ(status({{"08-27", training}, {"08-26", training}, {"08-25", training}}), trained_1b);
    EXPECT_EQ(status({{"08-26", training}, {"08-25", training}, {"08-24", training}}), trained_1a);
    EXPECT_EQ(status({{"08-31", biased}, {"08-28", biased}, {"08-27", training}}), trained_1b);
    EXPECT_EQ(status({{"09-01", biased}, {"08-31", biased}, {"08-28", biased}}), ready4ephysrig);
}

}  // namespace
}  // namespace tb::compute::task
