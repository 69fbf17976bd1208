#include "compute/imaging/openscope/usi_groups.hpp"

#include "compute/imaging/openscope/block_difference.hpp"
#include "compute/imaging/openscope/significance.hpp"
#include "compute/imaging/openscope/stimulus_comparison.hpp"
#include "compute/imaging/openscope/usi_correlation.hpp"
#include "tests/src/stats/error_type.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::imaging::openscope {
namespace {

using stats::error_type;

const ImagingGroup dend{"L23-Cux2", "dend"};
const ImagingGroup soma{"L23-Cux2", "soma"};

std::vector<double> drawn(std::size_t n, unsigned seed, double shift = 0.0) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    std::vector<double> out;
    for (std::size_t i = 0; i < n; ++i) out.push_back(shift + normal(random));
    return out;
}

/// Two mice of a group, three sessions each, given in no order.
std::vector<MouseValues> two_mice(const ImagingGroup& group) {
    std::vector<MouseValues> out;
    for (const int mouse : {10, 2}) {
        for (const int session : {3, 1, 2}) {
            out.push_back({group, session, mouse,
                           drawn(mouse == 2 ? 20 : 14, static_cast<unsigned>(100 * mouse + session),
                                 0.1 * session)});
        }
    }
    return out;
}

TEST(PooledValues, PutsMiceByNumberOneAfterAnother) {
    auto sessions = two_mice(soma);
    sessions.push_back({dend, 1, 7, {-2.0, 1.0}});
    const auto pooled = pooled_values(sessions, true);
    ASSERT_EQ(pooled.size(), 4U);
    EXPECT_EQ(pooled[0].group, dend);
    EXPECT_EQ(pooled[0].values, (std::vector{2.0, 1.0}));
    EXPECT_EQ(pooled[3].session, 3);
    EXPECT_EQ(pooled[3].mice, (std::vector{2, 10}));
    EXPECT_EQ(pooled[3].values.size(), 34U);
    EXPECT_EQ(pooled_values(sessions, false, true).size(), 7U);
    sessions.push_back(sessions.front());
    EXPECT_EQ(error_type([&] { static_cast<void>(pooled_values(sessions, true)); }),
              "DuplicateSession");
}

TEST(RequireTracked, NamesWhatIsMissingOrDiffers) {
    auto sessions = two_mice(soma);
    EXPECT_EQ(error_type([&] { require_tracked(sessions); }), "none");
    sessions.back().values.pop_back();
    EXPECT_EQ(error_type([&] { require_tracked(sessions); }), "TrackingMismatch");
    sessions.pop_back();
    EXPECT_EQ(error_type([&] { require_tracked(sessions); }), "MissingSession");
}

TEST(CompareSessions, TestsEachTwoSessionsOfAGroup) {
    GroupStatisticsSettings settings;
    settings.test = {500, stats::Tails::both, 3.0, {}};
    const GroupComparison found = compare_sessions(two_mice(soma), settings);
    ASSERT_EQ(found.groups.size(), 3U);
    ASSERT_EQ(found.pairs.size(), 3U);
    EXPECT_EQ(found.groups[0].centre,
              stats::statistic_of(found.groups[0].pooled.values, stats::Statistic::mean));
    EXPECT_EQ(found.pairs[1].session_a, 1);
    EXPECT_EQ(found.pairs[1].session_b, 3);
    stats::PermutationSettings paired;
    paired.pairing = stats::Pairing::paired;
    paired.n_permutations = 500;
    const auto test = stats::permutation_test(
        {found.groups[0].pooled.values, found.groups[2].pooled.values}, paired, stats::Tails::both);
    EXPECT_EQ(found.pairs[1].raw_p, test.p);
    EXPECT_EQ(found.pairs[1].p, std::min(1.0, test.p * 6.0));
    settings.by_mouse = true;
    const GroupComparison by_mouse = compare_sessions(two_mice(soma), settings);
    EXPECT_EQ(by_mouse.groups.size(), 6U);
    EXPECT_TRUE(by_mouse.pairs.empty());
}

TEST(CompareSessions, OfOtherRoisNeedsNoTracking) {
    auto sessions = two_mice(soma);
    sessions.back().values.pop_back();
    GroupStatisticsSettings settings;
    settings.test.n_permutations = 100;
    EXPECT_EQ(error_type([&] { static_cast<void>(compare_sessions(sessions, settings)); }),
              "TrackingMismatch");
    settings.is_paired = false;
    EXPECT_EQ(compare_sessions(sessions, settings).pairs.size(), 3U);
}

TEST(SelectiveShares, CompareWithChance) {
    SelectiveShareSettings settings;
    settings.comparisons = 8.0;
    settings.bootstrap.n_samples = 2000;
    const SelectiveShares found = selective_shares({100, 50, 0, 40}, settings);
    EXPECT_EQ(found.positive.percent, 50.0);
    EXPECT_EQ(found.positive.p, 1.0);
    EXPECT_NEAR(found.positive.bootstrap_std, 5.0, 0.4);
    EXPECT_NEAR(found.low.raw_p, std::pow(0.975, 100), 1e-12);
    EXPECT_LT(found.high.p, 1e-12);
    EXPECT_EQ(error_type([&] {
                  static_cast<void>(selective_shares({10, 11, 0, 0}, settings));
              }),
              "ValueError");
}

TEST(SessionCorrelations, AreNormalisedByTheMedianOfTheirNull) {
    const auto a = drawn(40, 1), b = drawn(40, 2);
    const stats::TwoGroups pair{a, b};
    CorrelationSettings settings;
    settings.bootstrap_samples = 100;
    settings.test.n_permutations = 400;
    const auto tracking = session_correlations({&pair, 1}, settings).front();
    EXPECT_NEAR(tracking.r, stats::pearson_r(a, b), 1e-12);
    settings.scheme = CorrelationScheme::sess;
    const auto sess = session_correlations({&pair, 1}, settings).front();
    EXPECT_EQ(sess.null_interval[1], 0.0);
    stats::PermutationSettings plain;
    plain.operation = stats::GroupOperation::difference_correlation;
    EXPECT_EQ(sess.r,
              normalised_correlation(stats::operation_value(pair, plain), sess.null_median));
    settings.test.comparisons = 100.0;
    EXPECT_EQ(error_type([&] {
                  static_cast<void>(session_correlations({&pair, 1}, settings));
              }),
              "TooFewPermutations");
}

TEST(NormalisedCorrelation, IsTheShareOfTheWayToTheBound) {
    EXPECT_NEAR(normalised_correlation(0.2, -0.5), 0.7 / 1.5, 1e-15);
    EXPECT_NEAR(normalised_correlation(-0.8, -0.5), -0.6, 1e-15);
    EXPECT_EQ(error_type([] { static_cast<void>(normalised_correlation(0.1, 1.5)); }),
              "ValueError");
}

TEST(CorrelationsOfGroups, TakeSessionsThatFollowOneAnother) {
    CorrelationSettings settings;
    settings.bootstrap_samples = 20;
    settings.test.n_permutations = 100;
    auto sessions = two_mice(soma);
    const auto found = correlations_of_groups(sessions, settings);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[1].session_a, 2);
    const auto scatter = scatter_of_groups(sessions, 2, 3, settings);
    ASSERT_EQ(scatter.size(), 1U);
    EXPECT_EQ(scatter[0].x.size(), 34U);
    EXPECT_EQ(scatter[0].correlation.raw_p, found[1].correlation.raw_p);
    EXPECT_EQ(error_type([&] { static_cast<void>(scatter_of_groups(sessions, 2, 4, settings)); }),
              "MissingSession");
    std::erase_if(sessions, [](const MouseValues& one) { return one.session == 2; });
    EXPECT_EQ(error_type([&] { static_cast<void>(correlations_of_groups(sessions, settings)); }),
              "MissingSession");
}

TEST(CompareStimuli, AveragesGroupsInTheLastRow) {
    StimulusComparisonSettings settings;
    settings.bootstrap_samples = 50;
    settings.test.n_permutations = 100;
    std::vector<StimulusValues> groups;
    for (const unsigned seed : {1U, 2U}) {
        groups.push_back({seed == 1 ? dend : soma, drawn(20, seed, 2.0), drawn(20, seed + 10, 3.0),
                          drawn(20, seed + 20, 2.0), drawn(20, seed + 30, 2.5)});
    }
    const auto found = compare_stimuli(groups, settings);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[2].group.line, "all");
    EXPECT_NEAR(found[2].gabors.value, 0.5 * (found[0].gabors.value + found[1].gabors.value),
                1e-12);
    EXPECT_NEAR(found[0].gabors.value,
                std::abs(stats::statistic_of(groups[0].gabors_b, stats::Statistic::mean) /
                             stats::statistic_of(groups[0].gabors_a, stats::Statistic::mean) -
                         1.0),
                1e-12);
    groups[0].gabors_b.pop_back();
    EXPECT_EQ(error_type([&] { static_cast<void>(compare_stimuli(groups, settings)); }),
              "ValueError");
    // Other ROIs in the second session: fewer of both stimuli.
    settings.is_tracked = false;
    groups[0].visflow_b.pop_back();
    EXPECT_EQ(compare_stimuli(groups, settings).size(), 3U);
}

TEST(BlockDifferences, FlipTheirSigns) {
    const std::vector<double> differences = {1.0, 2.0, 3.0, 4.0};
    const BlockDifferenceTest found =
        test_block_differences(differences, {32000, stats::Tails::both, std::nullopt, {}});
    EXPECT_EQ(found.mean, 2.5);
    EXPECT_NEAR(found.raw_p, 1.0 / 32.0, 0.004);
    EXPECT_EQ(found.p, 2.0 * found.raw_p);
    EXPECT_TRUE(std::isnan(
        test_block_differences(std::vector{1.0, nan}, {100, stats::Tails::both, {}, {}}).raw_p));
}

TEST(SignificanceMark, CountsThresholdsAndSides) {
    EXPECT_EQ(significance_mark(0.05), "");
    EXPECT_EQ(significance_mark(0.049), "*");
    EXPECT_EQ(significance_mark(0.0099), "**");
    EXPECT_EQ(significance_mark(0.0009), "***");
    EXPECT_EQ(significance_mark(nan), "");
    MarkSettings settings;
    settings.sensitivity = 0.002;
    settings.is_control = true;
    EXPECT_EQ(significance_mark(0.0, settings), "++");
    settings.tails = stats::Tails::low;
    EXPECT_EQ(significance_mark(0.0, settings), "");
    settings.is_above = false;
    EXPECT_EQ(significance_mark(0.0, settings), "++");
}

TEST(ComparisonCount, AddsIntervalsAndPairs) {
    const std::vector<std::size_t> sessions = {3, 3, 2, 1};
    EXPECT_EQ(comparison_count(sessions, true, true), 9U + 7U);
    EXPECT_EQ(comparison_count(sessions, false, true, 2), 14U);
    EXPECT_EQ(comparison_count(sessions, true, false), 9U);
}

}  // namespace
}  // namespace tb::compute::imaging::openscope
