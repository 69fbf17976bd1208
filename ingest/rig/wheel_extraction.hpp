// The wheel on the session's clock, from the encoder's files and the state machine's trials.
#pragma once

#include "ingest/rig/encoder_files.hpp"
#include "ingest/rig/task_data.hpp"

#include <span>
#include <vector>

namespace tb::rig {

/// Pairs of the same moments on two clocks, ascending; linear between and beyond them.
struct ClockMap {
    std::vector<double> encoder_s;
    std::vector<double> session_s;
    bool was_milliseconds = false;  ///< the encoder's events
    [[nodiscard]] double operator()(double encoder_time_s) const;
};

/// The encoder's clock against the session's, by the beginnings of the closed loop that both have.
/// @param closed_loop_us  of the encoder's events; the last is left out; ms where the trials'
/// intervals are a thousand times as long
/// @param closed_loop_s   of the trials, on the session's clock
/// @throws tb::Error (data, WheelNotAligned) for fewer than two pairs, or where no straight line
/// goes through them within 2 ms
/// Source: spec/ibl_behavior.md, 12.3.
[[nodiscard]] ClockMap clock_map(std::span<const double> closed_loop_us,
                                 std::span<const double> closed_loop_s);

struct ExtractedWheel {
    std::vector<double> time_s;    ///< ascending, session's clock
    std::vector<double> position;  ///< radians, counter-clockwise positive
    /// A file that spans less than 20 s was taken for milliseconds; the events show that it is not.
    bool is_short_in_microseconds = false;
    bool has_guessed_resets = false;  ///< any exact 0 counted as a reset of the encoder
};

/// @throws tb::Error (data, WheelNotAligned) as clock_map
[[nodiscard]] ExtractedWheel extract_wheel(const EncoderPositions& positions,
                                           const EncoderEvents& events,
                                           std::span<const RigTrial> trials);

/// Where movements began and ended, and each trial's first one.
struct ExtractedMovements {
    std::vector<double> onset_s, offset_s;
    std::vector<double> peak_amplitude;    ///< radians
    std::vector<double> first_movement_s;  ///< per trial; NaN without
    std::vector<bool> is_final;            ///< per trial
};

/// @param go_cue_s, feedback_s  per trial
/// @param quiescent_s  how long the wheel had to rest: one, or one per trial [s]
/// @return no movement for a wheel of fewer than two samples
/// @throws tb::Error (data) when the wheel is shorter than the window that a movement is looked for
/// Source: spec/ibl_behavior.md, 7.1 and 7.2.
[[nodiscard]] ExtractedMovements extract_movements(const ExtractedWheel& wheel,
                                                   std::span<const double> go_cue_s,
                                                   std::span<const double> feedback_s,
                                                   std::span<const double> quiescent_s);

}  // namespace tb::rig
