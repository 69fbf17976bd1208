#include "compute/imaging/openscope/stimulus_blocks.hpp"

#include "compute/imaging/openscope/session_rates.hpp"
#include "tests/compute/imaging/openscope/session_example.hpp"
#include "tests/src/stats/error_type.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::compute::imaging::openscope {
namespace {

using stats::error_type;

TEST(OpenScopeBlocks, AreRunsOfOneStimulus) {
    const auto blocks = stimulus_blocks(session_example(), Stimulus::gabors);
    ASSERT_EQ(blocks.size(), 1U);
    EXPECT_EQ(blocks[0].start_segment, 7U);
    EXPECT_EQ(blocks[0].stop_segment, 17U);
    EXPECT_EQ(blocks[0].start_frame_stim, 540);
    EXPECT_EQ(blocks[0].stop_frame_stim, 720);
    EXPECT_EQ(blocks[0].start_frame_twop, 370);
    EXPECT_NEAR(blocks[0].duration_s(), 3.0, 1e-12);
    EXPECT_EQ(blocks[0].gabor_kappa, 16.0);
    EXPECT_TRUE(std::isnan(blocks[0].square_size));
    const auto flow = stimulus_blocks(session_example(), Stimulus::visflow);
    ASSERT_EQ(flow.size(), 1U);
    EXPECT_EQ(flow[0].main_flow_direction, "right (temp)");
    EXPECT_EQ(flow[0].square_number, 105.0);
}

TEST(OpenScopeRates, AreFramesOverTime) {
    const SessionRates rates = session_rates(session_example());
    EXPECT_NEAR(rates.stim_hz, 60.0, 1e-12);
    EXPECT_NEAR(rates.twop_hz, 30.0, 1e-12);
    SegmentTable table = session_example();
    table.stop_s.back() = table.start_s.front();
    EXPECT_EQ(error_type([&] { (void)session_rates(table); }), "FrameCount");
}

TEST(OpenScopeRates, RecordingsReachTheTablesEnd) {
    const SegmentTable table = session_example();  // ends at frames 840 and 520
    const auto type = [&](RecordedFrames recorded) {
        return error_type([&] { require_frames(table, recorded); });
    };
    EXPECT_EQ(type({840, 520, 520}), "none");
    EXPECT_EQ(type({840, 520, {}}), "none");
    EXPECT_EQ(type({839, 520, 520}), "FrameCount");
    EXPECT_EQ(type({840, 519, 520}), "FrameCount");
    EXPECT_EQ(type({840, 520, 519}), "FrameCount");
}

}  // namespace
}  // namespace tb::compute::imaging::openscope
