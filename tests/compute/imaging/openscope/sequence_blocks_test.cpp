#include "compute/imaging/openscope/sequence_blocks.hpp"

#include "compute/imaging/openscope/block_data.hpp"
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
using testing::IsEmpty;
using Frames = std::vector<std::int64_t>;

TEST(OpenScopeSequenceBlocks, LeaveOutTheLastPair) {
    const auto blocks = sequence_blocks(Frames{1, 2, 5, 8, 9}, Frames{3, 4, 6, 7, 10});
    EXPECT_THAT(blocks.regular, ElementsAre(ElementsAre(0, 1), ElementsAre(2)));
    EXPECT_THAT(blocks.unexpected, ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3)));
    EXPECT_THAT(sequence_blocks(Frames{1}, Frames{2}).regular, IsEmpty());
}

TEST(OpenScopeSequenceBlocks, ThatBeginUnexpectedLoseTheFirstAndTheLastRegular) {
    const auto blocks = sequence_blocks(Frames{2, 4, 6}, Frames{1, 3, 5});
    EXPECT_THAT(blocks.regular, ElementsAre(ElementsAre(0)));
    EXPECT_THAT(blocks.unexpected, ElementsAre(ElementsAre(1)));
}

TEST(OpenScopeSequenceBlocks, ThatDoNotPairAreAnError) {
    const auto type = [](const Frames& regular, const Frames& unexpected) {
        return error_type([&] { (void)sequence_blocks(regular, unexpected); });
    };
    EXPECT_EQ(type({1, 3}, {2}), "StimulusBlocks");
    EXPECT_EQ(type({2, 4}, {1, 3, 5}), "StimulusBlocks");
    EXPECT_EQ(type({1}, {}), "StimulusBlocks");
    EXPECT_EQ(type({1, 2}, {2, 3}), "StimulusBlocks");
    EXPECT_EQ(type({2, 1}, {3}), "StimulusBlocks");
}

TEST(OpenScopeBlockData, IsMeansOfMeans) {
    std::vector<double> series{1.0, 3.0, 5.0, nan, 8.0, 10.0, 0.0, 0.0, 0.0, 0.0, 0.0};
    const WindowFrames frames = window_frames({0.0, 0.2}, 10.0);
    const std::array<WindowList, 2> lists{WindowList{{0, 2, 6}, frames},
                                          WindowList{{4, 8}, frames}};
    const BlockData data = block_data(series, lists);
    EXPECT_THAT(data.regular, ElementsAre(3.5));  // windows of means 2 and 5
    EXPECT_THAT(data.unexpected, ElementsAre(9.0));
    EXPECT_TRUE(
        std::isnan(stretch_means(std::vector{nan}, std::vector<std::vector<std::size_t>>{{0}})[0]));
}

}  // namespace
}  // namespace tb::compute::imaging::openscope
