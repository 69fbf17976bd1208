#include "compute/photometry/qc_overview.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

TEST(BasicQcPass, AsksAllSignalsOrAnyOne) {
    const std::vector<std::string> session = {"a", "a", "b", "b", "c", "d"};
    const auto pass = basic_qc_pass(session, std::vector{0.5, 0.05, 0.5, 0.2, 0.1, nan},
                                    std::vector{0.0, 1.0, 0.0, 0.0, 0.0, 0.0});
    EXPECT_FALSE(pass.at("a").all_signals);
    EXPECT_TRUE(pass.at("a").any_signal);
    EXPECT_TRUE(pass.at("b").all_signals);
    EXPECT_FALSE(pass.at("c").any_signal);  // 0.1 is not above 0.1
    EXPECT_FALSE(pass.at("d").any_signal);
    EXPECT_THROW((void)basic_qc_pass(session, std::vector{1.0}, std::vector{0.0}), Error);
}

TEST(NormalScores, AreTheQuantilesOfTheRanks) {
    // Ranks 0, 1/4, 1/2, 3/4, 1.
    const auto scores = normal_scores(std::vector{10.0, 40.0, 20.0, 30.0, 50.0});
    EXPECT_NEAR(scores[2], -0.6744897501960817, 1e-9);
    EXPECT_NEAR(scores[3], 0.0, 1e-9);
    EXPECT_NEAR(scores[1], 0.6744897501960817, 1e-9);
    EXPECT_NEAR(scores[0], -5.199337582605575, 1e-6);
    EXPECT_NEAR(scores[4], 5.199337582605575, 1e-6);
}

TEST(NormalScores, GiveTiesTheMiddleAndKeepMissingValuesMissing) {
    const auto scores = normal_scores(std::vector{1.0, 2.0, 2.0, 2.0, 3.0});
    EXPECT_NEAR(scores[1], 0.0, 1e-9);
    EXPECT_EQ(scores[1], scores[3]);
    const auto missing = normal_scores(std::vector{1.0, nan, 3.0});
    EXPECT_TRUE(std::isnan(missing[1]));
    EXPECT_FALSE(std::isnan(missing[0]));
}

TEST(PrincipalComponents, FindTheLineOfAScatter) {
    std::vector<double> x, y;
    for (int i = -10; i <= 10; ++i) {
        x.push_back(3.0 * i + 5.0);
        y.push_back(4.0 * i - 1.0);
    }
    const std::vector<std::vector<double>> columns = {x, y};
    const auto pca = principal_components(columns);
    EXPECT_NEAR(pca.components[0][0], 0.6, 1e-12);
    EXPECT_NEAR(pca.components[0][1], 0.8, 1e-12);
    EXPECT_NEAR(pca.explained_variance_ratio[0], 1.0, 1e-12);
    EXPECT_NEAR(pca.scores[20][0], 50.0, 1e-10);
}

TEST(PrincipalComponents, LeaveIncompleteRowsOut) {
    const std::vector<std::vector<double>> columns = {{1.0, 2.0, nan, 4.0}, {2.0, 1.0, 5.0, 0.0}};
    const auto pca = principal_components(columns);
    EXPECT_TRUE(std::isnan(pca.scores[2][0]));
    EXPECT_FALSE(std::isnan(pca.scores[3][0]));
    const std::vector<std::vector<double>> one = {{1.0, 2.0}};
    EXPECT_THROW((void)principal_components(one), Error);
    const std::vector<std::vector<double>> ragged = {{1.0, 2.0}, {1.0}};
    EXPECT_THROW((void)principal_components(ragged), Error);
}

}  // namespace
}  // namespace tb::compute::photometry
