#include "ingest/allen/presentation_steps.hpp"

#include "ingest/formats/csv.hpp"
#include "tests/ingest/alf/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tb::allen {
namespace {

/// One row every 0.75 s from 1 s on; names as given, an empty one is a grey period or movie.
ChangePresentations rows(const std::vector<std::string>& names,
                         const std::vector<double>& blocks = {}) {
    ChangePresentations table;
    table.count = names.size();
    table.image_name = names;
    for (std::size_t i = 0; i < names.size(); ++i) {
        table.start_s.push_back(1.0 + 0.75 * static_cast<double>(i));
        table.start_frame.push_back(60.0 + 45.0 * static_cast<double>(i));
        table.is_omitted.push_back(names[i].empty() ? nan : names[i] == "omitted" ? 1.0 : 0.0);
    }
    table.stimulus_block = blocks.empty() ? std::vector<double>(names.size(), 0.0) : blocks;
    return table;
}

/// Trials from each start to the next; the last ends 3 s after its start.
ChangeTrials trials_at(const std::vector<double>& start_s) {
    ChangeTrials trials;
    trials.count = start_s.size();
    trials.start_s = start_s;
    for (std::size_t i = 1; i < start_s.size(); ++i) trials.stop_s.push_back(start_s[i]);
    trials.stop_s.push_back(start_s.back() + 3.0);
    trials.is_catch.assign(start_s.size(), 0.0);
    trials.change_frame.assign(start_s.size(), nan);
    return trials;
}

TEST(ChangeFlags, PassOverOmissionsAndRowsWithoutImage) {
    EXPECT_EQ(change_flags(rows({"", "a", "omitted", "a", "b", "omitted", "b", ""})),
              (std::vector<double>{0, 0, 0, 0, 1, 0, 0, 0}));
    EXPECT_EQ(change_flags(rows({"a", "omitted", "b"})), (std::vector<double>{0, 0, 1}));
    EXPECT_TRUE(change_flags({}).empty());
}

TEST(FlashesSinceChange, StandStillAtOmissionsAndCountGreyRows) {
    const ChangePresentations table = rows({"a", "a", "omitted", "a", "b", "b"});
    EXPECT_EQ(flashes_since_change(table.is_omitted, change_flags(table)),
              (std::vector<double>{0, 1, 1, 2, 0, 1}));
    const ChangePresentations grey = rows({"", "a", "a"});
    EXPECT_EQ(flashes_since_change(grey.is_omitted, change_flags(grey)),
              (std::vector<double>{0, 1, 2}))
        << "a leading grey row makes the first image 1";
    const ChangePresentations omitted = rows({"omitted", "a"});
    EXPECT_EQ(flashes_since_change(omitted.is_omitted, change_flags(omitted)),
              (std::vector<double>{0, 1}));
}

TEST(ActiveFlags, AreOfWholeBlocksWithImagesDuringTrials) {
    const ChangePresentations table = rows({"", "a", "a", "a", "a", "a"}, {0, 1, 1, 1, 2, 2});
    EXPECT_EQ(active_flags(table, trials_at({1.8, 2.0})), (std::vector<double>{0, 1, 1, 1, 1, 1}));
    ChangeTrials trials = trials_at({1.0});
    trials.stop_s = {2.0};
    EXPECT_EQ(active_flags(table, trials), (std::vector<double>{0, 1, 1, 1, 0, 0}));
    EXPECT_EQ(active_flags(table, {}), std::vector<double>(6, 0.0));
}

TEST(TrialIds, AreOfTheLastTrialThatStartedBefore) {
    const ChangePresentations table = rows({"a", "a", "a", "", "a", "a", "a"});
    ChangeTrials trials = trials_at({1.0, 2.5});
    trials.stop_s = {2.5, 5.0};
    const std::vector<double> ids = trial_ids(table, trials, active_flags(table, trials));
    EXPECT_TRUE(std::isnan(ids[0])) << "starts with the trial, not after it";
    EXPECT_EQ(ids[1], 0.0);
    EXPECT_EQ(ids[2], 0.0);
    EXPECT_TRUE(std::isnan(ids[3])) << "no image";
    EXPECT_EQ(ids[4], 1.0);
    EXPECT_EQ(ids[5], 1.0);
    EXPECT_TRUE(std::isnan(ids[6])) << "after the last stop";
}

TEST(TrialIds, AreCopiedToAReplayOfTheSameImagesOnly) {
    const ChangePresentations table = rows({"a", "b", "a", "b", "a", "a"}, {0, 0, 1, 1, 2, 2});
    ChangeTrials trials = trials_at({0.5});
    trials.stop_s = {2.0};
    trials.is_catch = {1.0};
    trials.change_frame = {105.0};
    const std::vector<double> is_active = active_flags(table, trials);
    EXPECT_EQ(is_active, (std::vector<double>{1, 1, 0, 0, 0, 0}));
    const std::vector<double> ids = trial_ids(table, trials, is_active);
    EXPECT_EQ(ids[2], 0.0);
    EXPECT_EQ(ids[3], 0.0);
    EXPECT_TRUE(std::isnan(ids[4]));
    EXPECT_EQ(sham_change_flags(table, trials, is_active), (std::vector<double>{0, 1, 0, 1, 0, 0}));
}

TEST(SpontaneousBlocks, AreTheNumbersLeftOut) {
    EXPECT_TRUE(spontaneous_blocks(std::vector{0.0, 0.0, 1.0}, "f").empty());
    EXPECT_EQ(spontaneous_blocks(std::vector{1.0, 3.0, 5.0}, "f"),
              (std::vector<std::int64_t>{2, 4}));
    try {
        (void)spontaneous_blocks(std::vector{0.0, 3.0}, "log.json");
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "StimulusBlocks");
        EXPECT_TRUE(std::string(error.what()).starts_with("log.json"));
    }
}

TEST(StimulusBlockName, DependsOnThePassiveTaskAndTheOnlyBlock) {
    EXPECT_EQ(stimulus_block_name(0, false, false), "initial_gray_screen_5min");
    EXPECT_EQ(stimulus_block_name(1, false, false), "change_detection_behavior");
    EXPECT_EQ(stimulus_block_name(1, false, true), "change_detection_passive");
    EXPECT_EQ(stimulus_block_name(0, true, false), "change_detection_behavior");
    EXPECT_EQ(stimulus_block_name(3, false, false), "natural_movie_one");
    EXPECT_EQ(stimulus_block_name(9, false, false), "");
}

// known_troubles 1.6
TEST(FrameOffset, IsSeenInStepsOf44And46Frames) {
    ChangePresentations table = rows({"a", "a", "omitted", "a", "a"});
    EXPECT_FALSE(frame_offset_row(table)) << "45 everywhere";
    for (const std::size_t drawn : {0U, 1U, 3U, 4U}) table.start_frame[drawn] += 1.0;
    EXPECT_EQ(frame_offset_row(table), 2u);
}

// The published table of an OPHYS_4_images_A session with its trials (data/allen_vbo). Its authors
// kept the rows of one image, so that of its columns only the activity of blocks still follows from
// the others.
TEST(PresentationSteps, FindTheActiveBlockOfAPublishedTable) {
    const auto folder = alf::testing::shared_data("data/allen_vbo");
    if (!folder) GTEST_SKIP() << "the shared data folder is absent: set TRIALBASE_SHARED";
    const formats::Table stored = formats::read_csv(*folder / "presentations.csv");
    const formats::Table names =
        formats::read_csv(*folder / "presentations.csv", {.all_text = true});
    const formats::Table stored_trials = formats::read_csv(*folder / "trials.csv");
    ChangePresentations table;
    table.count = stored.rows;
    table.start_s = stored.find("start_time")->as_doubles();
    table.stimulus_block = stored.find("stimulus_block")->as_doubles();
    table.image_name = std::get<std::vector<std::string>>(names.find("image_name")->values);
    ChangeTrials trials;
    trials.count = stored_trials.rows;
    trials.start_s = stored_trials.find("start_time")->as_doubles();
    trials.stop_s = stored_trials.find("stop_time")->as_doubles();

    ASSERT_EQ(table.count, 644u);
    const std::vector<double> is_active = active_flags(table, trials);
    EXPECT_EQ(is_active, stored.find("active")->as_doubles());
    EXPECT_EQ(std::ranges::count(is_active, 1.0), 582);
    EXPECT_TRUE(spontaneous_blocks(table.stimulus_block, "presentations.csv").empty())
        << "the grey periods are rows of their own";
}

}  // namespace
}  // namespace tb::allen
