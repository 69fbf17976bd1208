#include "compute/task/fit_quality.hpp"

#include "trialbase/missing.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

const std::vector<double> usual_levels = {-100, -50, -25, -12.5, -6.25, 0, 6.25, 12.5, 25, 50, 100};

/// Points of an animal whose function has these parameters, without noise.
PsychometricPoints drawn(const std::vector<double>& x, double n,
                         const std::vector<double>& parameters) {
    return points_from(x, std::vector<double>(x.size(), n),
                       psychometric_function(PsychometricModel::erf_psycho_2gammas, parameters, x));
}

std::string quality_of(const PsychometricPoints& points, const char* name = "status") {
    const FitConfiguration configuration = fit_configuration(name);
    return std::string(
        to_string(fit_quality(points, configuration, fit_psychometric(points, configuration))));
}

TEST(FitQuality, IsGoodWhereTheAnimalPerforms) {
    EXPECT_EQ(quality_of(drawn(usual_levels, 50, {5, 20, 0.05, 0.1})), "good");
    EXPECT_EQ(quality_of(drawn(usual_levels, 50, {-3, 15, 0.1, 0.1}), "plotting"), "good");
}

TEST(FitQuality, IsGoodWithoutLapses) {
    EXPECT_EQ(quality_of(drawn(usual_levels, 50, {5, 20, 0.0, 0.0})), "good")
        << "a lapse of 0 is no edge of the search";
}

TEST(FitQuality, IsTooFewLevelsBelowTheNumberOfParameters) {
    EXPECT_EQ(quality_of(points_from({25}, {60}, {0.4})), "too_few_levels");
    EXPECT_EQ(quality_of(drawn({-100, 0, 100}, 50, {5, 20, 0.05, 0.1})), "too_few_levels");
    EXPECT_EQ(quality_of(points_from({}, {}, {})), "too_few_levels");
    auto points = drawn({-100, -50, 50, 100}, 50, {5, 20, 0.05, 0.1});
    points.p[1] = nan;
    EXPECT_EQ(quality_of(points), "too_few_levels") << "a level without responses is none";
}

TEST(FitQuality, IsAtBoundWhereTheSearchEndsAtItsEdge) {
    EXPECT_EQ(quality_of(drawn(usual_levels, 50, {0, 80, 0.0, 0.0}), "plotting"), "at_bound")
        << "the plotting set has a threshold of at most 50";
    EXPECT_EQ(quality_of(drawn(usual_levels, 50, {0, 20, 0.4, 0.4}), "plotting"), "at_bound")
        << "and lapses of at most 0.2";
}

TEST(FitQuality, IsNotGoodForAnAnimalThatGuesses) {
    const std::vector<double> half(11, 0.5);
    EXPECT_NE(quality_of(points_from(usual_levels, std::vector<double>(11, 50.0), half)), "good");
    EXPECT_NE(quality_of(drawn({-100, -50, 50, 100}, 20, {0, 20, 0.3, 0.3})), "good")
        << "four levels at the lapses tell nothing of bias and threshold";
}

TEST(FitQuality, IsFlatWhereABetterPlaceCostsNothing) {
    // A step between two levels: any bias between them and any small threshold does as well.
    EXPECT_EQ(quality_of(points_from({-100, -50, -5, 5, 50, 100}, std::vector<double>(6, 50.0),
                                     {0.1, 0.1, 0.1, 0.9, 0.9, 0.9}),
                         "default"),
              "flat");
}

TEST(FitQuality, OfTwoIsGoodOnlyWhenBothAre) {
    using enum FitQuality;
    EXPECT_EQ(worse_of(good, good), good);
    for (const FitQuality bad : {too_few_levels, at_bound, flat}) {
        EXPECT_EQ(worse_of(good, bad), bad);
        EXPECT_EQ(worse_of(bad, good), bad);
        EXPECT_EQ(worse_of(bad, too_few_levels), too_few_levels);
    }
    EXPECT_EQ(worse_of(flat, at_bound), at_bound);
}

}  // namespace
}  // namespace tb::compute::task
