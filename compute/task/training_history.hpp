// task.training_history: the training status of every session of a subject, all sessions folded in
// order.
#pragma once

#include "compute/task/training_criteria.hpp"
#include "compute/task/trials.hpp"
#include "trialbase/computed_table.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tb::compute::task {

/// A session of the history.
struct HistorySession {
    std::int64_t date = 0;  ///< days since 1970-01-01, at the rig
    Protocol protocol = Protocol::training;
    bool is_on_ephys_rig = false;
    double start_delay_s = 0.0;  ///< NaN when not recorded: no delay
    TrialTally trials;
    /// Trials as the source counts them, those that are not stored included; 0: as many as
    /// `trials`.
    std::size_t n_trials = 0;
};

/// What the history says of a session. Sessions of one date share everything but `status` where one
/// of them becomes untrainable or unbiasable.
struct SessionStatus {
    TrainingStatus status = TrainingStatus::in_training;  ///< never below that of the date before
    TrainingStatus judged = TrainingStatus::in_training;  ///< by the judged days alone
    std::optional<TrainingStatus>
        next;  ///< what `checks` are towards; empty when no day could be judged
    CriterionChecks checks;
    std::size_t n_days =
        0;  ///< days judged: this one and up to two before it, habituation left out
    TrainingMetrics metrics;
};

/// Folds the sessions of a subject.
///
/// A date is judged together with the two dates of sessions before it, with the trials of all
/// sessions of each date; the protocol and rig of a date are those of its last session, its delay
/// the largest when its protocols agree, else the last session's. Habituation dates are not judged.
/// The status is the higher of the judged one and that of the date before. Afterwards the 40th
/// session that is `in training` becomes untrainable, and the 40th biased session becomes
/// unbiasable if none of the first 40 biased ones is ready4ephysrig or above (the library asks for
/// ready4ephysrig by name, so that an animal that went past it would be unbiasable). As in the
/// library, fewer than three dates are judged all the same: `n_days` tells. Source:
/// spec/ibl_behavior.md, 3.2.
///
/// @param sessions  in order of date, start and number
/// @return one per session, in the same order
/// @throws tb::Error (internal) when the dates are not ascending
/// @param fits  asked for every function, and told those that it did not know
[[nodiscard]] std::vector<SessionStatus> training_history(std::span<const HistorySession> sessions,
                                                          StatusFits& fits);
[[nodiscard]] std::vector<SessionStatus> training_history(std::span<const HistorySession> sessions);

/// Adapter of task.training_history and its parts task.training_status and task.training_criterion.
[[nodiscard]] ComputedTable training_history_table();

}  // namespace tb::compute::task
