#include "compute/imaging/openscope/segments.hpp"

#include "compute/imaging/openscope/thirds.hpp"
#include "tests/compute/imaging/openscope/session_example.hpp"
#include "tests/src/stats/error_type.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::compute::imaging::openscope {
namespace {

using stats::error_type;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(OpenScopeSegments, MeetAllConditions) {
    const SegmentTable table = session_example();
    SegmentCriteria criteria;
    criteria.gabor_frames = gabor_frame_letters(3);
    EXPECT_THAT(segments_that_meet(table, criteria), ElementsAre(10, 15));
    criteria.unexpected = true;
    EXPECT_THAT(segments_that_meet(table, criteria), ElementsAre(15));
    criteria.gabor_frames.clear();
    EXPECT_THAT(segments_that_meet(table, criteria), ElementsAre(12, 13, 14, 15, 16));
    criteria.gabor_mean_orientations = {45.0};
    criteria.gabor_kappas = {16.0};
    EXPECT_THAT(segments_that_meet(table, criteria), ElementsAre(12, 13, 14, 16));
    criteria.segment = {13.0, 16.0};
    EXPECT_THAT(segments_that_meet(table, criteria), ElementsAre(13, 14));
    criteria.gabor_kappas = {4.0};
    EXPECT_THAT(segments_that_meet(table, criteria), IsEmpty());
    EXPECT_EQ(error_type([&] { (void)require_segments(table, criteria); }), "NoSegments");
}

TEST(OpenScopeSegments, IgnoreConditionsOfTheOtherStimulus) {
    const SegmentTable table = session_example();
    SegmentCriteria criteria;
    criteria.stimulus = Stimulus::visflow;
    criteria.gabor_frames = {"U"};
    criteria.square_sizes = {128.0};
    for (const char* word : {"right", "temp", "right (temp)"}) {
        criteria.flow_directions = {word};
        EXPECT_THAT(segments_that_meet(table, criteria), ElementsAre(1, 2, 3, 4, 5));
    }
    criteria.flow_directions = {"nasal"};
    EXPECT_THAT(segments_that_meet(table, criteria), IsEmpty());
    criteria.flow_directions = {"up"};
    EXPECT_EQ(error_type([&] { (void)segments_that_meet(table, criteria); }), "StimulusParameter");
    EXPECT_EQ(error_type([] { (void)flow_direction("right (nasal)"); }), "StimulusParameter");
    EXPECT_EQ(error_type([] { (void)gabor_frame_letters(5); }), "StimulusParameter");
}

TEST(OpenScopeSegments, MeetRangesOfFrames) {
    const SegmentTable table = session_example();
    SegmentCriteria criteria;
    criteria.stimulus = Stimulus::visflow;
    criteria.start_frame_twop = {190.0, 220.0};  // rows 2 and 3 start at 190 and 220
    EXPECT_THAT(segments_that_meet(table, criteria), ElementsAre(2));
    criteria.start_frame_twop = {};
    criteria.num_frames_twop = {31.0, 100.0};
    EXPECT_THAT(segments_that_meet(table, criteria), IsEmpty());
}

TEST(OpenScopeSegments, OnsetsHaveNoRowBeforeThem) {
    const std::vector<std::size_t> segments{0, 1, 4, 5, 6, 9};
    EXPECT_THAT(onsets(segments), ElementsAre(0, 4, 9));
    EXPECT_THAT(onsets({}), IsEmpty());
}

TEST(OpenScopeSegments, GoToTheirBlocks) {
    const SegmentTable table = session_example();
    const auto blocks = stimulus_blocks(table, Stimulus::grayscreen);
    ASSERT_EQ(blocks.size(), 3U);
    const std::vector<std::size_t> segments{0, 17};
    EXPECT_THAT(by_block(segments, blocks), ElementsAre(ElementsAre(0), ElementsAre(17)));
}

TEST(OpenScopeSegments, AColumnOfAnotherLengthIsNamed) {
    SegmentTable table = session_example();
    table.square_size.pop_back();
    try {
        (void)segments_that_meet(table, {});
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "ColumnLength");
        EXPECT_THAT(error.what(), testing::HasSubstr("square_size"));
    }
    EXPECT_EQ(error_type([] { require_whole(SegmentTable{}); }), "NoSegments");
}

TEST(OpenScopeThirds, OverlapByPartsOfARow) {
    const std::vector<std::size_t> segments{10, 11, 12, 13};  // percentiles 33.3 and 66.7: 11, 12
    const auto edges = thirds(segments);
    EXPECT_DOUBLE_EQ(edges[0].from, 10.0);
    EXPECT_DOUBLE_EQ(edges[0].to, 12.0);
    EXPECT_DOUBLE_EQ(edges[1].from, 11.0);
    EXPECT_DOUBLE_EQ(edges[2].to, 14.0);
    EXPECT_EQ(error_type([] { (void)thirds({}); }), "NoSegments");
}

}  // namespace
}  // namespace tb::compute::imaging::openscope
