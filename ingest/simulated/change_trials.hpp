// What happens in one session of the change-detection task, in stimulus frames: flashes, trials,
// licks, rewards.
#pragma once

#include "ingest/simulated/change_mouse.hpp"
#include "ingest/simulated/random.hpp"

#include <cstdint>
#include <vector>

namespace tb::simulated {

inline constexpr std::int64_t flash_frames = 15;  ///< drawn, of
inline constexpr std::int64_t cycle_frames = 45;  ///< from one flash to the next
inline constexpr int n_images = 8;                ///< of a set
inline constexpr int n_orientations = 2;          ///< of gratings

enum class ChangeTrialKind { aborted, auto_rewarded, go, catch_trial };

struct FrameTrial {
    ChangeTrialKind kind = ChangeTrialKind::go;
    std::int64_t start = 0;
    std::int64_t stop = 0;
    std::int64_t change = -1;  ///< frame of the change or sham change; -1 if aborted
    int initial_image = 0;
    int final_image = 0;
    bool has_responded = false;  ///< licked in the response window
    std::vector<std::int64_t> licks;
    std::int64_t reward = -1;  ///< -1: none
    double reward_ml = 0.0;
    double response_probability = 0.0;  ///< that it was drawn with
};

struct FrameFlash {
    std::int64_t start = 0;
    std::int64_t end = 0;  ///< first frame not drawn
    int image = -1;        ///< -1: omitted
    bool is_change = false;
    bool is_sham_change = false;
};

struct FrameTask {
    std::int64_t end = 0;  ///< first frame after the task
    std::vector<FrameTrial> trials;
    std::vector<FrameFlash> flashes;
};

/// Volumes of a stage [mL].
inline constexpr double auto_reward_ml = 0.005;
[[nodiscard]] double earned_reward_ml(const ChangeDay& day);

/// @param first_frame  of the first flash
/// @param truth  gets its rates, and the counts of trials, licks, rewards and flashes
[[nodiscard]] FrameTask make_change_trials(const ChangeDay& day, std::size_t n_trials,
                                           std::int64_t first_frame, Random random,
                                           ChangeSessionTruth& truth);

}  // namespace tb::simulated
