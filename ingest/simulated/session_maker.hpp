// One session of the task: trials, wheel and licks of a subject on one day.
#pragma once

#include "ingest/simulated/random.hpp"
#include "ingest/simulated/simulate.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tb::simulated {

/// A subject on one day.
struct Day {
    double skill = 0.0;
    double threshold = 1.0;
    double lapse_low = 0.5;
    double lapse_high = 0.5;
    double bias = 0.0;
    double block_shift = 0.0;
    double no_go = 0.0;
    double speed = 1.0;
};

/// Stages of training: the last one that trains, and the biased task after it.
inline constexpr std::size_t last_training_stage = 4;
inline constexpr std::size_t biased_stage = 5;

/// Trials as the files have them; missing is NaN.
struct Columns {
    std::vector<double> interval_start, interval_end, stim_on_trigger, stim_on, stim_off,
        go_cue_trigger, go_cue, first_movement, response, feedback, contrast_left, contrast_right,
        probability_left, reward, iti, quiescence;
    std::vector<std::int64_t> choice, feedback_type, repeats;
    std::vector<char> included;
};

/// Steps of the encoder, and the movements that they belong to.
struct Wheel {
    std::vector<double> time, position;
    std::vector<double> move_intervals;  ///< (moves, 2)
    std::vector<double> move_amplitude;
};

struct MadeSession {
    Columns columns;
    Wheel wheel;
    std::vector<double> licks;
};

/// Makes the trials (and the wheel); `session` gets its counts.
[[nodiscard]] MadeSession make_session(const SimulateOptions& options, const Day& day,
                                       std::size_t stage, Random random, std::size_t trials,
                                       SimulatedSession& session);

}  // namespace tb::simulated
