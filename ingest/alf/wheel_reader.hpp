// Wheel, wheel movements and licks of a session from its files.
#pragma once

#include "ingest/alf/session_files.hpp"
#include "ingest/alf/trials_reader.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace tb::alf {

/// Fills session.wheel, wheel_moves and lick_s. Where the session has several tasks, those of each
/// follow each other on the session's clock. Samples without time or position are left out, times
/// in other units than seconds and positions in cm or degrees are converted, positions of an
/// unknown unit kept; each is an issue.
void read_wheel_and_licks(SessionFiles& files, std::span<const TaskPart> parts);

/// Fills the summary of session.wheel from its samples, and drops these where they are not to be
/// kept. Nothing for a session without a wheel.
void summarize_wheel(SessionFiles& files);

/// An issue where the wheel turns against the answers: the last movement of a trial with a contrast
/// of at least 0.25 goes the other way than its choice says, in more than half of these trials.
/// Values are kept. (spec/known_troubles.md, 2, row 10)
void flag_wheel_direction(SessionFiles& files);

/// Unit of a wheel's positions, told by the steps of an encoder of 1024, 2048 or 4096 per turn on a
/// wheel of 6.2 cm: a unit counts when nearly all steps are whole multiples of its step, and those
/// of radians are not. Fewer steps than least_wheel_steps tell no unit (spec/known_troubles.md, 2,
/// row 11).
struct WheelUnit {
    const char* name = "rad";
    double per_radian = 1.0;
    std::size_t n_steps = 0;  ///< positions that differ from the one before
    bool is_known = true;     ///< else radians are only what the files should hold
};
inline constexpr std::size_t least_wheel_steps = 10;
[[nodiscard]] WheelUnit unit_of_positions(std::span<const double> position);

}  // namespace tb::alf
