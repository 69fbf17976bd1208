// task.movement_time_set: the first movement of the wheel in every trial.
#pragma once

#include "trialbase/computed_table.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::task {

/// Events of a session's trials [s, session clock], one value each per trial, NaN where missing.
struct TrialEvents {
    std::span<const double> stim_on_s;
    std::span<const double> go_cue_s;
    std::span<const double> response_s;
    std::span<const double> feedback_s;
    std::span<const double> quiescent_period_s;  ///< missing: 0.2 s
};

/// A trial in which the wheel moved.
struct MovementTime {
    std::size_t trial = 0;     ///< index
    std::size_t movement = 0;  ///< index
    double onset_s = 0.0;
    bool is_final = false;         ///< no other movement began before the feedback
    double reaction_time_s = 0.0;  ///< from the trial's start to the onset
    double movement_time_s = 0.0;  ///< from the onset to the trial's end
    [[nodiscard]] double response_time_s() const { return reaction_time_s + movement_time_s; }
};

struct MovementTimes {
    std::vector<MovementTime> times;  ///< ascending by trial
    std::size_t n_out_of_order = 0;   ///< trials left out, see movement_times
};

/// Trials start at stimulus onset or go cue and end at response or feedback, whichever is earlier
/// and known. Left out are trials without a first movement (see first_movements), and those that
/// start no later than the one before or end no later than they start: for these the reference
/// gives up the session.
/// @param onsets_s, amplitudes_rad  of the movements, ascending onsets, shape (n_movements)
/// @throws tb::Error (data, ValueError) when lengths differ
/// Source: spec/ibl_behavior.md, 7.2 and 7.3.
[[nodiscard]] MovementTimes movement_times(std::span<const double> onsets_s,
                                           std::span<const double> amplitudes_rad,
                                           const TrialEvents& trials);

/// Adapter of task.movement_time_set and its part task.movement_time.
[[nodiscard]] ComputedTable movement_time_set_table();

}  // namespace tb::compute::task
