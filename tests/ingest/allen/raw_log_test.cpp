#include "ingest/allen/raw_log.hpp"

#include "ingest/allen/monitor_delay.hpp"
#include "ingest/formats/csv.hpp"
#include "tests/ingest/alf/support.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tb::allen {
namespace {

using nlohmann::json;

using Events = std::vector<std::pair<std::string, int>>;

json trial(int start, int end, const Events& events, const json& params,
           const json& rewards = json::array(), const json& changes = json::array()) {
    json all = json::array({json::array({"trial_start", "", 0.0, start})});
    for (const auto& [name, frame] : events) all.push_back(json::array({name, "", 0.0, frame}));
    all.push_back(json::array({"trial_end", "", 0.0, end}));
    return {{"events", all},
            {"trial_params", params},
            {"rewards", rewards},
            {"stimulus_changes", changes}};
}

json change(const std::string& from, const std::string& to, int frame) {
    return json::array(
        {json::array({json::array({"Image", from}), json::array({"Image", to}), 0.0, frame})});
}

/// A session of 1000 frames of 20 ms: flashes of 15 frames every 45 from frame 50 on, the one at
/// 410 omitted; an auto-rewarded trial, a hit, a correct reject, an aborted one.
json small_log() {
    json behavior;
    behavior["intervalsms"] = std::vector<double>(999, 20.0);
    std::vector<int> drawn(1000, 0);
    for (int start = 50; start + 15 < 1000; start += 45) {
        if (start == 410) continue;
        std::fill_n(drawn.begin() + start, 15, 1);
    }
    behavior["stimuli"]["images"] = {
        {"set_log",
         {{"Image", "im1", 0.0, 0}, {"Image", "im2", 0.0, 140}, {"Image", "im1", 0.0, 320}}},
        {"draw_log", drawn},
        {"flash_interval_sec", {0.25, 0.5}},
        {"image_set", "C:\\sets\\Natural_Images_A.2017.07.14.pkl"}};
    behavior["omitted_flash_frame_log"] = {{"images_0", {410, 410, 502}}};
    behavior["lick_sensors"] = json::array({{{"lick_events", {160, 250, 345, 346, 700}}}});
    behavior["trial_log"] =
        json::array({trial(50, 240, {{"stimulus_changed", 140}, {"hit", 160}},
                           {{"catch", false}, {"auto_reward", true}},
                           json::array({{0.005, 0.0, 147}}), change("im1", "im2", 140)),
                     trial(250, 440, {{"stimulus_changed", 320}, {"hit", 345}},
                           {{"catch", false}, {"auto_reward", false}},
                           json::array({{0.007, 0.0, 345}}), change("im2", "im1", 320)),
                     trial(450, 640, {{"sham_change", 545}, {"rejection", 590}},
                           {{"catch", true}, {"auto_reward", false}}),
                     trial(650, 720, {{"abort", 700}}, {{"catch", false}, {"auto_reward", true}})});
    behavior["config"] = {{"DoC",
                           {{"blank_duration_range", {0.5, 0.5}},
                            {"response_window", {0.15, 0.75}},
                            {"auto_reward_volume", 0.005},
                            {"change_time_dist", "geometric"}}},
                          {"reward", {{"reward_volume", 0.007}}},
                          {"behavior", {{"task_id", "DoC_general"}}}};
    behavior["params"] = {{"stage", "TRAINING_3_images_A_10uL_reward"}, {"mouse_id", "445002"}};
    return {{"items", {{"behavior", behavior}}}};
}

json& behavior_of(json& log) {
    return log["items"]["behavior"];
}

ChangeRecording read(const json& log, const RawLogOptions& options = {.monitor_delay_s = 0.0}) {
    return raw_log_recording(log, "log.json", options);
}

/// The error that a changed log is refused with; its message names the log.
Error refusal(const std::function<void(json& behavior)>& edit) {
    json log = small_log();
    edit(behavior_of(log));
    try {
        (void)read(log);
    } catch (const Error& error) {
        EXPECT_TRUE(std::string(error.what()).starts_with("log.json: ")) << error.what();
        return error;
    }
    return {ErrorKind::internal, "accepted"};
}

bool has_issue(const ChangeRecording& recording, const std::string& type) {
    return std::ranges::count(recording.issues, type, &SessionIssue::type) > 0;
}

ChangeRecording read_changed(const std::function<void(json& behavior)>& edit) {
    json log = small_log();
    edit(behavior_of(log));
    return read(log);
}

TEST(RawLog, TimesAreSumsOfIntervalsAndOnlyShownThingsCarryTheDelay) {
    const ChangeRecording recording = read(small_log(), {.monitor_delay_s = 0.5});
    ASSERT_EQ(recording.stimulus_frame_time_s.size(), 1000u);
    EXPECT_NEAR(recording.stimulus_frame_time_s[999], 19.98, 1e-9);
    EXPECT_NEAR(recording.trials.start_s[1], 5.0, 1e-9);
    EXPECT_NEAR(recording.trials.stop_s[1], 8.8, 1e-9);
    EXPECT_NEAR(recording.trials.length_s[1], 3.8, 1e-9);
    EXPECT_NEAR(recording.trials.change_time_s[1], 6.9, 1e-9);
    EXPECT_NEAR(recording.trials.change_time_no_display_delay_s[1], 6.4, 1e-9);
    EXPECT_NEAR(recording.licks.time_s[0], 3.2, 1e-9);
    EXPECT_NEAR(recording.rewards.time_s[1], 6.9, 1e-9);
    EXPECT_NEAR(recording.presentations.start_s[0], 1.5, 1e-9);
    EXPECT_NEAR(recording.presentations.stop_s[0], 1.8, 1e-9);
    EXPECT_EQ(recording.monitor_delay_s, 0.5);
}

TEST(RawLog, TrialsHaveTheirClassesLicksAndRewards) {
    const ChangeTrials trials = read(small_log()).trials;
    ASSERT_EQ(trials.count, 4u);
    EXPECT_EQ(trials.is_auto_rewarded, (std::vector<double>{1, 0, 0, 0}));
    EXPECT_EQ(trials.is_hit, (std::vector<double>{0, 1, 0, 0})) << "an automatic one is no hit";
    EXPECT_EQ(trials.is_go, (std::vector<double>{0, 1, 0, 0}));
    EXPECT_EQ(trials.is_correct_reject, (std::vector<double>{0, 0, 1, 0}));
    EXPECT_EQ(trials.is_catch, (std::vector<double>{0, 0, 1, 0}));
    EXPECT_EQ(trials.is_aborted, (std::vector<double>{0, 0, 0, 1}));
    EXPECT_EQ(trials.is_change, (std::vector<double>{1, 1, 0, 0}));
    EXPECT_EQ(trials.initial_image_name, (std::vector<std::string>{"im1", "im2", "im1", "im1"}));
    EXPECT_EQ(trials.change_image_name, (std::vector<std::string>{"im2", "im1", "im1", "im1"}));
    EXPECT_EQ(trials.change_frame[2], 545.0);
    EXPECT_TRUE(std::isnan(trials.change_frame[3]));
    EXPECT_TRUE(std::isnan(trials.change_time_s[3]));
    // A lick on the border is of the trial that ends.
    EXPECT_EQ(trials.lick_s.row(0).size(), 2u);
    EXPECT_EQ(trials.lick_s.row(1).size(), 2u);
    EXPECT_EQ(trials.lick_s.row(2).size(), 0u);
    EXPECT_EQ(trials.lick_s.row(3).size(), 1u);
    EXPECT_NEAR(trials.response_latency_s[1], 0.5, 1e-9);
    EXPECT_TRUE(std::isinf(trials.response_latency_s[2]));
    EXPECT_TRUE(std::isnan(trials.response_time_s[2]));
    EXPECT_TRUE(std::isnan(trials.response_latency_s[3]));
    EXPECT_NEAR(trials.reward_time_s[1], 6.9, 1e-9);
    EXPECT_TRUE(std::isnan(trials.reward_time_s[2]));
    EXPECT_EQ(trials.reward_volume_ml, (std::vector<double>{0.005, 0.007, 0.0, 0.0}));
}

TEST(RawLog, LicksDuringTheMovieBelongToNoTrial) {
    const auto with_movie_from = [](int frame) {
        return read_changed(
            [&](json& behavior) { behavior["items"]["fingerprint"]["starting_frame"] = frame; });
    };
    EXPECT_EQ(with_movie_from(699).trials.lick_s.row(3).size(), 0u);
    EXPECT_EQ(with_movie_from(700).trials.lick_s.row(3).size(), 1u);
}

TEST(RawLog, PresentationsAreDrawnRunsAndOmissions) {
    const ChangePresentations table = read(small_log()).presentations;
    ASSERT_EQ(table.count, 21u);
    EXPECT_EQ(table.start_frame[0], 50.0);
    EXPECT_EQ(table.end_frame[0], 65.0);
    EXPECT_NEAR(table.duration_s[0], 0.3, 1e-9);
    EXPECT_EQ(table.start_frame[8], 410.0);
    EXPECT_EQ(table.end_frame[8], 425.0) << "as long as the drawn ones";
    EXPECT_EQ(table.image_name[8], "omitted");
    EXPECT_NEAR(table.duration_s[8], 0.25, 1e-12);
    EXPECT_EQ(table.is_omitted[8], 1.0);
    EXPECT_EQ(table.is_omitted[10], 0.0) << "the omission of frame 502 was drawn at 500";
    EXPECT_EQ(table.is_change[2], 1.0);
    EXPECT_EQ(std::accumulate(table.is_change.begin(), table.is_change.end(), 0.0), 2.0);
    EXPECT_EQ(table.flashes_since_change[1], 1.0);
    EXPECT_EQ(table.flashes_since_change[2], 0.0);
    EXPECT_EQ(table.flashes_since_change[8], table.flashes_since_change[7]);
    EXPECT_EQ(table.is_sham_change[11], 1.0) << "frame 545";
    EXPECT_EQ(table.is_active, std::vector<double>(21, 1.0));
    EXPECT_TRUE(std::isnan(table.trials_id[0])) << "without delay it starts with its trial";
    EXPECT_EQ(table.trials_id[1], 0.0);
    EXPECT_EQ(table.stimulus_name[0], "Natural_Images_A");
    EXPECT_EQ(table.image_set[0], "Natural_Images_A.2017.07.14");
    EXPECT_EQ(table.stimulus_block_name[0], "change_detection_behavior");
}

TEST(RawLog, TaskParametersAndMetadataAreWhatTheLogSays) {
    json log = small_log();
    log["session_uuid"] = "c428be61-87d2-44f6-b00d-3401f28fa201";
    log["start_time"] = "2019-06-20 11:18:15.777000";
    log["comp_id"] = "CAM2P.3";
    const ChangeRecording recording = read(log, {});
    const ChangeTaskParameters& task = recording.task_parameters;
    EXPECT_EQ(task.session_type, "TRAINING_3_images_A_10uL_reward");
    EXPECT_EQ(task.image_set, "images_A");
    EXPECT_EQ(task.stimulus, "images");
    EXPECT_EQ(task.stimulus_name, "Natural_Images_A");
    EXPECT_EQ(task.stimulus_distribution, "geometric");
    EXPECT_EQ(task.response_window_s, (std::array{0.15, 0.75}));
    EXPECT_EQ(task.stimulus_duration_s, 0.25);
    EXPECT_TRUE(std::isnan(task.omitted_flash_fraction)) << "not set";
    EXPECT_EQ(task.n_stimulus_frames, 20 * 15);
    EXPECT_EQ(recording.metadata.mouse_id, "445002");
    EXPECT_EQ(recording.metadata.equipment_name, "CAM2P.3");
    EXPECT_EQ(recording.metadata.date_of_acquisition, "2019-06-20 11:18:15.777000");
    EXPECT_EQ(recording.monitor_delay_s, 0.021390) << "measured on this rig";
    log["monitor_delay"] = 0.03;
    EXPECT_EQ(read(log, {}).monitor_delay_s, 0.03);
    EXPECT_EQ(read(small_log(), {}).monitor_delay_s, default_monitor_delay_s);
}

TEST(RawLog, GratingsAreNamedByTheirOrientation) {
    const ChangeRecording recording = read_changed([](json& behavior) {
        json grating = behavior["stimuli"]["images"];
        grating.erase("image_set");
        grating.erase("flash_interval_sec");
        grating["set_log"] = {{"Ori", 90, 0.0, 0}, {"Ori", 180.0, 0.0, 140}, {"Ori", 90, 0.0, 320}};
        behavior["stimuli"] = {{"grating", grating}};
        behavior["omitted_flash_frame_log"] = nullptr;
        behavior["trial_log"][0]["stimulus_changes"] = json::array({json::array(
            {json::array({"vertical", 90.0}), json::array({"horizontal", 180.0}), 0.0, 140})});
        behavior["trial_log"][1]["stimulus_changes"] = json::array({json::array(
            {json::array({"horizontal", 180}), json::array({"vertical", 90}), 0.0, 320})});
    });
    EXPECT_EQ(recording.trials.initial_image_name[1], "gratings_180.0");
    EXPECT_EQ(recording.trials.change_image_name[0], "gratings_180.0");
    EXPECT_EQ(recording.presentations.image_name[2], "gratings_180.0");
    EXPECT_EQ(recording.presentations.orientation_deg[2], 180.0);
    EXPECT_EQ(recording.presentations.is_change[2], 1.0);
    EXPECT_EQ(recording.task_parameters.stimulus, "grating");
    EXPECT_EQ(recording.task_parameters.stimulus_name, "grating");
    EXPECT_TRUE(std::isnan(recording.task_parameters.stimulus_duration_s));
}

TEST(RawLog, AMovieBringsItsRowsAndTheGreyPeriods) {
    json log = small_log();
    json& behavior = behavior_of(log);
    // 300 s of grey first: the intervals before frame 50 are 6 s each.
    for (std::size_t i = 0; i < 50; ++i) behavior["intervalsms"][i] = 6000.0;
    // Flashes end before frame 800; the movie of 2 frames, twice, begins after 3 grey frames.
    for (std::size_t frame = 800; frame < 1000; ++frame)
        behavior["stimuli"]["images"]["draw_log"][frame] = 0;
    behavior["items"]["fingerprint"] = {
        {"starting_frame", 900},
        {"frame_indices", {897, 898, 899, 900, 901, 902, 903, 904, 905, 906, 999}},
        {"static_stimulus",
         {{"runs", 2},
          {"sweep_frames", {{0, 1}, {2, 3}, {4, 5}, {6, 7}}},
          {"frame_list", {-1, -1, -1, 0, 0, 1, 1, 0, 0, 1, 1}}}}};
    const ChangeRecording recording = read(log);
    const ChangePresentations& table = recording.presentations;
    EXPECT_TRUE(recording.part_errors.empty());
    // 16 flashes and an omission before frame 800, two grey periods, four movie rows.
    ASSERT_EQ(table.count, 17u + 2u + 4u);
    EXPECT_EQ(table.stimulus_name[0], "spontaneous");
    EXPECT_EQ(table.start_s[0], 0.0);
    EXPECT_NEAR(table.stop_s[0], 300.0, 1e-9);
    EXPECT_EQ(table.end_frame[0], 50.0);
    EXPECT_EQ(table.stimulus_block[0], 0.0);
    EXPECT_EQ(table.stimulus_block_name[0], "initial_gray_screen_5min");
    EXPECT_TRUE(std::isnan(table.flashes_since_change[0]));
    EXPECT_EQ(table.flashes_since_change[1], 0.0) << "as files have it";
    EXPECT_EQ(table.stimulus_block[1], 1.0);
    const std::size_t grey = 18;
    EXPECT_EQ(table.stimulus_name[grey], "spontaneous");
    EXPECT_EQ(table.stimulus_block[grey], 2.0);
    EXPECT_EQ(table.start_frame[grey], table.end_frame[grey - 1]);
    EXPECT_EQ(table.end_frame[grey], 900.0);
    EXPECT_TRUE(std::isnan(table.is_omitted[grey]));
    EXPECT_EQ(table.is_active[grey], 0.0);
    const std::size_t movie = 19;
    EXPECT_EQ(table.stimulus_name[movie], "natural_movie_one");
    EXPECT_EQ(table.stimulus_block[movie], 3.0);
    EXPECT_EQ(table.start_frame[movie], 900.0);
    EXPECT_EQ(table.end_frame[movie], 901.0);
    EXPECT_NEAR(table.duration_s[movie], 0.04, 1e-9) << "to the frame after its end";
    EXPECT_EQ(table.movie_frame_index[movie + 1], 1.0);
    EXPECT_EQ(table.movie_repeat[movie + 1], 0.0);
    EXPECT_EQ(table.movie_repeat[movie + 2], 1.0);
    EXPECT_NEAR(table.stop_s[movie + 3], recording.stimulus_frame_time_s[999], 1e-9)
        << "the last frame there is";

    behavior["items"]["fingerprint"].erase("frame_indices");
    const ChangeRecording without = read(log);
    ASSERT_EQ(without.part_errors.size(), 1u);
    EXPECT_EQ(without.part_errors[0].type, "MissingDataset");
    EXPECT_EQ(without.presentations.count, 17u) << "a bad movie costs itself";
}

// known_troubles 1.5
TEST(RawLog, ASurplusEncoderSampleIsDroppedAndTwoCostTheRunningAlone) {
    const auto with_samples = [](std::size_t n) {
        return read_changed([&](json& behavior) {
            const std::vector<double> volts(n, 2.5);
            behavior["encoders"] = json::array({{{"vsig", volts}, {"vin", volts}, {"dx", volts}}});
        });
    };
    EXPECT_EQ(with_samples(1000).running->v_sig.size(), 1000u);
    EXPECT_FALSE(has_issue(with_samples(1000), "EncoderSurplus"));
    const ChangeRecording surplus = with_samples(1001);
    EXPECT_EQ(surplus.running->v_sig.size(), 1000u);
    EXPECT_EQ(surplus.running->dx.size(), 1000u);
    EXPECT_TRUE(has_issue(surplus, "EncoderSurplus"));
    const ChangeRecording longer = with_samples(1002);
    EXPECT_FALSE(longer.running);
    ASSERT_EQ(longer.part_errors.size(), 1u);
    EXPECT_EQ(longer.part_errors[0].type, "EncoderLength");
    EXPECT_EQ(longer.trials.count, 4u);
    EXPECT_TRUE(has_issue(read(small_log()), "MissingDataset")) << "no encoder";
}

TEST(RawLog, LicksBeyondTheFramesAreRefusedButOneAtTheEndIsDropped) {
    const auto with_last = [](int frame) {
        return [frame](json& behavior) {
            behavior["lick_sensors"][0]["lick_events"] = {160, frame};
        };
    };
    const ChangeRecording recording = read_changed(with_last(1000));
    EXPECT_EQ(recording.licks.frame, (std::vector<std::int64_t>{160}));
    EXPECT_TRUE(has_issue(recording, "LickAtEnd"));
    EXPECT_EQ(refusal(with_last(1001)).type(), "LickFrame");
    EXPECT_EQ(refusal(with_last(-1)).type(), "LickFrame");
    const ChangeRecording none = read_changed(
        [](json& behavior) { behavior["lick_sensors"][0]["lick_events"] = json::array(); });
    EXPECT_TRUE(none.licks.time_s.empty()) << "a passive session has none";
}

// known_troubles 1.15
TEST(RawLog, AnEmptyLogOfOmissionsIsNoError) {
    for (const json& log : {json(nullptr), json::object(), json({{"images_0", json::array()}})}) {
        const ChangeRecording recording =
            read_changed([&](json& behavior) { behavior["omitted_flash_frame_log"] = log; });
        EXPECT_EQ(recording.presentations.count, 20u);
    }
    EXPECT_EQ(read_changed([](json& behavior) {
                  behavior.erase("omitted_flash_frame_log");
              }).presentations.count,
              20u);
}

TEST(RawLog, OmissionsLoggedTwiceWithinThreeFramesCountOnceWithAFlag) {
    const auto with = [](const json& frames) {
        return read_changed([&](json& behavior) {
            behavior["omitted_flash_frame_log"] = {{"images_0", frames}};
        });
    };
    EXPECT_FALSE(has_issue(with({410, 410}), "RepeatedOmission"));
    const ChangeRecording near = with({410, 413});
    EXPECT_EQ(near.presentations.count, 21u);
    EXPECT_TRUE(has_issue(near, "RepeatedOmission"));
    EXPECT_EQ(with({410, 420}).presentations.count, 22u);
    EXPECT_TRUE(has_issue(with({410, 5000}), "OutOfRange"));
    const ChangeRecording leading = with({5, 410});
    EXPECT_EQ(leading.presentations.image_name[0], "im1");
    EXPECT_TRUE(has_issue(leading, "LeadingOmission"));
}

// known_troubles 1.3
TEST(RawLog, ATrainingSessionWithoutAutomaticRewardIsFlagged) {
    EXPECT_FALSE(has_issue(read(small_log()), "NoAutoReward"));
    const auto without = [](const char* stage) {
        return read_changed([&](json& behavior) {
            behavior["trial_log"][0]["trial_params"]["auto_reward"] = false;
            behavior["params"]["stage"] = stage;
        });
    };
    EXPECT_TRUE(has_issue(without("TRAINING_3_images_A_10uL_reward"), "NoAutoReward"));
    EXPECT_FALSE(has_issue(without("OPHYS_3_images_A"), "NoAutoReward"));
}

// known_troubles 1.14 and 1.16, spec section 17
TEST(RawLog, RefusesWhatTheSpecificationNames) {
    const auto type = [](const std::function<void(json & behavior)>& edit) {
        return refusal(edit).type();
    };
    EXPECT_EQ(type([](json& b) { b.erase("intervalsms"); }), "MissingDataset");
    EXPECT_EQ(type([](json& b) { b.erase("trial_log"); }), "MissingDataset");
    EXPECT_EQ(type([](json& b) { b["config"].erase("reward"); }), "MissingDataset");
    EXPECT_EQ(type([](json& b) { b["stimuli"]["images"].erase("set_log"); }), "MissingDataset");
    EXPECT_EQ(type([](json& b) {
                  b["stimuli"] = {{"natural_scenes", b["stimuli"]["images"]}};
              }),
              "StimulusKind");
    EXPECT_EQ(type([](json& b) { b["config"]["behavior"]["task_id"] = "foraging"; }), "TaskKind");
    EXPECT_EQ(type([](json& b) { b["trial_log"][2]["events"].erase(0); }), "TrialStart");
    EXPECT_EQ(type([](json& b) { b["trial_log"][2]["events"][0][3] = 249; }), "TrialOrder");
    EXPECT_EQ(type([](json& b) { b["trial_log"][1]["events"][2][0] = "nothing"; }), "TrialClass");
    EXPECT_EQ(type([](json& b) { b["trial_log"][1]["events"][1][0] = "other"; }), "ChangeEvent");
    EXPECT_EQ(type([](json& b) { b["trial_log"][0]["events"][1][0] = "other"; }), "ChangeEvent")
        << "an automatic reward without change";
    EXPECT_EQ(type([](json& b) { b["trial_log"][2]["events"][1][0] = "other"; }), "ChangeEvent");
    EXPECT_EQ(type([](json& b) { b["trial_log"][1]["stimulus_changes"][0][0][1] = "im9"; }),
              "InitialImage");
    EXPECT_EQ(type([](json& b) { b["intervalsms"][5] = -1.0; }), "TimeOrder");
    EXPECT_EQ(type([](json& b) { b["intervalsms"][5] = nullptr; }), "TimeOrder");
    EXPECT_EQ(type([](json& b) {
                  for (json& entry : b["stimuli"]["images"]["set_log"]) entry[0] = "Contrast";
                  for (json& one : b["trial_log"]) one["stimulus_changes"] = json::array();
              }),
              "PresentationNames");
    EXPECT_EQ(type([](json& b) { b["stimuli"]["images"]["draw_log"] = json::array(); }),
              "PresentationNames");
}

TEST(RawLog, TwoRewardsInATrialAreNamedWithTrialAndTimes) {
    const Error error = refusal([](json& behavior) {
        behavior["trial_log"][0]["rewards"].push_back({0.007, 0.0, 155});
    });
    EXPECT_EQ(error.type(), "TrialRewards");
    const std::string message = error.what();
    EXPECT_NE(message.find("trial 0"), std::string::npos);
    EXPECT_NE(message.find("trial_log[0]"), std::string::npos);
    EXPECT_NE(message.find("2.94"), std::string::npos);
    EXPECT_NE(message.find("3.1"), std::string::npos);
}

// Whatever member is replaced by something else: an error of ours, or a reading; no crash.
TEST(RawLog, SurvivesValuesOfAnyOtherKind) {
    const std::vector<json> others = {
        nullptr, -1, 1e300, "text", json::array(), json::object(), json::array({1})};
    const json whole = small_log();
    const json flat = whole.flatten();
    std::set<std::string> places;  // every value once, of long lists of numbers the first elements
    for (const auto& [pointer, value] : flat.items()) {
        const bool is_in_long_list = pointer.find("draw_log/") != std::string::npos ||
                                     pointer.find("intervalsms/") != std::string::npos;
        if (is_in_long_list && pointer.substr(pointer.rfind('/') + 1) > "1") continue;
        for (json::json_pointer at(pointer); !at.empty(); at.pop_back())
            places.insert(at.to_string());
    }
    ASSERT_GT(places.size(), 100u);
    for (const std::string& place : places) {
        for (const json& other : others) {
            json log = whole;
            log[json::json_pointer(place)] = other;
            try {
                (void)read(log);
            } catch (const Error& error) {
                EXPECT_EQ(error.kind(), ErrorKind::data) << place << ' ' << error.what();
            }
        }
    }
}

// data/allen_raw_log: behaviour session 891635659, first 300 trials, computed with NumPy from the
// specification (SOURCES_2.md).
TEST(RawLog, ARealLogHasItsFactsAndTrials) {
    const auto folder = alf::testing::shared_data("data/allen_raw_log");
    if (!folder) GTEST_SKIP() << "the shared data folder is absent: set TRIALBASE_SHARED";
    const ChangeRecording log = read_raw_log(*folder / "log_first_300_trials.json.gz");
    EXPECT_EQ(log.stimulus_frame_time_s.size(), 83738u);
    EXPECT_NEAR(log.stimulus_frame_time_s.back(), 1396.7722438261844, 1e-9);
    EXPECT_EQ(log.licks.time_s.size(), 894u);
    EXPECT_NEAR(std::accumulate(log.licks.time_s.begin(), log.licks.time_s.end(), 0.0),
                741688.056199044, 1e-6);
    EXPECT_EQ(log.rewards.time_s.size(), 17u);
    EXPECT_EQ(log.task_parameters.n_stimulus_frames, 21969);
    EXPECT_EQ(log.task_parameters.session_type, "TRAINING_5_images_A_handoff_lapsed");
    EXPECT_EQ(log.metadata.equipment_name, "BEH.D-Box2");
    EXPECT_EQ(log.monitor_delay_s, 0.02115);

    // known_troubles 1.6: the first flash is at 17984, not at the 17985 of the first releases.
    const ChangePresentations& flashes = log.presentations;
    ASSERT_EQ(flashes.count, 1457u);
    EXPECT_EQ(flashes.start_frame.front(), 17984.0);
    EXPECT_EQ(flashes.end_frame.front(), 17999.0);
    EXPECT_EQ(flashes.image_name.front(), "im065");
    EXPECT_EQ(flashes.start_frame.back(), 83693.0);
    EXPECT_EQ(flashes.end_frame.back(), 83708.0);
    EXPECT_EQ(flashes.image_name.back(), "im062");
    EXPECT_EQ(std::ranges::count(flashes.is_omitted, 1.0), 0);
    std::size_t n_changes = 0;
    for (std::size_t trial = 0; trial < log.trials.count; ++trial) {
        if (log.trials.is_change[trial] != 1.0) continue;
        n_changes += 1;
        const auto flash = std::ranges::find(flashes.start_frame, log.trials.change_frame[trial]);
        ASSERT_NE(flash, flashes.start_frame.end()) << "every change is at a flash's start";
        EXPECT_EQ(flashes.is_change[static_cast<std::size_t>(flash - flashes.start_frame.begin())],
                  1.0);
    }
    EXPECT_EQ(n_changes, 19u);

    // known_troubles 1.3: aborted trials that were to be auto-rewarded stay aborted.
    const auto file = *folder / "log_first_300_trials_trials.csv";
    const formats::Table want = formats::read_csv(file);
    const auto expect_column = [&](const char* name, const std::vector<double>& got) {
        const std::vector<double> values = want.find(name)->as_doubles();
        ASSERT_EQ(got.size(), values.size()) << name;
        for (std::size_t i = 0; i < got.size(); ++i) {
            if (std::isnan(values[i]) || std::isinf(values[i])) {
                EXPECT_EQ(std::isnan(got[i]), std::isnan(values[i])) << name << ' ' << i;
                EXPECT_EQ(std::isinf(got[i]), std::isinf(values[i])) << name << ' ' << i;
            } else {
                EXPECT_NEAR(got[i], values[i], 1e-9 * (1.0 + std::abs(values[i])))
                    << name << ' ' << i;
            }
        }
    };
    const ChangeTrials& trials = log.trials;
    expect_column("start_time", trials.start_s);
    expect_column("stop_time", trials.stop_s);
    expect_column("is_change", trials.is_change);
    expect_column("change_time", trials.change_time_s);
    expect_column("go", trials.is_go);
    expect_column("catch", trials.is_catch);
    expect_column("auto_rewarded", trials.is_auto_rewarded);
    expect_column("aborted", trials.is_aborted);
    expect_column("hit", trials.is_hit);
    expect_column("miss", trials.is_miss);
    expect_column("false_alarm", trials.is_false_alarm);
    expect_column("correct_reject", trials.is_correct_reject);
    expect_column("response_time", trials.response_time_s);
    expect_column("response_latency", trials.response_latency_s);
    expect_column("reward_time", trials.reward_time_s);
    expect_column("reward_volume", trials.reward_volume_ml);
    std::vector<double> frames = trials.change_frame;
    std::ranges::replace_if(
        frames, [](double frame) { return std::isnan(frame); }, -99.0);
    expect_column("change_frame", frames);
    std::vector<double> n_licks;
    for (std::size_t i = 0; i < trials.count; ++i)
        n_licks.push_back(static_cast<double>(trials.lick_s.row(i).size()));
    expect_column("n_licks", n_licks);
    const auto& initial =
        std::get<std::vector<std::string>>(want.find("initial_image_name")->values);
    EXPECT_EQ(trials.initial_image_name, initial);
    EXPECT_EQ(trials.change_image_name,
              std::get<std::vector<std::string>>(want.find("change_image_name")->values));
}

// known_troubles 1.16
TEST(RawLog, LogsOfEarly2018AreRefusedByWhatTheyLack) {
    const auto folder = alf::testing::shared_data("data/allen_raw_log");
    if (!folder) GTEST_SKIP() << "the shared data folder is absent: set TRIALBASE_SHARED";
    const auto type_of = [&](const char* name) {
        try {
            (void)read_raw_log(*folder / name);
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
            return error.type();
        }
        return std::string("accepted");
    };
    EXPECT_EQ(type_of("old_without_intervals_camstim_0.2.4.json.gz"), "MissingDataset");
    EXPECT_EQ(type_of("old_natural_scenes_camstim_0.2.6.json.gz"), "StimulusKind");
}

}  // namespace
}  // namespace tb::allen
