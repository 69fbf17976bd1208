#include "compute/photometry/session_performance.hpp"

#include "tests/compute/task/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

using task::testing::HandRows;
using task::testing::number;
using task::testing::text;

std::vector<std::string> types(const std::vector<MetadataError>& errors) {
    std::vector<std::string> out;
    for (const auto& error : errors) out.push_back(error.type);
    return out;
}
using Types = std::vector<std::string>;

/// Blocks of constant probability: {0.5, 90}, {0.2, 20}.
std::vector<double> blocks(const std::vector<std::pair<double, std::size_t>>& list) {
    std::vector<double> out;
    for (const auto& [probability, n] : list) out.insert(out.end(), n, probability);
    return out;
}

TEST(PhotometrySessionPerformance, TrainingSessionsAreAllUnbiased) {
    const auto good = blocks({{0.5, 20}});
    EXPECT_FALSE(repair_blocks(good, "training", {}).is_repaired);
    EXPECT_TRUE(repair_blocks(good, "training", {}).errors.empty());
    auto bad = good;
    bad[3] = 0.8;
    bad[4] = nan;
    const auto repair = repair_blocks(bad, "training", {});
    EXPECT_EQ(types(repair.errors), Types{"BlockStructureBug"});
    EXPECT_EQ(repair.probability_left, good);
    EXPECT_EQ(repair.n_changed, 2u);
    EXPECT_TRUE(repair_blocks(bad, "advanced", {}).errors.empty());  // not judged
}

TEST(PhotometrySessionPerformance, BlocksThatAreTooShortAreComparedWithThePlan) {
    const auto plausible = blocks({{0.5, 12}, {0.2, 12}, {0.8, 3}});
    EXPECT_TRUE(repair_blocks(plausible, "biased", {}).errors.empty());
    const auto flagged = blocks({{0.5, 12}, {0.2, 3}, {0.8, 12}});
    const auto without = repair_blocks(flagged, "ephys", {});
    EXPECT_EQ(types(without.errors), (Types{"MissingBlockInfo", "BlockStructureBug"}));
    EXPECT_FALSE(without.is_repaired);
    EXPECT_EQ(without.probability_left, flagged);

    // The plan: 12 trials half left, 15 trials of which a fifth is left.
    task::BlockPlan plan{
        .block_lengths = {12, 15}, .positions = {}, .block_probability_set = {0.2, 0.8}};
    for (int i = 0; i < 12; ++i) plan.positions.push_back(i % 2 == 0 ? -35.0 : 35.0);
    for (int i = 0; i < 15; ++i) plan.positions.push_back(i % 5 == 0 ? -35.0 : 35.0);
    const auto with = repair_blocks(flagged, "biased", plan);
    EXPECT_EQ(types(with.errors), Types{"BlockStructureBug"});
    EXPECT_EQ(with.probability_left, blocks({{0.5, 12}, {0.2, 15}}));
    EXPECT_EQ(with.n_changed, 12u);
    // Short blocks that were planned are no fault.
    plan.block_lengths = {12, 3, 12};
    for (int i = 12; i < 15; ++i) plan.positions[static_cast<std::size_t>(i)] = 35.0;
    for (int i = 15; i < 27; ++i)
        plan.positions[static_cast<std::size_t>(i)] = i % 5 == 0 ? 35.0 : -35.0;
    EXPECT_TRUE(repair_blocks(flagged, "biased", plan).errors.empty());
    // A plan that ends early cannot repair.
    plan.block_lengths = {12};
    const auto early = repair_blocks(flagged, "biased", plan);
    EXPECT_EQ(types(early.errors), Types{"BlockStructureBug"});
    EXPECT_FALSE(early.is_repaired);
}

TEST(PhotometrySessionPerformance, ContrastsAreCountedBothSidesTogether) {
    const auto counts = contrast_fractions(task::testing::trials_from(
        {{1.0, -1, 1}, {-1.0, -1, -1}, {-1.0, 0, -1}, {0.0, 1, 1}, {nan, 1, -1}}));
    ASSERT_EQ(counts.size(), 2u);
    EXPECT_EQ(counts[0].contrast_percent, 0.0);
    EXPECT_EQ(counts[0].n_trials, 1u) << "a missing contrast is none";
    EXPECT_EQ(counts[0].n_rewarded, 1u);
    EXPECT_EQ(counts[1].contrast_percent, 100.0);
    EXPECT_EQ(counts[1].n_trials, 3u);
    EXPECT_EQ(counts[1].n_responses, 2u);
    EXPECT_EQ(counts[1].n_rewarded, 1u);
}

/// 20 trials a level of a steep observer whose bias is on one side.
task::Trials observer(double probability_left, double bias) {
    task::Trials trials;
    for (const double contrast : {-1.0, -0.25, -0.125, 0.0, 0.125, 0.25, 1.0}) {
        const double p = 0.5 + 0.5 * std::erf((100.0 * contrast - bias) / 20.0);
        trials.append(task::testing::level(contrast, 20, static_cast<int>(std::lround(20 * p)),
                                           probability_left));
    }
    return trials;
}

TEST(PhotometrySessionPerformance, BlocksOfTenTrialsAreFittedInBlockSessions) {
    task::Trials trials = observer(0.5, 0.0);
    trials.append(observer(0.2, 10.0));
    trials.append(observer(0.8, -10.0));
    const BlockFits fits = block_fits(trials, true);
    ASSERT_EQ(fits.blocks.size(), 3u);
    EXPECT_EQ(fits.blocks[0].block, 50);
    EXPECT_NEAR(fits.blocks[0].fit.bias(), 0.0, 1.0);
    EXPECT_NEAR(fits.bias_shift_percent, -20.0, 2.0);
    EXPECT_EQ(fits.bias_shift_quality,
              task::worse_of(fits.blocks[1].quality, fits.blocks[2].quality));
    EXPECT_EQ(block_fits(trials, false).blocks.size(), 1u);

    task::Trials few = observer(0.2, 0.0);
    few.append(task::testing::level(1.0, 9, 9, 0.8));
    const BlockFits without = block_fits(few, true);
    ASSERT_EQ(without.blocks.size(), 2u);  // 80 has nine trials
    EXPECT_EQ(without.blocks[0].n_trials, 0u);
    EXPECT_TRUE(std::isnan(without.blocks[0].fit.bias()));
    EXPECT_TRUE(std::isnan(without.bias_shift_percent));
    EXPECT_FALSE(without.bias_shift_quality);
    // An animal that guesses in one of the blocks.
    task::Trials guesses = observer(0.2, 10.0);
    for (const double contrast : {-1.0, -0.25, 0.0, 0.25, 1.0})
        guesses.append(task::testing::level(contrast, 20, 10, 0.8));
    const BlockFits guessed = block_fits(guesses, true);
    ASSERT_NE(guessed.blocks[2].quality, task::FitQuality::good);
    EXPECT_EQ(guessed.bias_shift_quality,
              task::worse_of(guessed.blocks[1].quality, guessed.blocks[2].quality));
    EXPECT_NE(guessed.bias_shift_quality, task::FitQuality::good);
}

/// Rows of the adapter's fetches.
struct Fetched {
    HandRows trials, session, plan;
    explicit Fetched(const task::Trials& list, std::optional<std::string> protocol,
                     std::vector<double> first_movement_s = {}) {
        first_movement_s.resize(list.size(), 1.0);
        trials.trials(list)
            .numbers("first_movement_s", first_movement_s)
            .numbers("feedback_s", std::vector<double>(list.size(), 2.0));
        session.texts("task_protocol", {std::move(protocol)});
        plan.texts("name", {}).numbers("value", {});
    }
    [[nodiscard]] Output run() const {
        return task::testing::run(session_performance_table(), "session_id=1",
                                  {{"session", &session}, {"trials", &trials}, {"plan", &plan}});
    }
};

TEST(PhotometrySessionPerformance, AdapterGivesContrastsBlocksAndFindings) {
    task::Trials trials = observer(0.5, 0.0);
    trials.probability_left[0] = 0.8;  // a training session that is not all 0.5
    Fetched fetched(trials, "_iblrig_tasks_trainingChoiceWorld6.4",
                    std::vector<double>(20, nan));  // 120 of 140 movements
    const Output output = fetched.run();
    ASSERT_TRUE(output.master_row);
    EXPECT_EQ(text(*output.master_row, "session_type"), "training");
    EXPECT_EQ(number(*output.master_row, "is_session_type_inferred"), 0.0);
    EXPECT_EQ(number(*output.master_row, "n_trials"), 140.0);
    EXPECT_EQ(number(*output.master_row, "is_block_repaired"), 1.0);
    EXPECT_EQ(number(*output.master_row, "n_trials_repaired"), 1.0);
    EXPECT_EQ(output.part_rows.at("performance_contrast").size(), 4u);
    ASSERT_EQ(output.part_rows.at("block_psychometric").size(), 1u);
    EXPECT_EQ(number(output.part_rows.at("block_psychometric")[0], "n_trials"), 140.0);
    const auto& errors = output.part_rows.at("session_performance_error");
    ASSERT_EQ(errors.size(), 2u);
    EXPECT_EQ(text(errors[0], "error_type"), "IncompleteEventTimes");
    EXPECT_NE(text(errors[0], "message").find("firstMovement_times"), std::string::npos);
    EXPECT_EQ(text(errors[1], "error_type"), "BlockStructureBug");
    EXPECT_EQ(number(errors[1], "error_no"), 2.0);
}

TEST(PhotometrySessionPerformance, AdapterReadsThePlanAndInfersAMissingProtocol) {
    task::Trials trials;
    for (const double p : blocks({{0.5, 90}, {0.2, 3}, {0.8, 20}}))
        trials.append(task::testing::level(1.0, 1, 1, p));
    Fetched fetched(trials, "_iblrig_tasks_biasedChoiceWorld");
    std::vector<std::optional<std::string>> names = {"LEN_BLOCKS", "LEN_BLOCKS"};
    std::vector<double> values = {90, 30};
    for (int i = 0; i < 120; ++i) {
        names.emplace_back("POSITIONS");
        values.push_back(i < 90 ? (i % 2 == 0 ? -35 : 35) : (i % 5 == 0 ? 35 : -35));
    }
    names.insert(names.end(), {"BLOCK_PROBABILITY_SET", "BLOCK_PROBABILITY_SET"});
    values.insert(values.end(), {0.2, 0.8});
    fetched.plan = HandRows();
    fetched.plan.texts("name", names).numbers("value", values);
    const Output output = fetched.run();
    EXPECT_EQ(number(*output.master_row, "n_trials_repaired"), 3.0);
    EXPECT_EQ(output.part_rows.at("block_psychometric").size(), 2u);  // 50 and 80

    const Output unnamed = Fetched(trials, std::nullopt).run();
    EXPECT_EQ(number(*unnamed.master_row, "is_session_type_inferred"), 1.0);
    EXPECT_EQ(text(*unnamed.master_row, "session_type"), "training");  // a block of 3 trials
    const Output other = Fetched(trials, "someOtherTask").run();
    EXPECT_TRUE(std::isnan(number(*other.master_row, "bias_shift_percent")));
}

TEST(PhotometrySessionPerformance, FewerThanNinetyTrialsFailTheKey) {
    try {
        (void)Fetched(task::testing::level(1.0, 89, 80), "trainingChoiceWorld").run();
        FAIL() << "an error was expected";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "InsufficientTrials");
        EXPECT_EQ(error.kind(), ErrorKind::data);
    }
}

}  // namespace
}  // namespace tb::compute::photometry
