// Wheel recordings and movements as rows.
#pragma once

#include "ingest/load/paradigm.hpp"

#include <span>
#include <vector>

namespace tb::load {

/// Rows of task.wheel_recording and task.wheel_move, of sessions that have them.
void add_wheel_steps(std::span<const SessionToWrite> sessions,
                     std::vector<db::Session::Step>& steps);

}  // namespace tb::load
