#include "compute/imaging/openscope/splits.hpp"

#include "tests/compute/imaging/openscope/session_example.hpp"
#include "tests/src/stats/error_type.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::compute::imaging::openscope {
namespace {

using stats::error_type;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr SessionRates rates{60.0, 30.0};
constexpr RecordedFrames recorded{840, 520, {}};

TEST(OpenScopeWindows, RoundHalvesToEven) {
    const WindowFrames frames = window_frames({0.25, 0.75}, 10.0);  // -2.5 and 7.5
    EXPECT_EQ(frames.from, -2);
    EXPECT_EQ(frames.to, 8);
    ASSERT_EQ(frames.size(), 10U);
    EXPECT_DOUBLE_EQ(frames.time_s.front(), -0.25);
    EXPECT_DOUBLE_EQ(frames.time_s[1], -0.25 + 1.0 / 9.0);
    EXPECT_DOUBLE_EQ(frames.time_s.back(), 0.75);
    EXPECT_EQ(error_type([] { (void)window_frames({0.0, 0.01}, 10.0); }), "ValueError");
}

TEST(OpenScopeWindows, ThatLeaveTheRecordingAreDropped) {
    const WindowFrames frames = window_frames({0.2, 0.3}, 10.0);
    const std::vector<std::int64_t> references{1, 2, 17, 18};
    EXPECT_THAT(inside(references, frames, 20), ElementsAre(2, 17));
    EXPECT_THAT(with_flanks(references, {0.2, 0.3}, 10.0, 20), ElementsAre(2));
    EXPECT_EQ(error_type([&] { (void)inside(references, frames, 4); }), "NoWindows");
}

TEST(OpenScopeSplits, ByExpectationAreSegments) {
    SegmentCriteria criteria;
    criteria.gabor_frames = gabor_frame_letters(3);
    const auto lists = split_windows(session_example(), criteria, Split::by_exp, {0.9, 0.6},
                                     FrameClock::two_photon, rates, recorded);
    EXPECT_THAT(lists[0].references, ElementsAre(397));  // row 10: stimulus frame 594
    EXPECT_THAT(lists[1].references, ElementsAre(442));
    EXPECT_EQ(lists[0].frames.from, -27);
    EXPECT_EQ(lists[1].frames.to, 18);
    const auto running = split_windows(session_example(), criteria, Split::by_exp, {0.9, 0.6},
                                       FrameClock::stimulus, rates, recorded);
    EXPECT_THAT(running[0].references, ElementsAre(594));
    EXPECT_EQ(running[0].frames.size(), 90U);
}

TEST(OpenScopeSplits, LockedShareTheirReferences) {
    SegmentCriteria criteria;
    criteria.stimulus = Stimulus::visflow;
    const auto unexpected = split_windows(session_example(), criteria, Split::unexp_lock,
                                          {2.0, 2.0}, FrameClock::two_photon, rates, recorded);
    EXPECT_THAT(unexpected[0].references, ElementsAre(220));
    EXPECT_THAT(unexpected[1].references, ElementsAre(220));
    EXPECT_EQ(unexpected[0].frames.from, -60);
    EXPECT_EQ(unexpected[0].frames.to, 0);
    EXPECT_EQ(unexpected[1].frames.to, 60);
    const auto regular = split_windows(session_example(), criteria, Split::exp_lock, {2.0, 2.0},
                                       FrameClock::two_photon, rates, recorded);
    EXPECT_THAT(regular[0].references, ElementsAre(160, 280));
}

TEST(OpenScopeSplits, OfTheStimulusAreAtGreyScreens) {
    const auto split = [&](Split kind, double seconds) {
        return split_windows(session_example(), {}, kind, {seconds, seconds},
                             FrameClock::two_photon, rates, recorded)[0]
            .references;
    };
    EXPECT_THAT(split(Split::stim_onset, 2.0), ElementsAre(160, 370));
    EXPECT_THAT(split(Split::stim_offset, 1.0), ElementsAre(310, 460));
    // The last grey screen starts 60 frames before the end.
    EXPECT_THAT(split(Split::stim_offset, 2.0), ElementsAre(310));
    EXPECT_EQ(error_type([&] { (void)split(Split::stim_offset, 20.0); }), "NoWindows");
}

TEST(OpenScopeSplits, WithoutSegmentsAreAnError) {
    SegmentCriteria criteria;
    criteria.gabor_frames = {"D"};  // regular only
    EXPECT_EQ(error_type([&] {
                  (void)split_windows(session_example(), criteria, Split::by_exp, {0.0, 0.3},
                                      FrameClock::two_photon, rates, recorded);
              }),
              "NoSegments");
}

}  // namespace
}  // namespace tb::compute::imaging::openscope
