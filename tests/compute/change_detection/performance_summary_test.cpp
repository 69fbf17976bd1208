#include "compute/change_detection/performance_summary.hpp"

#include "tests/compute/change_detection/support.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::change_detection {
namespace {

using testing::HandTrial;
using testing::Kind;
using enum MissingReason;

PerformanceSummary summary_of(const std::vector<HandTrial>& list) {
    return performance_summary(testing::trials_from(list), {});
}

void append(std::vector<HandTrial>& list, const std::vector<HandTrial>& more) {
    list.insert(list.end(), more.begin(), more.end());
}

// spec/change_detection.md, section 13: an OPHYS_4_images_A session (data/allen_vbo).
TEST(PerformanceSummary, OfARealSessionIsThatOfThePublishedSoftware) {
    TB_NEED_SHARED(shared);
    const ChangeTrials trials = testing::read_trials(shared / "data/allen_vbo/trials.csv");
    const ChangeRewards rewards = testing::read_rewards(shared / "data/allen_vbo/rewards.csv");
    const PerformanceSummary summary = performance_summary(trials, rewards);
    EXPECT_EQ(summary.trial_count, 468u);
    EXPECT_EQ(summary.go_trial_count, 330u);
    EXPECT_EQ(summary.catch_trial_count, 48u);
    EXPECT_EQ(summary.hit_trial_count, 80u);
    EXPECT_EQ(summary.miss_trial_count, 250u);
    EXPECT_EQ(summary.false_alarm_trial_count, 1u);
    EXPECT_EQ(summary.correct_reject_trial_count, 47u);
    EXPECT_EQ(summary.aborted_trial_count, 468u - 330 - 48 - 5);
    EXPECT_EQ(summary.auto_reward_count, 5u);
    EXPECT_EQ(summary.total_reward_count, 85u);
    EXPECT_NEAR(summary.total_reward_volume_ml, 0.585, 1e-12);
    EXPECT_NEAR(summary.maximum_reward_rate_per_min, 3.342181425393434, 1e-9);
    EXPECT_EQ(summary.engaged_trial_count, 116u);
    EXPECT_NEAR(summary.mean_hit_rate, 0.2794232766429797, 1e-9);
    EXPECT_NEAR(summary.mean_d_prime, 0.9413658690852447, 1e-9);
    EXPECT_NEAR(summary.max_d_prime, 1.5839580108992641, 1e-9) << "the maximum, not the mean";
    EXPECT_NEAR(summary.max_d_prime_engaged, 1.5765261469995815, 1e-9);
    EXPECT_EQ(summary.d_prime_reason, none);
    EXPECT_EQ(summary.d_prime_engaged_reason, none);
    EXPECT_EQ(summary.reference_max_d_prime, summary.max_d_prime);
    EXPECT_EQ(
        performance_summary(trials, rewards, {.engaged_rate_per_min = 1.0}).engaged_trial_count,
        402u);
}

// The seed's session 845572044: 516 trials, 117 rewards of 0.809 mL.
TEST(PerformanceSummary, CountsAndVolumesOfASessionOfTheSeedAgree) {
    auto list = testing::repeated(Kind::auto_rewarded, 5, 0, {0.4});
    append(list, testing::repeated(Kind::hit, 112, 50, {0.4}));
    append(list, testing::repeated(Kind::miss, 173, 1170));
    append(list, testing::repeated(Kind::false_alarm, 4, 2900, {0.4}));
    append(list, testing::repeated(Kind::correct_reject, 37, 2940));
    append(list, testing::repeated(Kind::aborted, 185, 3310));
    ChangeRewards rewards;
    rewards.volume_ml.assign(5, 0.005);
    rewards.volume_ml.insert(rewards.volume_ml.end(), 112, 0.007);
    const PerformanceSummary summary = performance_summary(testing::trials_from(list), rewards);
    EXPECT_EQ(summary.trial_count, 516u);
    EXPECT_EQ(summary.go_trial_count, 285u);
    EXPECT_EQ(summary.catch_trial_count, 41u);
    EXPECT_EQ(summary.aborted_trial_count, 185u);
    EXPECT_EQ(summary.earned_reward_count, 112u);
    EXPECT_EQ(summary.total_reward_count, 117u);
    EXPECT_NEAR(summary.total_reward_volume_ml, 0.8090000000000003, 1e-12);
}

// The seed's first session of mouse 445002: automatic rewards alone, yet engaged trials.
TEST(PerformanceSummary, OfAutomaticRewardsHasRewardRatesButNoRates) {
    const PerformanceSummary summary =
        summary_of(testing::repeated(Kind::auto_rewarded, 40, 0, {0.4}));
    EXPECT_EQ(summary.auto_reward_count, 40u);
    EXPECT_EQ(summary.engaged_trial_count, 30u) << "all from the 11th on, at 6 a minute";
    EXPECT_TRUE(std::isnan(summary.mean_hit_rate));
    EXPECT_TRUE(std::isnan(summary.mean_d_prime));
    EXPECT_TRUE(std::isnan(summary.max_d_prime));
    EXPECT_EQ(summary.hit_rate_reason, no_go_trials);
    EXPECT_EQ(summary.false_alarm_rate_reason, no_catch_trials);
    EXPECT_EQ(summary.d_prime_reason, no_go_trials);
    EXPECT_EQ(summary.reward_rate_reason, none);
}

TEST(PerformanceSummary, WithoutCatchTrialsHasAHitRateButNoDPrime) {
    const PerformanceSummary summary = summary_of(testing::repeated(Kind::hit, 12, 0, {0.4}));
    EXPECT_FALSE(std::isnan(summary.mean_hit_rate));
    EXPECT_EQ(summary.hit_rate_reason, none);
    EXPECT_TRUE(std::isnan(summary.mean_false_alarm_rate));
    EXPECT_EQ(summary.false_alarm_rate_reason, no_catch_trials);
    EXPECT_EQ(summary.d_prime_reason, no_catch_trials);
    EXPECT_EQ(summary.d_prime_engaged_reason, no_catch_trials);
}

TEST(PerformanceSummary, OfPassiveSessionsKeepsTheCountsAndSaysWhyDPrimeIsMissing) {
    auto list = testing::repeated(Kind::miss, 20, 0);
    append(list, testing::repeated(Kind::correct_reject, 5, 200));
    const PerformanceSummary summary = summary_of(list);
    EXPECT_TRUE(summary.is_passive);
    EXPECT_EQ(summary.go_trial_count, 20u);
    EXPECT_EQ(summary.catch_trial_count, 5u);
    EXPECT_TRUE(std::isnan(summary.mean_d_prime));
    EXPECT_EQ(summary.d_prime_reason, passive);
    EXPECT_EQ(summary.d_prime_engaged_reason, passive);
    EXPECT_EQ(summary.reference_mean_d_prime, 0.0);
    EXPECT_EQ(summary.reference_max_d_prime, 0.0);
    EXPECT_TRUE(std::isnan(summary.reference_max_d_prime_engaged)) << "no trial is engaged";
    EXPECT_EQ(summary.maximum_reward_rate_per_min, 0.0);
}

TEST(PerformanceSummary, OfTenTrialsHasNoRewardRate) {
    auto list = testing::repeated(Kind::hit, 5, 0, {0.4});
    append(list, testing::repeated(Kind::false_alarm, 5, 50, {0.4}));
    const PerformanceSummary summary = summary_of(list);
    EXPECT_TRUE(std::isnan(summary.maximum_reward_rate_per_min));
    EXPECT_EQ(summary.reward_rate_reason, too_few_trials);
    EXPECT_EQ(summary.engaged_trial_count, 0u);
    EXPECT_EQ(summary.d_prime_reason, none);
    EXPECT_TRUE(std::isnan(summary.mean_d_prime_engaged));
    EXPECT_EQ(summary.d_prime_engaged_reason, no_engaged_trials);
    EXPECT_EQ(to_string(summary.d_prime_engaged_reason), "no_engaged_trials");
}

TEST(PerformanceSummary, OfNoTrialIsMissingForThatReason) {
    const PerformanceSummary summary = summary_of({});
    EXPECT_EQ(summary.trial_count, 0u);
    EXPECT_EQ(summary.total_reward_volume_ml, 0.0);
    EXPECT_TRUE(std::isnan(summary.mean_hit_rate));
    EXPECT_EQ(summary.hit_rate_reason, no_trials);
    EXPECT_EQ(summary.reward_rate_reason, no_trials);
    EXPECT_FALSE(summary.is_passive);
}

}  // namespace
}  // namespace tb::compute::change_detection
