#include "compute/photometry/trial_regressors.hpp"

#include "compute/photometry/lateralised_psychometrics.hpp"
#include "compute/photometry/mean_traces.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

TEST(TrialContrasts, AreRightWhereTheLeftIsMissing) {
    const auto found =
        trial_contrasts(std::vector{0.25, nan, nan, 0.0}, std::vector{nan, 0.5, nan, nan});
    EXPECT_EQ(found.side[0], StimulusSide::left);
    EXPECT_EQ(found.side[2], StimulusSide::right);
    EXPECT_EQ(found.contrast, (std::vector{25.0, 50.0, 0.0, 0.0}));
    EXPECT_EQ(found.signed_contrast, (std::vector{-25.0, 50.0, 0.0, 0.0}));
    EXPECT_TRUE(std::signbit(found.signed_contrast[3]));
    EXPECT_THROW((void)trial_contrasts(std::vector{0.25}, {}), Error);
}

TEST(ContrastTransforms, OtherNamesAreValueErrors) {
    EXPECT_EQ(contrast_transform_named("log2"), ContrastTransform::log2);
    EXPECT_EQ(contrast_transform_named("rank"), ContrastTransform::rank);
    for (const char* name : {"", "Log2", "square"}) {
        try {
            (void)contrast_transform_named(name);
            FAIL() << "accepted: " << name;
        } catch (const Error& error) {
            EXPECT_EQ(error.type(), "ValueError");  // spec/photometry.md, 19
        }
    }
}

TEST(ContrastCoder, RefusesFractionsInLog2) {
    ContrastCoder coder(ContrastTransform::log2);
    EXPECT_EQ(coder.coded(std::vector{0.0, 8.0, 64.0}), (std::vector{0.0, 3.0, 6.0}));
    EXPECT_EQ(coder.coded(std::vector{1.0}), std::vector{0.0});
    EXPECT_THROW((void)coder.coded(std::vector{0.25}), Error);
    EXPECT_TRUE(std::isnan(coder.coded(std::vector{nan})[0]));
}

TEST(ContrastCoder, RanksAmongAllValuesItHasSeen) {
    ContrastCoder coder(ContrastTransform::rank);
    EXPECT_EQ(coder.coded(std::vector{100.0, 0.0}), (std::vector{1.0, 0.0}));
    EXPECT_EQ(coder.coded(std::vector{12.5, 100.0}), (std::vector{1.0, 2.0}));
}

TEST(ContrastTransform, HasFourNames) {
    EXPECT_EQ(contrast_transform_named("rank"), ContrastTransform::rank);
    EXPECT_THROW((void)contrast_transform_named("cube"), Error);
}

RegressorSource five_trials() {
    RegressorSource source;
    source.n_trials = 5;
    source.contrasts = trial_contrasts(std::vector{1.0, nan, nan, 0.125, nan},
                                       std::vector{nan, 0.25, 0.25, nan, 1.0});
    source.choice = {1.0, -1.0, 0.0, -1.0, -1.0};
    source.feedback_type = {1.0, 1.0, -1.0, -1.0, 1.0};
    source.probability_left = {0.5, 0.5, 0.5, 0.8, 0.5};
    source.stim_on_s = {10.0, 20.0, 30.0, 40.0, 50.0};
    source.first_movement_s = {10.1, 19.9, nan, 40.2, 50.1};
    source.feedback_s = {10.5, 20.5, 31.0, 40.5, 50.04};
    return source;
}

TEST(TrialRegressors, AreNanWhereTheSourceLacksAColumn) {
    RegressorSource source = five_trials();
    const TrialRegressors all = trial_regressors(source);
    EXPECT_DOUBLE_EQ(all.reaction_s[3], 40.2 - 40.0);
    EXPECT_DOUBLE_EQ(all.movement_s[3], 40.5 - 40.2);
    EXPECT_DOUBLE_EQ(all.response_s[2], 1.0);
    EXPECT_TRUE(std::isnan(all.peak_velocity[0]));
    source.first_movement_s.clear();
    const TrialRegressors without = trial_regressors(source);
    EXPECT_TRUE(std::isnan(without.reaction_s[0]));
    EXPECT_TRUE(std::isnan(without.movement_s[0]));
    EXPECT_FALSE(std::isnan(without.response_s[0]));
    source.choice.pop_back();
    EXPECT_THROW((void)trial_regressors(source), Error);
}

TEST(ModellingFrame, KeepsAnsweredTrialsThatTookTheirTime) {
    // Trial 2 has no answer, trial 4 was answered within 40 ms.
    const TrialRegressors trials = trial_regressors(five_trials());
    const std::vector<double> response = {0.1, 0.2, 0.3, 0.4, 0.5};
    const ModellingFrame left = modelling_frame(trials, response, "l");
    EXPECT_EQ(left.trial, (std::vector<std::size_t>{0, 1, 3}));
    EXPECT_EQ(left.relative_contrast, (std::vector{-100.0, 25.0, -12.5}));
    EXPECT_EQ(left.side, (std::vector{-0.5, 0.5, -0.5}));
    EXPECT_EQ(left.choice_side, (std::vector{-0.5, 0.5, 0.5}));
    EXPECT_EQ(left.reward, (std::vector{0.5, 0.5, -0.5}));
    EXPECT_NEAR(left.log_reaction_time[0], -1.0, 1e-12);
    EXPECT_TRUE(std::isnan(left.log_reaction_time[1]));  // moved before the stimulus
    const double mean = (std::log2(100.0) + std::log2(25.0) + std::log2(12.5)) / 3.0;
    EXPECT_NEAR(left.contrast[1], std::log2(25.0) - mean, 1e-12);
    const ModellingFrame right = modelling_frame(trials, response, "r");
    EXPECT_EQ(right.side, (std::vector{0.5, -0.5, 0.5}));
    EXPECT_EQ(right.relative_contrast, (std::vector{100.0, -25.0, 12.5}));
    EXPECT_EQ(modelling_frame(trials, response, "").side, left.side);
    EXPECT_EQ(modelling_frame(trials, response, "l", {.unbiased_only = true}).trial,
              (std::vector<std::size_t>{0, 1}));
    EXPECT_EQ(modelling_frame(trials, std::vector{nan, 0.2, 0.3, 0.4, 0.5}, "l").trial,
              (std::vector<std::size_t>{1, 3}));
    EXPECT_THROW((void)modelling_frame(trials, std::vector{0.1}, "l"), Error);
}

TEST(MeanTraces, GroupByContrastAndOutcomeWithinTheUnbiasedBlock) {
    TraceTrials trials;
    trials.contrast = {25.0, 25.0, 25.0, 0.0, 25.0, nan};
    trials.feedback_type = {1.0, 1.0, 1.0, -1.0, 1.0, 1.0};
    trials.choice = {1.0, -1.0, 1.0, 1.0, 0.0, 1.0};
    trials.probability_left = {0.5, 0.5, 0.8, 0.5, 0.5, 0.5};
    trials.response_s = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
    const std::vector<double> traces = {1.0, 2.0, nan, 4.0, 9.0, 9.0, nan, nan, 9.0, 9.0, 9.0, 9.0};
    const auto means = mean_traces(traces, 2, trials);
    ASSERT_EQ(means.size(), 2u);
    EXPECT_DOUBLE_EQ(means[0].contrast, 0.0);
    EXPECT_EQ(means[0].n_trials, 0u);
    EXPECT_TRUE(std::isnan(means[0].trace[0]));
    EXPECT_DOUBLE_EQ(means[1].contrast, 25.0);
    EXPECT_EQ(means[1].n_trials, 1u);
    EXPECT_EQ(means[1].trace, (std::vector{1.0, 3.0}));
    EXPECT_THROW((void)mean_traces(traces, 3, trials), Error);
    // At 25 %: the first sample of one trial; of the second sample 2 and 4, sd sqrt(2), sem 1.
    EXPECT_EQ(means[1].count, (std::vector<std::size_t>{1, 2}));
    EXPECT_TRUE(std::isnan(means[1].sem[0]));
    EXPECT_DOUBLE_EQ(means[1].sem[1], 1.0);
    EXPECT_EQ(means[0].count, (std::vector<std::size_t>{0, 0}));
    EXPECT_TRUE(std::isnan(means[0].sem[0]));
}

TEST(LateralisedPsychometrics, AreNullForAnUnknownHemisphereUnlessTheReferenceIsAskedFor) {
    const auto left = lateralised_psychometrics(5.0, 0.1, 0.2, "l");
    EXPECT_EQ(left.bias, 5.0);
    EXPECT_EQ(left.lapse_contra, 0.2);
    const auto right = lateralised_psychometrics(5.0, 0.1, 0.2, "r");
    EXPECT_EQ(right.bias, -5.0);
    EXPECT_EQ(right.lapse_contra, 0.1);
    EXPECT_TRUE(std::isnan(lateralised_psychometrics(5.0, 0.1, 0.2, "").bias));
    const auto odd = lateralised_psychometrics(5.0, 0.1, 0.2, "", UnknownHemisphere::reference);
    EXPECT_EQ(odd.bias, 5.0);
    EXPECT_EQ(odd.lapse_contra, 0.1);
}

}  // namespace
}  // namespace tb::compute::photometry
