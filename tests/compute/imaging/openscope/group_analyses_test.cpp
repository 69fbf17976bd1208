// Relative responses, differences of sequences, histograms of indices, ties.
#include "compute/imaging/openscope/relative_responses.hpp"
#include "compute/imaging/openscope/roi_correlations.hpp"
#include "compute/imaging/openscope/roi_scaling.hpp"
#include "compute/imaging/openscope/selectivity_ties.hpp"
#include "compute/imaging/openscope/sequence_differences.hpp"
#include "compute/imaging/openscope/usi_histogram.hpp"
#include "tests/src/stats/error_type.hpp"
#include "trialbase/missing.hpp"

#include <array>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::compute::imaging::openscope {
namespace {

using stats::error_type;
using testing::ElementsAre;

TEST(OpenScopeRelativeResponses, DivideByTheReferencesMean) {
    const std::vector<double> reference{1.0, 3.0};
    EXPECT_THAT(relative_responses(std::vector{1.0, 4.0, 6.0}, reference),
                ElementsAre(0.5, 2.0, 3.0));
    EXPECT_EQ(error_type([&] { (void)relative_responses(reference, {}); }), "MissingSession");
    const std::vector<std::vector<double>> frames{{1.0, 2.0}, {3.0, 6.0}};
    EXPECT_THAT(mean_over_frames(frames), ElementsAre(2.0, 4.0));
    const std::vector<std::vector<double>> uneven{{1.0, 2.0}, {3.0}};
    EXPECT_EQ(error_type([&] { (void)mean_over_frames(uneven); }), "ColumnLength");
    const GroupResponse group = group_response(std::span<const double>(reference));
    EXPECT_DOUBLE_EQ(group.mean, 2.0);
    EXPECT_NEAR(group.sem, 1.0, 1e-12);
}

TEST(OpenScopeSequenceDifferences, AreOfTheMeans) {
    const std::vector<double> regular{1.0, 2.0, 3.0, 0.0, 0.0, 0.0};
    const std::vector<double> unexpected{4.0, 6.0, 1.0, -1.0};
    const SequenceResponses responses{2, regular, unexpected};
    EXPECT_THAT(sequence_differences(responses), ElementsAre(3.0, 0.0));
    EXPECT_EQ(error_type([&] {
                  (void)sequence_differences({4, regular, unexpected});
              }),
              "ValueError");
}

// Of the ten ways to choose which two of five sequences are unexpected, one has a mean difference
// as great as the one seen: it and the others come equally often.
TEST(OpenScopeSequenceDifferences, StandAgainstPermutedSequences) {
    const std::vector<double> regular{0.0, 1.0, 2.0};
    const std::vector<double> unexpected{8.0, 9.0};
    const std::vector<SequenceResponses> sessions{{1, regular, unexpected}};
    const auto test = test_sequence_differences(sessions, {.n_permutations = 4000}, 0.05);
    EXPECT_DOUBLE_EQ(test.mean, 7.5);
    EXPECT_NEAR(test.raw_p, 0.05, 0.01);  // half of a tenth; sd 0.0024
    EXPECT_DOUBLE_EQ(test.p, 2.0 * test.raw_p);
    EXPECT_NEAR(test.null_interval[2], 7.5, 1e-9);
}

TEST(OpenScopeUsiHistogram, SharesSumToOne) {
    SelectivityNull session;
    session.index = {-1.0, 0.5, 3.0};
    session.percentile = {1.0, 60.0, 100.0};
    session.null = {0.0, 0.1, 0.2, 0.3, -0.4, 2.0};
    session.n_permutations = 2;
    const auto histogram = usi_histogram(std::vector{session}, 0.05, 4);
    EXPECT_THAT(histogram.bin_edges, ElementsAre(-1.0, 3.0));
    EXPECT_THAT(histogram.index, ElementsAre(1.0 / 3, 1.0 / 3, 0.0, 1.0 / 3));
    EXPECT_THAT(histogram.null, ElementsAre(1.0 / 6, 4.0 / 6, 0.0, 1.0 / 6));
    EXPECT_THAT(histogram.percentile, ElementsAre(1.0 / 3, 0.0, 1.0 / 3, 1.0 / 3));
    EXPECT_EQ(histogram.n_positive, 2U);
    EXPECT_EQ(histogram.n_low, 1U);
    EXPECT_EQ(histogram.n_high, 1U);
    session.null[0] = nan;
    EXPECT_EQ(error_type([&] { (void)usi_histogram(std::vector{session}); }), "UnexpectedNaN");
    EXPECT_EQ(error_type([] { (void)usi_histogram({}); }), "ValueError");
}

TEST(OpenScopeSelectivityTies, ChangeNothingBeyondRounding) {
    const std::vector<double> regular{0.1, 0.7, 0.4};
    const std::vector<double> unexpected{0.9, 1.3, 0.2};
    const SequenceResponses responses{1, regular, unexpected};
    SelectivitySettings settings;
    settings.n_permutations = 200;
    const auto before = selectivity_null(responses, settings);
    auto after = before;
    count_ties_as_published(responses, settings, after);
    EXPECT_NEAR(after.index[0], before.index[0], 1e-12);
    for (std::size_t k = 0; k < before.null.size(); ++k)
        EXPECT_NEAR(after.null[k], before.null[k], 1e-12);
    // A tie may be counted as below, equal or above, before and after.
    double ties = 0.0;
    for (const double index : before.null)
        ties += std::abs(index - before.index[0]) < 1e-12 ? 1.0 : 0.0;
    EXPECT_GT(ties, 0.0);
    EXPECT_LE(std::abs(after.percentile[0] - before.percentile[0]), 100.0 * ties / 200.0 + 1e-9);
    settings.n_permutations = 3;
    EXPECT_EQ(error_type([&] { count_ties_as_published(responses, settings, after); }),
              "ValueError");
}

TEST(OpenScopeScaling, LeavesMissingSamplesOut) {
    std::vector<float> values;
    for (int i = 0; i <= 20; ++i) {
        values.push_back(static_cast<float>(i));
        values.push_back(i == 3 ? std::numeric_limits<float>::quiet_NaN() : 1.0F);
    }
    const auto scaling = roi_scaling(Traces<float>{values, 2});
    EXPECT_THAT(scaling.subtract, ElementsAre(10.0, 1.0));
    EXPECT_NEAR(scaling.divide[0], 18.0, 1e-12);
    EXPECT_EQ(scaling.divide[1], 0.0);
    EXPECT_EQ(error_type([&] { (void)roi_scaling(Traces<float>{values, 4}); }), "ColumnLength");
}

TEST(OpenScopeRoiCorrelations, AreOfSmoothedTraces) {
    std::vector<float> values;
    for (int i = 0; i < 12; ++i) {
        const auto x = static_cast<float>(i % 5);
        values.insert(values.end(), {x, 2.0F * x + 1.0F, -x, 7.0F});
    }
    constexpr std::array<std::size_t, 4> rois{0, 1, 2, 3};
    const auto r = roi_correlations(Traces<float>{values, 4}, rois);
    ASSERT_EQ(r.size(), 6U);
    EXPECT_NEAR(r[0], 1.0, 1e-12);
    EXPECT_NEAR(r[1], -1.0, 1e-12);
    EXPECT_NEAR(r[3], -1.0, 1e-12);
    EXPECT_TRUE(std::isnan(r[2]));
    constexpr std::array<std::size_t, 1> beyond{4};
    EXPECT_EQ(error_type([&] {
                  (void)roi_correlations(Traces<float>{values, 4}, beyond);
              }),
              "ValueError");
}

}  // namespace
}  // namespace tb::compute::imaging::openscope
