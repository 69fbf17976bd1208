#include "compute/change_detection/rolling_performance.hpp"

#include "tests/compute/change_detection/support.hpp"
#include "trialbase/error.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tb::compute::change_detection {
namespace {

using testing::Kind;

TEST(LatenciesInWindow, TakeTheFirstLickBehindTheWindowsStart) {
    const ChangeTrials trials = testing::trials_from({{Kind::hit, 0, {-0.5, 0.1, 0.4, 0.6}},
                                                      {Kind::miss, 10, {0.1}},
                                                      {Kind::aborted, 20, {0.3}},
                                                      {Kind::correct_reject, 30}});
    const std::vector<double> latencies = latencies_in_window(trials, 0.15);
    EXPECT_NEAR(latencies[0], 0.4, 1e-12);
    EXPECT_TRUE(std::isinf(latencies[1]));
    EXPECT_TRUE(std::isinf(latencies[2])) << "without a change there is no latency";
    EXPECT_TRUE(std::isinf(latencies[3]));
}

TEST(LatenciesInWindow, BeginStrictlyBehindIt) {
    const ChangeTrials trials = testing::trials_from({{Kind::hit, 0, {0.25, 0.5}}});
    EXPECT_DOUBLE_EQ(latencies_in_window(trials, 0.25)[0], 0.5);
}

// A hit and a miss of the seed's session 845572044.
TEST(LatenciesInWindow, OfATrialOfTheSeedIsItsResponseLatency) {
    ChangeTrials trials;
    trials.count = 2;
    trials.change_time_s = {834.287206646593, 653.752495};
    trials.lick_s.push_back(std::vector{834.6997526283376, 834.81651755, 835.1001309});
    trials.lick_s.push_back(std::vector<double>{});
    const std::vector<double> latencies = latencies_in_window(trials, 0.15);
    EXPECT_NEAR(latencies[0], 0.41254598174464263, 1e-12);
    EXPECT_TRUE(std::isinf(latencies[1]));
}

TEST(RewardRates, CountResponsesAmongFiftyTrialsAroundEachFromTheEleventhOn) {
    // 60 trials 10 s apart, a response in every second one.
    std::vector<double> start_s, latency_s;
    for (int i = 0; i < 60; ++i) {
        start_s.push_back(10.0 * i);
        latency_s.push_back(i % 2 == 0 ? 0.4 : std::numeric_limits<double>::infinity());
    }
    const std::vector<double> rates = reward_rates(start_s, latency_s);
    EXPECT_TRUE(std::isnan(rates[9]));
    EXPECT_DOUBLE_EQ(rates[10], 18.0 / 340.0 * 60.0) << "rows 0 to 34";
    EXPECT_DOUBLE_EQ(rates[30], 25.0 / 490.0 * 60.0) << "rows 5 to 54";
    EXPECT_DOUBLE_EQ(rates[59], 13.0 / 250.0 * 60.0) << "rows 34 to 59";
}

TEST(RewardRates, AreMissingWhereNoTimePasses) {
    const std::vector<double> start_s(12, 5.0);
    const std::vector<double> rates = reward_rates(start_s, std::vector<double>(12, 0.4));
    EXPECT_TRUE(std::isnan(rates[10]));
    EXPECT_TRUE(reward_rates({}, {}).empty());
}

TEST(RewardRates, ResponsesLaterThanThreeQuartersOfASecondDoNotCount) {
    std::vector<double> start_s;
    for (int i = 0; i < 11; ++i) start_s.push_back(10.0 * i);
    EXPECT_EQ(reward_rates(start_s, std::vector<double>(11, 0.75))[10], 0.0);
    EXPECT_GT(reward_rates(start_s, std::vector<double>(11, 0.7499))[10], 0.0);
}

// Three real sessions of two mice with the rates that their laboratory's own software wrote beside
// them; that version counted responses up to the end of a window of 1 s.
TEST(RewardRates, AreThoseThatTheLaboratoryComputed) {
    TB_NEED_SHARED(shared);
    for (const char* name :
         {"full_screen__expected.csv", "autorewards__expected.csv", "trials_annotated.csv"}) {
        const auto file = shared / "data/allen_change_detection" / name;
        const std::vector<double> want = testing::numbers(file, "reward_rate");
        const std::vector<double> want_latency_s = testing::numbers(file, "response_latency");
        ChangeTrials trials;
        trials.start_s = testing::numbers(file, "starttime");
        trials.change_time_s = testing::numbers(file, "change_time");
        trials.lick_s = testing::lists(file, "lick_times");
        trials.count = trials.start_s.size();
        const std::vector<double> latency_s = latencies_in_window(trials, 0.15);
        const std::vector<double> rates = reward_rates(trials.start_s, latency_s, 1.0);
        ASSERT_EQ(rates.size(), want.size());
        std::size_t n_rates = 0;
        for (std::size_t i = 0; i < want.size(); ++i) {
            if (!std::isfinite(want_latency_s[i])) {  // empty or inf: no response
                EXPECT_TRUE(std::isinf(latency_s[i])) << name << " trial " << i;
            } else {
                EXPECT_NEAR(latency_s[i], want_latency_s[i], 1e-9) << name << " trial " << i;
            }
            if (std::isinf(want[i])) continue;  // theirs for the first ten
            EXPECT_NEAR(rates[i], want[i], 1e-9 * std::abs(want[i])) << name << " trial " << i;
            ++n_rates;
        }
        EXPECT_EQ(n_rates, want.size() - 10);
    }
}

TEST(RollingPerformance, LeavesAbortedTrialsOutOfAllButTheRewardRate) {
    auto list = testing::repeated(Kind::hit, 10, 0, {0.4});
    list.push_back({Kind::aborted, 100, {}});
    list.push_back({Kind::correct_reject, 110});
    const RollingPerformance rolling = rolling_performance(testing::trials_from(list));
    EXPECT_FALSE(std::isnan(rolling.reward_rate_per_min[10]));
    EXPECT_TRUE(std::isnan(rolling.hit_rate[10]));
    EXPECT_TRUE(std::isnan(rolling.d_prime[10]));
    EXPECT_DOUBLE_EQ(rolling.hit_rate_raw[11], 1.0);
    EXPECT_DOUBLE_EQ(rolling.hit_rate[11], 0.95);
    EXPECT_DOUBLE_EQ(rolling.false_alarm_rate[11], 0.5);
    // Z(0.95) = 1.6448536269514722, Z(0.5) = 0
    EXPECT_NEAR(rolling.d_prime[11], 1.6448536269514722, 1e-12);
    EXPECT_TRUE(std::isnan(rolling.d_prime[9])) << "no catch trial yet";
}

// known_troubles 1.2: catch trials of a replay would count as correct rejects.
TEST(RollingPerformance, OfPassiveSessionsHasNoDPrimeAndTheReferencesZero) {
    auto list = testing::repeated(Kind::miss, 12, 0);
    list.push_back({Kind::correct_reject, 120});
    list.push_back({Kind::aborted, 130});
    ChangeTrials trials = testing::trials_from(list);
    const RollingPerformance passive = rolling_performance(trials);
    EXPECT_TRUE(passive.is_passive);
    EXPECT_TRUE(std::isnan(passive.d_prime[12]));
    EXPECT_EQ(passive.reference_d_prime[12], 0.0);
    EXPECT_EQ(passive.reference_d_prime[0], 0.0) << "without any catch trial too";
    EXPECT_TRUE(std::isnan(passive.reference_d_prime[13]));

    list[3].licks_after_change_s = {2.0};
    EXPECT_FALSE(rolling_performance(testing::trials_from(list)).is_passive) << "one lick";
    trials.reward_volume_ml[0] = 0.005;
    EXPECT_FALSE(rolling_performance(trials).is_passive) << "one reward";
    EXPECT_LT(rolling_performance(trials).d_prime[12], 0.0);
}

TEST(RollingPerformance, NamesTheColumnThatIsMissing) {
    ChangeTrials trials = testing::trials_from(testing::repeated(Kind::hit, 3, 0, {0.4}));
    trials.is_miss.pop_back();
    try {
        (void)rolling_performance(trials);
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "ColumnLength");
        EXPECT_NE(std::string(error.what()).find("miss"), std::string::npos);
    }
}

}  // namespace
}  // namespace tb::compute::change_detection
