#include "compute/task/reaction_time.hpp"

#include "tests/compute/task/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using testing::HandRows;
using testing::number;

TEST(BootstrapMedian, OfNineValuesIsTheIntervalOfTheBinomialDistribution) {
    // The median of a resample of 1..9 is at most k with probability P(Bin(9, k/9) >= 5): 0.145 for
    // 3, 0.37 for 4. So the 16th percentile is 4 and, by symmetry, the 84th is 6.
    const std::vector values = {9.0, 1.0, 8.0, 2.0, nan, 7.0, 3.0, 6.0, 4.0, 5.0};
    const MedianInterval interval =
        bootstrap_median(values, {.level = 0.68, .n_resamples = 10000, .seed = 1});
    EXPECT_EQ(interval.n, 9u);
    EXPECT_DOUBLE_EQ(interval.median, 5.0);
    EXPECT_DOUBLE_EQ(interval.low, 4.0);
    EXPECT_DOUBLE_EQ(interval.high, 6.0);
}

// The same interval from resampled data, drawn and sorted in the test: percentiles with the bias
// taken from normal tables.
TEST(BootstrapMedian, AgreesWithResamplingTheData) {
    std::mt19937 generator(20240101);
    for (const std::size_t n : {7u, 8u, 40u, 41u}) {
        std::lognormal_distribution<double> draw(0.0, 0.7);
        std::vector<double> values(n);
        for (double& value : values) value = draw(generator);
        const double observed = median(values);
        std::vector<double> medians;
        std::uniform_int_distribution<std::size_t> pick(0, n - 1);
        double share_below = 0.0;
        constexpr int n_resamples = 40000;
        for (int i = 0; i < n_resamples; ++i) {
            std::vector<double> resample(n);
            for (double& value : resample) value = values[pick(generator)];
            medians.push_back(median(resample));
            share_below += medians.back() < observed ? 1.0 : medians.back() == observed ? 0.5 : 0.0;
        }
        std::ranges::sort(medians);
        share_below /= n_resamples;
        // Normal distribution by bisection of erfc, so that nothing is shared with the code under
        // test.
        const auto cdf = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
        double low_z = -8.0;
        double high_z = 8.0;
        for (int i = 0; i < 80; ++i) {
            const double middle = (low_z + high_z) / 2.0;
            (cdf(middle) < share_below ? low_z : high_z) = middle;
        }
        const double z84 =
            0.994457883209753;  // 84th percentile of the standard normal distribution
        const auto at = [&](double p) {
            return medians[static_cast<std::size_t>(p * (n_resamples - 1))];
        };
        const MedianInterval interval =
            bootstrap_median(values, {.level = 0.68, .n_resamples = 40000, .seed = 7});
        // Monte Carlo: 40 000 resamples place a percentile within 0.6 % of probability; look that
        // far to either side.
        constexpr double slack = 0.008;
        const double low_p = cdf(2.0 * low_z - z84);
        const double high_p = cdf(2.0 * low_z + z84);
        EXPECT_GE(interval.low, at(low_p - slack)) << n;
        EXPECT_LE(interval.low, at(low_p + slack)) << n;
        EXPECT_GE(interval.high, at(high_p - slack)) << n;
        EXPECT_LE(interval.high, at(high_p + slack)) << n;
    }
}

TEST(BootstrapMedian, IsTheSameForTheSameSeedInAnyOrderOfTheValues) {
    std::vector<double> values;
    for (int i = 0; i < 30; ++i) values.push_back(std::fmod(i * 0.37, 1.0));
    const MedianInterval first = bootstrap_median(values, {.seed = 5});
    std::ranges::reverse(values);
    const MedianInterval second = bootstrap_median(values, {.seed = 5});
    EXPECT_EQ(first.low, second.low);
    EXPECT_EQ(first.high, second.high);
    EXPECT_LT(first.low, first.median);
    EXPECT_GT(first.high, first.median);
}

TEST(BootstrapMedian, OfEqualValuesIsTheValueAndOfOneHasNoInterval) {
    const MedianInterval equal = bootstrap_median(std::vector(20, 0.3), {});
    EXPECT_DOUBLE_EQ(equal.low, 0.3);
    EXPECT_DOUBLE_EQ(equal.high, 0.3);
    const MedianInterval one = bootstrap_median(std::vector{0.3, nan}, {});
    EXPECT_EQ(one.n, 1u);
    EXPECT_DOUBLE_EQ(one.median, 0.3);
    EXPECT_TRUE(std::isnan(one.low));
    EXPECT_TRUE(std::isnan(one.high));
    EXPECT_TRUE(std::isnan(bootstrap_median({}, {}).median));
}

TEST(BootstrapMedian, RefusesImpossibleParameters) {
    const std::vector values = {1.0, 2.0};
    for (const double level : {0.0, 1.0, nan}) {
        EXPECT_THROW((void)bootstrap_median(values, {.level = level}), Error) << level;
    }
    EXPECT_THROW((void)bootstrap_median(values, {.n_resamples = 0}), Error);
}

TEST(GroupSeed, DiffersByEachOfItsParts) {
    const std::uint64_t seed = group_seed(1, "session_id=a", 50, 0.25);
    EXPECT_EQ(seed, group_seed(1, "session_id=a", 50, 0.25));
    EXPECT_NE(seed, group_seed(2, "session_id=a", 50, 0.25));
    EXPECT_NE(seed, group_seed(1, "session_id=b", 50, 0.25));
    EXPECT_NE(seed, group_seed(1, "session_id=a", 20, 0.25));
    EXPECT_NE(seed, group_seed(1, "session_id=a", 50, -0.25));
    EXPECT_EQ(group_seed(1, "k", 50, 0.0), group_seed(1, "k", 50, -0.0));
}

TEST(ReactionFromOnsetOrCue, FallsBackOnTheGoCueWhereTheOnsetIsMissing) {
    Trials trials =
        testing::trials_from({{1.0, -1.0, 1.0, 0.5}, {1.0, 0.0, -1.0, 0.5}, {1.0, -1.0, 1.0, nan}});
    trials.stim_on_s[1] = nan;
    EXPECT_NEAR(reaction_from_onset_or_cue_s(trials, 0), 0.5, 1e-12);
    EXPECT_NEAR(reaction_from_onset_or_cue_s(trials, 1), 0.4, 1e-12);  // the cue comes 0.1 s later
    EXPECT_TRUE(std::isnan(reaction_from_onset_or_cue_s(trials, 2)));
}

TEST(TrialBlocks, SplitOnlyBlockTasks) {
    Trials trials = testing::level(1.0, 4, 4, 0.5);
    trials.append(testing::level(1.0, 3, 3, 0.30000000000000004));
    EXPECT_EQ(trial_blocks(trials, Protocol::training).size(), 1u);
    const std::vector<TrialBlock> blocks = trial_blocks(trials, Protocol::ephys);
    ASSERT_EQ(blocks.size(), 2u);
    EXPECT_EQ(blocks[0].block, 30);
    EXPECT_EQ(blocks[0].trials.size(), 3u);
    EXPECT_FALSE(blocks[0].is_all_trials);
}

Output run_reaction_time(const Trials& trials) {
    HandRows rows;
    rows.trials(trials);
    HandRows session;
    session.texts("task_protocol", {"training"});
    HandRows params;
    params.numbers("level", {0.68}).integers("n_resamples", {1000}).integers("seed", {3});
    return testing::run(reaction_time_table(), "session_id=x,params_id=default",
                        {{"trials", &rows}, {"session", &session}, {"params", &params}});
}

// Defect D9 of the reference pairs contrast c with the value of -c.
TEST(ReactionTimeTable, StoresEachMedianWithItsOwnContrast) {
    Trials trials = testing::level(-1.0, 3, 0, 0.5, 0.2);
    trials.append(testing::level(0.25, 2, 2, 0.5, 0.7));
    trials.append(testing::level(1.0, 1, 1, 0.5, 0.4));
    const Output output = run_reaction_time(trials);
    EXPECT_EQ(number(*output.master_row, "n_trials"), 6.0);
    EXPECT_NEAR(number(*output.master_row, "median_s"), 0.3, 1e-9);
    const auto& rows = output.part_rows.at("reaction_time_contrast");
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_DOUBLE_EQ(number(rows[0], "signed_contrast"), -1.0);
    EXPECT_NEAR(number(rows[0], "median_s"), 0.2, 1e-9);
    EXPECT_NEAR(number(rows[1], "median_s"), 0.7, 1e-9);
    EXPECT_EQ(number(rows[1], "block"), 50.0);
    EXPECT_TRUE(std::isnan(number(rows[2], "low_s")));
}

TEST(ReactionTimeTable, HasNothingToComputeWithoutTimes) {
    Trials trials = testing::level(1.0, 3, 3);
    std::ranges::fill(trials.response_s, nan);
    EXPECT_EQ(run_reaction_time(trials).settled_reason,
              "no trial has a response and a stimulus or go cue time");
}

}  // namespace
}  // namespace tb::compute::task
