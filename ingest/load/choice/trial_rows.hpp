// Trials of two-alternative choice as rows of task.choice_session and task.choice_trial.
#pragma once

#include "ingest/load/paradigm.hpp"
#include "trialbase/choice_session.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tb::load {

/// Trials without end, choice or probability are not stored (spec/ibl_behavior.md, 1.6), unless the
/// source has no such column at all.
[[nodiscard]] std::int64_t count_stored(const ChoiceTrials& trials);

/// Rows of task.choice_session, of sessions with trials.
void add_choice_session_steps(std::span<const SessionToWrite> sessions,
                              std::vector<db::Session::Step>& steps);

/// Writes the sessions' trials in one COPY.
void copy_trials(db::Session& database, std::span<const SessionToWrite> sessions,
                 TableColumns& table_columns);

}  // namespace tb::load
