#include "compute/task/choice_glm_table.hpp"

#include "src/stats/legacy_random.hpp"
#include "tests/compute/task/support.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using testing::HandRows;
using testing::number;
using testing::text;

/// Trials of an animal that follows the stimulus as a logistic function says, by chance.
Trials drawn_trials(int n, std::uint32_t seed) {
    stats::LegacyRandom random(seed);
    Trials trials;
    for (int i = 0; i < n; ++i) {
        constexpr double contrasts[] = {-1.0, -0.25, -0.0625, 0.0, 0.0625, 0.25, 1.0};
        const double contrast = contrasts[static_cast<std::size_t>(7.0 * random.uniform())];
        const double probability_left = i / 20 % 2 == 0 ? 0.8 : 0.2;
        const double log_odds = 3.0 * contrast + (probability_left > 0.5 ? -0.5 : 0.5);
        const bool is_right = random.uniform() < 1.0 / (1.0 + std::exp(-log_odds));
        const bool is_correct = contrast == 0.0 || is_right == (contrast > 0.0);
        trials.append(testing::trials_from(
            {{contrast, is_right ? -1.0 : 1.0, is_correct ? 1.0 : -1.0, 0.5, probability_left}}));
    }
    return trials;
}

HandRows rows_of(const Trials& trials, std::vector<std::optional<std::int64_t>> session_no,
                 std::vector<std::optional<std::string>> date) {
    HandRows rows;
    rows.trials(trials).integers("session_no", std::move(session_no));
    rows.texts("criterion_date",
               std::vector<std::optional<std::string>>(trials.size(), "2019-05-03"));
    rows.texts("session_date", std::move(date));
    return rows;
}

Output run_subject(const HandRows& rows, bool has_block) {
    HandRows params;
    params.integers("has_block", {has_block ? 1 : 0})
        .integers("n_folds", {5})
        .integers("seed", {1});
    return testing::run(choice_glm_table(),
                        "subject_id=a,criteria_set=warehouse,choice_glm_params_id=full",
                        {{"trials", &rows}, {"params", &params}});
}

/// All of one session, and all of one date.
Output run_session(const Trials& trials, bool has_block) {
    return run_subject(
        rows_of(trials, std::vector<std::optional<std::int64_t>>(trials.size(), 1),
                std::vector<std::optional<std::string>>(trials.size(), "2019-05-02")),
        has_block);
}

ChoiceGlm fixed_glm() {
    ChoiceGlm glm;
    glm.design.names = {"bias", "25", "100", "unrewarded", "rewarded", "block_id"};
    glm.contrast_percent = {25.0, 100.0};
    glm.fit.weights = {0.5, 1.0, 2.0, 7.0, 8.0, 1.0};
    glm.fit.covariance.assign(36, 0.0);
    glm.fit.covariance[0] = 0.04;
    glm.fit.covariance[14] = 0.16;
    glm.fit.covariance[2] = glm.fit.covariance[12] = 0.01;
    glm.fit.covariance[35] = 0.05;
    return glm;
}

double logistic(double x) {
    return 1.0 / (1.0 + std::exp(-x));
}

TEST(ChoiceCurve, HasEachBlockAndContrastInOrder) {
    const auto curve = choice_curve(fixed_glm());
    ASSERT_EQ(curve.size(), 15U);
    EXPECT_EQ(curve[0].block, 20);
    EXPECT_EQ(curve[5].block, 50);
    EXPECT_EQ(curve[10].block, 80);
    for (std::size_t i = 0; i < 5; ++i) {
        constexpr double expected[] = {-100, -25, 0, 25, 100};
        EXPECT_EQ(curve[10 + i].signed_contrast_percent, expected[i]);
    }
}

// Block 80 at 100 % left: 0.5 - 2 - 1, variance 0.04 + 0.16 + 0.05 - 2 x 0.01.
TEST(ChoiceCurve, IsTheLogisticFunctionOfTheWeightsWithItsQuantiles) {
    const ChoiceCurvePoint point = choice_curve(fixed_glm())[10];
    EXPECT_NEAR(point.p_rightward, logistic(-2.5), 1e-15);
    const double sd = std::sqrt(0.23);
    EXPECT_NEAR(point.low, logistic(-2.5 - 1.959963984540054 * sd), 1e-15);
    EXPECT_NEAR(point.high, logistic(-2.5 + 1.959963984540054 * sd), 1e-15);
}

TEST(ChoiceCurve, HasOneBlockWithoutItsWeight) {
    ChoiceGlm glm;
    glm.design.names = {"bias", "100", "unrewarded", "rewarded"};
    glm.contrast_percent = {100.0};
    glm.fit.weights = {0.0, 2.0, 0.0, 0.0};
    glm.fit.covariance.assign(16, 0.0);
    const auto curve = choice_curve(glm);
    ASSERT_EQ(curve.size(), 3U);
    EXPECT_EQ(curve[2].block, 50);
    EXPECT_NEAR(curve[2].p_rightward, logistic(2.0), 1e-15);
    EXPECT_EQ(curve[2].low, curve[2].high);
}

TEST(ChoiceGlmTable, HasTheWeightsOfTheRegression) {
    const Trials trials = drawn_trials(1500, 3);
    const Output output = run_session(trials, true);
    ASSERT_TRUE(output.master_row);
    const Row& master = *output.master_row;
    const ChoiceGlm direct = choice_glm(
        recoded_trials(trials, std::vector<std::size_t>(trials.size(), 0)), {.has_block = true});
    EXPECT_EQ(text(master, "fit_quality"), "good");
    EXPECT_EQ(text(master, "criterion_date"), "2019-05-03");
    EXPECT_EQ(text(master, "last_date"), "2019-05-02");
    EXPECT_EQ(number(master, "n_sessions"), 1.0);
    EXPECT_EQ(number(master, "n_trials"), 1499.0) << "the first has none before it";
    EXPECT_EQ(number(master, "n_regressors"), 7.0);
    EXPECT_EQ(number(master, "pseudo_r2"), direct.fit.pseudo_r2());
    EXPECT_EQ(number(master, "accuracy"), direct.accuracy);
    const auto& weights = output.part_rows.at("choice_glm_weight");
    ASSERT_EQ(weights.size(), 7U);
    EXPECT_EQ(text(weights[1], "regressor"), "6_25");
    EXPECT_EQ(text(weights[6], "regressor"), "block_id");
    EXPECT_EQ(number(weights[6], "regressor_no"), 7.0);
    // The animal was made so: 0.5 for the block, 3 for full contrast, by four standard errors.
    EXPECT_NEAR(number(weights[6], "weight"), 0.5, 4 * number(weights[6], "standard_error"));
    EXPECT_NEAR(number(weights[3], "weight"), 3.0, 4 * number(weights[3], "standard_error"));
    EXPECT_EQ(output.part_rows.at("choice_glm_curve").size(), 21U);
}

// History ends with the session: the first trial of each has none before it.
TEST(ChoiceGlmTable, ForgetsBetweenSessions) {
    const Trials trials = drawn_trials(400, 5);
    std::vector<std::optional<std::int64_t>> session_no(400, 1);
    std::vector<std::optional<std::string>> date(400, "2019-05-02");
    for (std::size_t i = 150; i < 400; ++i) {
        session_no[i] = 2;
        date[i] = "2019-05-04";
    }
    const Output output = run_subject(rows_of(trials, session_no, date), false);
    ASSERT_TRUE(output.master_row);
    EXPECT_EQ(number(*output.master_row, "n_sessions"), 2.0);
    EXPECT_EQ(number(*output.master_row, "n_trials"), 398.0);
    EXPECT_EQ(text(*output.master_row, "first_date"), "2019-05-02");
    EXPECT_EQ(text(*output.master_row, "last_date"), "2019-05-04");
}

std::string quality_of(const Trials& trials, bool has_block = false) {
    const Output output = run_session(trials, has_block);
    if (!output.master_row) return "none";
    EXPECT_TRUE(std::isnan(number(*output.master_row, "n_trials")) == false);
    const std::string quality = text(*output.master_row, "fit_quality");
    if (quality != "good") {
        EXPECT_FALSE(output.part_rows.contains("choice_glm_weight"));
    }
    return quality;
}

TEST(ChoiceGlmTable, SaysWhyThereAreNoWeights) {
    const Trials drawn = drawn_trials(300, 9);
    EXPECT_EQ(quality_of(drawn), "good");
    Trials obedient = drawn;
    Trials right = drawn;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
        obedient.choice[i] = drawn.signed_contrast[i] > 0.0 ? -1.0 : 1.0;
        right.choice[i] = -1.0;
    }
    EXPECT_EQ(quality_of(obedient), "separated");
    EXPECT_EQ(quality_of(right), "one_sided");
    EXPECT_EQ(quality_of(drawn.where([](std::size_t i) { return i < 4; })), "too_few_trials");
    // All trials of one block: its weight cannot be told from the bias.
    EXPECT_EQ(quality_of(drawn.of_block(0.8), true), "rank_deficient");
}

TEST(ChoiceGlmTable, HasNothingToComputeWithoutTrials) {
    const HandRows rows = rows_of({}, {}, {});
    const Output output = run_subject(rows, true);
    EXPECT_TRUE(output.settled_reason);
    EXPECT_FALSE(output.master_row);
}

}  // namespace
}  // namespace tb::compute::task
