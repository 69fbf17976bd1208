// The air at the rig and what was played to a passive animal, as rows of schema task.
#pragma once

#include "ingest/load/paradigm.hpp"

#include <span>
#include <vector>

namespace tb::load {

/// Rows of task.ambient_reading and task.passive_*, for sessions that have none (any more).
void add_surroundings_steps(std::span<const SessionToWrite> sessions,
                            std::vector<db::Session::Step>& steps);

}  // namespace tb::load
