// One session of a mouse as a recording: frame times, trials, licks, rewards, presentations,
// running and eye tracking.
#pragma once

#include "include/trialbase/change_recording.hpp"
#include "ingest/simulated/change_mouse.hpp"
#include "ingest/simulated/random.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace tb::simulated {

struct MadeChangeSession {
    ChangeRecording recording;
    ChangeSessionTruth truth;
};

/// @param mouse_number  of the options' mice, from 0
[[nodiscard]] MadeChangeSession make_change_session(const ChangeOptions& options,
                                                    const ChangeMouse& mouse, const ChangeDay& day,
                                                    std::uint64_t mouse_number);

/// The wheel: a mouse that runs in bouts and stops to drink. Speeds are computed from the voltages,
/// as published ones are.
/// @param time_s  of the stimulus frames, ascending
/// @param reward_s  times of rewards, ascending
[[nodiscard]] RunningRecording make_running(std::span<const double> time_s,
                                            std::span<const double> reward_s, Random random);

/// Eye camera at 30 Hz up to `end_s`, with blinks; areas as published.
[[nodiscard]] EyeTrackingRecording make_eye_tracking(double end_s, Random random);

/// Name of a set of images: Natural_Images_Lum_Matched_set_training_2017 for A.
[[nodiscard]] const char* image_set_name(std::string_view letter);
/// Names of its eight images.
[[nodiscard]] std::span<const char* const> image_names(std::string_view letter);

}  // namespace tb::simulated
