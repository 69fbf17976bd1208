#include "compute/imaging/openscope/frame_conversion.hpp"

#include "tests/src/stats/error_type.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::compute::imaging::openscope {
namespace {

using stats::error_type;
using testing::ElementsAre;
using testing::Eq;

const std::vector<double> stim_s{1.0, 1.5, 2.0, 2.4, 3.0};
const std::vector<double> twop_s{0.0, 1.1, 2.1, 3.1, 4.1};

TEST(OpenScopeFrames, AreTheNearestOfTheOtherClock) {
    const auto conversion = frame_conversion(stim_s, twop_s);
    EXPECT_THAT(conversion.stim_to_twop, ElementsAre(1, 1, 2, 2, 3));
    EXPECT_THAT(conversion.twop_to_stim,
                ElementsAre(std::nullopt, Eq(0), Eq(2), Eq(4), std::nullopt));
}

TEST(OpenScopeFrames, AsNearOnesGiveTheLater) {
    const std::vector<double> one{0.5};
    const std::vector<double> two{0.0, 1.0};
    EXPECT_THAT(frame_conversion(one, two).stim_to_twop, ElementsAre(1));
}

TEST(OpenScopeFrames, OutsideTheRecordingAreAnError) {
    const auto conversion = frame_conversion(stim_s, twop_s);
    const auto to_twop = [&](std::int64_t frame) {
        return error_type([&] { (void)stim_to_twop(conversion, std::vector{frame}); });
    };
    const auto to_stim = [&](std::int64_t frame) {
        return error_type([&] { (void)twop_to_stim(conversion, std::vector{frame}); });
    };
    EXPECT_THAT(stim_to_twop(conversion, std::vector<std::int64_t>{4, 0}), ElementsAre(3, 1));
    EXPECT_THAT(twop_to_stim(conversion, std::vector<std::int64_t>{3, 1}), ElementsAre(4, 0));
    EXPECT_EQ(to_twop(-1), "FrameRange");
    EXPECT_EQ(to_twop(5), "FrameRange");
    EXPECT_EQ(to_stim(0), "FrameRange");
    EXPECT_EQ(to_stim(4), "FrameRange");
    EXPECT_EQ(to_stim(5), "FrameRange");
}

TEST(OpenScopeFrames, NeedTimesInOrder) {
    const std::vector<double> back{0.0, 2.0, 1.0};
    EXPECT_EQ(error_type([&] { (void)frame_conversion(stim_s, back); }), "TimeOrder");
    EXPECT_EQ(error_type([&] { (void)frame_conversion({}, back); }), "FrameCount");
}

}  // namespace
}  // namespace tb::compute::imaging::openscope
