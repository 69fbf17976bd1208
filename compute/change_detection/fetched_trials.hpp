// Trials of change detection, and the settings of rolling values, as fetches of the database give
// them.
#pragma once

#include "compute/change_detection/rolling_performance.hpp"
#include "trialbase/change_recording.hpp"
#include "trialbase/computed_table.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tb::compute::change_detection {

/// Trials of one session: rows [begin, end) of `rows`, in order. Columns that the fetch has are
/// filled, of start_s, trial_length_s, change_s, reward_volume_ml and the eight classes.
[[nodiscard]] ChangeTrials trials_of(const FetchedRows& rows, std::size_t begin, std::size_t end);

/// Rows [begin, end) of a fetch that belong together.
struct RowRange {
    std::size_t begin = 0;
    std::size_t end = 0;
};
/// Gives trials their licks: rows of `licks` (trial, time_s), in order of trial and lick.
/// @param trial_numbers  of the trials (trial), one per trial
/// @throws tb::Error (internal) for a lick of a trial that is not among them
void set_licks(ChangeTrials& trials, std::span<const std::int64_t> trial_numbers,
               const FetchedRows& licks, RowRange of);

/// The row of task.change_performance_params that a fetch gave, for a session. A set without a
/// start of the window means the session's own.
/// @param session_window_start_s  NaN where the session does not tell: then 0.15 s
[[nodiscard]] RollingParams rolling_params_of(const FetchedRows& params,
                                              double session_window_start_s);

}  // namespace tb::compute::change_detection
