#include "compute/imaging/openscope/selectivity.hpp"

#include "src/stats/p_values.hpp"
#include "src/stats/permutation_test.hpp"
#include "tests/src/stats/error_type.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::imaging::openscope {
namespace {

using stats::error_type;
using stats::MissingPolicy;

struct Session {
    static constexpr std::size_t n_rois = 3, n_regular = 31, n_unexpected = 9;
    std::vector<double> regular = std::vector<double>(n_rois * n_regular);
    std::vector<double> unexpected = std::vector<double>(n_rois * n_unexpected);

    Session() {
        std::mt19937 random(8);
        std::normal_distribution<double> normal(100.0, 1.0);
        for (double& value : regular) value = normal(random);
        for (double& value : unexpected) value = 0.5 + normal(random);
    }
    [[nodiscard]] SequenceResponses responses() const { return {n_rois, regular, unexpected}; }
    [[nodiscard]] stats::TwoGroups of(std::size_t roi) const {
        return {std::span(regular).subspan(roi * n_regular, n_regular),
                std::span(unexpected).subspan(roi * n_unexpected, n_unexpected)};
    }
};

// By hand: means 2 and 5, variances 1 and 1.
TEST(Selectivity, IsTheDifferenceOfMeansInDeviations) {
    const std::vector<double> regular = {1.0, 3.0, 1.0, 1.0};
    const std::vector<double> unexpected = {4.0, 6.0, 1.0, 1.0};
    const auto found = selectivity_indices({2, regular, unexpected});
    EXPECT_EQ(found[0], 3.0);
    EXPECT_TRUE(std::isnan(found[1]));  // nothing varies
}

void expect_tests_of_each_roi(const Session& session, const SelectivitySettings& settings) {
    stats::PermutationSettings of_roi;
    of_roi.operation = stats::GroupOperation::d_prime;
    of_roi.n_permutations = settings.n_permutations;
    of_roi.source = settings.source;
    of_roi.missing = settings.missing;
    const SelectivityNull found = selectivity_null(session.responses(), settings);
    const auto indices = selectivity_indices(session.responses(), settings.missing);
    for (std::size_t roi = 0; roi < Session::n_rois; ++roi) {
        const auto test = stats::permutation_test(session.of(roi), of_roi, stats::Tails::both);
        EXPECT_NEAR(found.index[roi], test.value, 1e-10);
        EXPECT_NEAR(indices[roi], test.value, 1e-10);
        for (std::size_t i = 0; i < test.null.size(); ++i) {
            ASSERT_NEAR(found.null_of(roi)[i], test.null[i], 1e-10) << roi << ", " << i;
        }
        EXPECT_EQ(found.percentile[roi], stats::percentile_of_score(test.null, test.value));
    }
}

// More permutations than one matrix product takes.
TEST(SelectivityNull, PermutesSequencesOfAllRoisAlike) {
    expect_tests_of_each_roi(Session(), {600, {}, MissingPolicy::keep});
    expect_tests_of_each_roi(Session(),
                             {100, {stats::RandomKind::split_mix, 4}, MissingPolicy::keep});
}

TEST(SelectivityNull, RefusesOrLeavesOutWhatIsMissing) {
    Session session;
    session.regular[5] = nan;
    session.unexpected[Session::n_unexpected] = nan;
    EXPECT_EQ(error_type([&] { static_cast<void>(selectivity_null(session.responses(), {})); }),
              "UnexpectedNaN");
    expect_tests_of_each_roi(session, {100, {}, MissingPolicy::leave_out});
    EXPECT_TRUE(std::isnan(selectivity_indices(session.responses())[0]));
}

TEST(SelectivityNull, RefusesRowsOfDifferentLengths) {
    const std::vector<double> five(5, 1.0);
    EXPECT_EQ(error_type([&] {
                  static_cast<void>(selectivity_null({2, five, five}, {}));
              }),
              "ValueError");
}

}  // namespace
}  // namespace tb::compute::imaging::openscope
