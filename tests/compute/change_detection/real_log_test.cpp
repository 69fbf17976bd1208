// Performance of a real raw log: behaviour session 891635659, first 300 trials. The numbers are
// those of data/allen_raw_log/log_first_300_trials_facts.json, computed with NumPy from the
// specification.
#include "compute/change_detection/performance_summary.hpp"
#include "ingest/allen/raw_log.hpp"
#include "tests/compute/change_detection/support.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::change_detection {
namespace {

TEST(PerformanceSummary, OfARealLogHasItsFacts) {
    TB_NEED_SHARED(shared);
    const ChangeRecording log =
        allen::read_raw_log(shared / "data/allen_raw_log/log_first_300_trials.json.gz");
    const RollingPerformance rolling =
        rolling_performance(log.trials, log.task_parameters.response_window_s[0]);
    const PerformanceSummary summary = performance_summary(log.trials, log.rewards, rolling);
    EXPECT_EQ(summary.trial_count, 300u);
    EXPECT_EQ(summary.go_trial_count, 14u);
    EXPECT_EQ(summary.catch_trial_count, 3u);
    EXPECT_EQ(summary.hit_trial_count, 12u);
    EXPECT_EQ(summary.miss_trial_count, 2u);
    EXPECT_EQ(summary.false_alarm_trial_count, 1u);
    EXPECT_EQ(summary.correct_reject_trial_count, 2u);
    EXPECT_EQ(summary.auto_reward_count, 5u);
    EXPECT_EQ(summary.aborted_trial_count, 278u);
    EXPECT_EQ(summary.total_reward_count, 17u);
    EXPECT_NEAR(summary.total_reward_volume_ml, 0.109, 1e-12);
    EXPECT_NEAR(summary.maximum_reward_rate_per_min, 1.704545101051245, 1e-9);
    EXPECT_EQ(summary.engaged_trial_count, 0u);
    EXPECT_NEAR(summary.mean_hit_rate, 0.8372904872904874, 1e-9);
    EXPECT_NEAR(summary.mean_hit_rate_uncorrected, 0.8985649970944088, 1e-9);
    EXPECT_TRUE(std::isnan(summary.mean_hit_rate_engaged));
    EXPECT_NEAR(summary.mean_false_alarm_rate, 0.4666666666666666, 1e-9);
    EXPECT_NEAR(summary.mean_false_alarm_rate_uncorrected, 0.3166666666666667, 1e-9);
    EXPECT_NEAR(summary.mean_d_prime, 1.2628101618754481, 1e-9);
    EXPECT_NEAR(summary.max_d_prime, 1.4982978231735988, 1e-9);
    EXPECT_TRUE(std::isnan(summary.max_d_prime_engaged));
    EXPECT_EQ(summary.d_prime_engaged_reason, MissingReason::no_engaged_trials);
    EXPECT_FALSE(summary.is_passive);
    // known_troubles 1.4: two hits whose first lick lies before the window; rates take a later one.
    EXPECT_NEAR(log.trials.response_latency_s[118], -0.004466923491690977, 1e-9);
    EXPECT_GT(rolling.latency_s[118], 0.15);
    EXPECT_LT(rolling.latency_s[118], 0.75);
    EXPECT_NEAR(log.trials.response_latency_s[291], 0.11227455308880963, 1e-9);
    EXPECT_GT(rolling.latency_s[291], 0.15);
}

}  // namespace
}  // namespace tb::compute::change_detection
