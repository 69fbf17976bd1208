#include "compute/task/block_structure.hpp"

#include "trialbase/error.hpp"

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

std::vector<double> runs(const std::vector<std::pair<double, int>>& list) {
    std::vector<double> values;
    for (const auto& [value, n] : list)
        values.insert(values.end(), static_cast<std::size_t>(n), value);
    return values;
}

TEST(BlockStructure, LeavesTheLastBlockOutOfTheFlagButNotOfTheMinimum) {
    const BlockStructure cut_off = block_structure(runs({{0.5, 90}, {0.2, 30}, {0.8, 3}}));
    EXPECT_EQ(cut_off.n_blocks, 3u);
    EXPECT_EQ(cut_off.min_block_length, 3u);
    EXPECT_FALSE(cut_off.is_flagged);
    EXPECT_TRUE(block_structure(runs({{0.5, 90}, {0.2, 9}, {0.8, 30}})).is_flagged);
    EXPECT_TRUE(block_structure(runs({{0.2, 9}})).is_flagged) << "an only block is not left out";
    EXPECT_FALSE(block_structure(runs({{0.2, 10}})).is_flagged);
}

TEST(BlockStructure, IsFlaggedWithoutTrials) {
    const BlockStructure none = block_structure({});
    EXPECT_TRUE(none.is_flagged);
    EXPECT_EQ(none.n_blocks, 0u);
    EXPECT_EQ(none.min_block_length, 0u);
}

TEST(BlockLengths, TakeFloatingResidueForTheSameBlock) {
    EXPECT_EQ(block_lengths(std::vector{0.3, 0.30000000000000004, 0.5}),
              (std::vector<std::size_t>{2, 1}));
}

// Left is -35. Block 1 holds 1 of 2 left (0.5), block 2 holds 3 of 4 (nearest 0.8), block 3 none
// (0.2).
TEST(ReconstructProbabilityLeft, TakesTheNearestPlannedProbabilityPerBlock) {
    const BlockPlan plan = {{2, 4, 3}, {-35, 35, -35, -35, 35, -35, 35, 35, 35}, {0.2, 0.8}};
    EXPECT_EQ(reconstruct_probability_left(plan, 8),
              (std::vector{0.5, 0.5, 0.8, 0.8, 0.8, 0.8, 0.2, 0.2}));
    EXPECT_EQ(reconstruct_probability_left(plan, 20).size(), 9u)
        << "a plan may be shorter than the session";
}

TEST(ReconstructProbabilityLeft, TakesTheFirstOfEqualsAndHalfBeyondThePositions) {
    // 3 of 8 left: 0.375 is as far from 0.5 as from 0.25, exactly, and 0.5 comes first.
    BlockPlan plan = {{8, 5}, std::vector<double>(8, 35.0), {0.25, 0.75}};
    for (std::size_t i = 0; i < 3; ++i) plan.positions[i] = -35.0;
    const std::vector<double> probability = reconstruct_probability_left(plan, 13);
    EXPECT_DOUBLE_EQ(probability[0], 0.5);
    EXPECT_DOUBLE_EQ(probability[12], 0.5);
}

TEST(ReconstructProbabilityLeft, DoesNotAllocateForBlocksBeyondTheSession) {
    const BlockPlan plan = {
        {static_cast<std::size_t>(-1), static_cast<std::size_t>(-1)}, {-35, 35}, {0.2}};
    EXPECT_EQ(reconstruct_probability_left(plan, 3).size(), 3u);
}

TEST(ReconstructProbabilityLeft, RefusesAPlanWithoutBlocksOrPositions) {
    for (const BlockPlan& plan : {BlockPlan{{}, {35}, {0.2}}, BlockPlan{{10}, {}, {0.2}}}) {
        try {
            (void)reconstruct_probability_left(plan, 10);
            FAIL() << "an error was expected";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::data);
            EXPECT_EQ(error.type(), "MissingBlockInfo");
        }
    }
}

TEST(IsSameProbabilityLeft, ComparesLengthAndValues) {
    EXPECT_TRUE(is_same_probability_left(std::vector{0.3}, std::vector{0.30000000000000004}));
    EXPECT_FALSE(is_same_probability_left(std::vector{0.2, 0.2}, std::vector{0.2}));
    EXPECT_FALSE(is_same_probability_left(std::vector{0.2}, std::vector{0.8}));
}

}  // namespace
}  // namespace tb::compute::task
