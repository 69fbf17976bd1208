// The world of change detection: trials, licks, rewards, presentations, recordings beside them, and
// imaging planes.
#pragma once

#include "ingest/load/paradigm.hpp"

namespace tb::load {

/// Loads ChangeSession. One object for the whole program.
///
/// The behaviour of a session is loaded from one of its files (task.change_session.behavior_file);
/// other files of the same session add their plane and leave the behaviour alone. HeldRows::note is
/// the name of that file.
[[nodiscard]] const Paradigm& change_paradigm();

}  // namespace tb::load
