#include "compute/task/choice_glm.hpp"

#include "tests/src/stats/error_type.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using stats::error_type;

struct One {
    double contrast_percent, choice, feedback, previous_choice, previous_outcome, left_percent;
};

RecodedTrials recoded(const std::vector<One>& trials) {
    RecodedTrials out;
    for (const One& one : trials) {
        out.signed_contrast_percent.push_back(one.contrast_percent);
        out.choice.push_back(one.choice);
        out.choice_right.push_back(one.choice == 0.0 ? nan : one.choice > 0.0 ? 1.0 : 0.0);
        out.feedback_type.push_back(one.feedback);
        out.previous_choice.push_back(one.previous_choice);
        out.previous_outcome.push_back(one.previous_outcome);
        out.probability_left_percent.push_back(one.left_percent);
    }
    return out;
}

TEST(ChoiceDesign, HasAColumnPerContrastAndOutcomeBefore) {
    const ChoiceDesign found = choice_design(
        recoded({{-12.5, 1, -1, 1, 1, 80}, {100, 1, 1, -1, -1, 20}, {0, -1, 1, 1, -1, 50}}), true);
    EXPECT_EQ(found.x.names, (std::vector<std::string>{"bias", "12_5", "100", "unrewarded",
                                                       "rewarded", "block_id"}));
    EXPECT_EQ(found.x.values, (std::vector<double>{1, -1, 0, 0, 1, -1,  //
                                                   1, 0, 1, -1, 0, 1,   //
                                                   1, 0, 0, 1, 0, 0}));
    EXPECT_EQ(found.chose_right, (std::vector<bool>{true, true, false}));
}

TEST(ChoiceDesign, LeavesOutWhatHasNoAnswerOrNothingBefore) {
    const ChoiceDesign found = choice_design(recoded({{50, 1, 1, 1, 1, 50},
                                                      {25, 0, nan, 1, 1, 50},
                                                      {25, 1, 1, nan, nan, 50},
                                                      {nan, 1, 1, 1, 1, 50},
                                                      {25, 1, 1, 1, 1, 70},
                                                      {25, -1, -1, 1, 1, 80}}),
                                             true);
    EXPECT_EQ(found.trial, std::vector<std::size_t>{5});
}

TEST(ChoiceGlm, SaysWhatItCannotFit) {
    EXPECT_EQ(error_type([] { (void)choice_glm({}); }), "TooFewValues");
    // Every choice follows the stimulus.
    std::vector<One> obedient;
    for (int i = 0; i < 40; ++i) {
        const double side = i % 2 == 0 ? 1.0 : -1.0;
        obedient.push_back(
            {100.0 * side, side, 1.0, i % 3 == 0 ? 1.0 : -1.0, i % 5 < 2 ? 1.0 : -1.0, 50.0});
    }
    EXPECT_EQ(error_type([&] { (void)choice_glm(recoded(obedient)); }), "PerfectSeparation");
}

// With nothing that helps, the fit is the share of right choices: 30 of 40.
TEST(ChoiceGlm, GivesTheChanceOfTheChoicesMade) {
    std::vector<One> trials;
    for (int i = 0; i < 40; ++i) {
        // Choices, and choices before by outcome, in all combinations equally often.
        trials.push_back({0.0, i % 4 == 3 ? -1.0 : 1.0, 1.0, (i / 4) % 2 == 0 ? 1.0 : -1.0,
                          i < 16 ? 1.0 : -1.0, 50.0});
    }
    const ChoiceGlm glm = choice_glm(recoded(trials), {.n_folds = 0});
    EXPECT_NEAR(glm.fit.weights[0], std::log(3.0), 1e-9);
    EXPECT_NEAR(glm.fit.pseudo_r2(), 0.0, 1e-9);
    EXPECT_TRUE(std::isnan(glm.accuracy));
    // (3/4)^2 + (1/4)^2 = 0.625 but for what each fold lacks.
    EXPECT_NEAR(choice_glm(recoded(trials)).accuracy, 0.625, 0.06);
    EXPECT_EQ(error_type([&] { (void)choice_glm(recoded(trials), {.n_folds = 41}); }),
              "TooFewValues");
}

}  // namespace
}  // namespace tb::compute::task
