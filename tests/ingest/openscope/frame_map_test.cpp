#include "ingest/openscope/frame_map.hpp"

#include <cmath>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::openscope {
namespace {

using ::testing::ElementsAre;

TEST(FrameMap, TakesTheLaterOfTwoThatAreAsNear) {
    const std::vector<double> times{1.0, 2.0, 4.0};
    EXPECT_EQ(nearest_frame(times, 1.5), 1);
    EXPECT_EQ(nearest_frame(times, 3.0), 2);
    EXPECT_EQ(nearest_frame(times, 2.9), 1);
    EXPECT_EQ(nearest_frame(times, 0.0), 0);
    EXPECT_EQ(nearest_frame(times, 9.0), 2);
}

TEST(FrameMap, HasNoStimulusFrameBeforeTheFirstAndAfterTheLast) {
    const std::vector<double> stim{1.0, 1.5, 2.0, 2.5};
    const std::vector<double> twop{0.0, 1.0, 2.0, 3.0, 4.0};
    const auto maps = frame_maps(stim, twop);
    EXPECT_THAT(maps.stim_to_twop, ElementsAre(1.0, 2.0, 2.0, 3.0));
    ASSERT_EQ(maps.twop_to_stim.size(), 5U);
    EXPECT_TRUE(std::isnan(maps.twop_to_stim[0]));
    EXPECT_EQ(maps.twop_to_stim[1], 0.0);
    EXPECT_EQ(maps.twop_to_stim[3], 3.0);
    EXPECT_TRUE(std::isnan(maps.twop_to_stim[4]));
}

}  // namespace
}  // namespace tb::openscope
