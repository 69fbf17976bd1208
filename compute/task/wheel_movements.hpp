// Movements of the wheel: when they began and ended, how far they went, and which of them was a
// trial's first. Source of the rules: spec/ibl_behavior.md, 7.
#pragma once

#include "compute/task/wheel.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::compute::task {

/// What a movement is. Lengths of the wheel's way are in the unit of the position.
struct MovementParams {
    double rate_hz = 1000.0;
    double position_threshold = 8.0;  ///< way within the time window that counts as moving
    double time_window_s = 0.2;
    double min_gap_s = 0.1;  ///< movements closer than this are one
    double onset_threshold = 1.5;
    double min_duration_s = 0.05;
};

struct Movement {
    double onset_s = 0.0;
    double offset_s = 0.0;
    double peak_amplitude = 0.0;   ///< signed way from the onset where it is longest
    double peak_velocity_s = 0.0;  ///< time of the greatest smoothed speed
    std::size_t onset = 0;         ///< sample
    std::size_t offset = 0;        ///< sample, the first after the movement
};

/// Movements of an evenly sampled position, in order.
/// @param times     or EvenTimes, shape (n)
/// @param position  shape (n); samples that are NaN count as not there
/// @throws tb::Error (data, ValueError) when lengths differ or a threshold is not a number; (data,
/// AssertionError) when times are not evenly spaced
[[nodiscard]] std::vector<Movement> wheel_movements(std::span<const double> times,
                                                    std::span<const double> position,
                                                    const MovementParams& params = {});
[[nodiscard]] std::vector<Movement> wheel_movements(const EvenTimes& times,
                                                    std::span<const double> position,
                                                    const MovementParams& params = {});

/// How often the velocity changed its sign strictly inside each movement.
/// @param velocity  one per time
[[nodiscard]] std::vector<std::size_t> direction_changes(const EvenTimes& times,
                                                         std::span<const double> velocity,
                                                         std::span<const Movement> movements);

/// The same, of the velocity that wheel_motion would give, which is not kept.
/// @param position  evenly sampled, shape (n)
/// @throws tb::Error (data, ValueError) as wheel_motion
[[nodiscard]] std::vector<std::size_t> direction_changes_of_position(
    std::span<const double> position, double rate_hz, std::span<const Movement> movements);

/// Movements of a wheel by its own samples, each with its direction changes.
struct FoundMovements {
    std::vector<Movement> movements;  ///< samples count on the grid of interpolated_position
    std::vector<std::size_t> direction_changes;
};
/// What interpolated_position, wheel_movements and direction_changes_of_position give one after
/// another. A wheel rests most of the time: where its own samples show that no window can hold a
/// movement, its position is neither drawn nor looked at.
/// @param timestamps  ascending [s], shape (n), at least 2
/// @param position    shape (n); samples that are NaN count as not there
/// @throws tb::Error (data, ValueError) as these do
[[nodiscard]] FoundMovements found_movements(std::span<const double> timestamps,
                                             std::span<const double> position,
                                             const MovementParams& params = {});

/// Onset of the movement that contains each event (bounds included); NaN where none does.
/// @param onsets, offsets  of the movements, ascending, shape (n_movements)
/// @param events           strictly increasing
/// @throws tb::Error (data, ValueError) when lengths differ or events do not increase
[[nodiscard]] std::vector<double> movement_onsets(std::span<const double> onsets,
                                                  std::span<const double> offsets,
                                                  std::span<const double> events);

/// A trial's first movement that is large enough.
struct FirstMovement {
    double onset_s = 0.0;                 ///< NaN when there was none
    bool is_final = false;                ///< no other movement began before the feedback
    std::optional<std::size_t> movement;  ///< index
};
/// For each trial the movements that began between go cue less quiescent period and feedback
/// (neither included); of these the first with a peak of at least `threshold`.
/// @param onsets, amplitudes  of the movements, ascending onsets, shape (n_movements)
/// @param go_cue_s, feedback_s, quiescent_s  per trial; NaN go cue or feedback: none is found
/// @throws tb::Error (data, ValueError) when lengths differ
[[nodiscard]] std::vector<FirstMovement> first_movements(std::span<const double> onsets,
                                                         std::span<const double> amplitudes,
                                                         std::span<const double> go_cue_s,
                                                         std::span<const double> feedback_s,
                                                         std::span<const double> quiescent_s,
                                                         double threshold = 0.1);

}  // namespace tb::compute::task
