// Sessions of change detection and what was recorded beside their trials, as rows.
#pragma once

#include "ingest/load/paradigm.hpp"

#include <span>
#include <vector>

namespace tb::load {

/// Rows of the sessions whose behaviour is written, in place of those that are there: the session
/// with its task's settings, running, eye, sets of images, facts of the mouse. Their long tables
/// are emptied (trial_rows.hpp fills them).
void add_behavior_steps(std::span<const SessionToWrite> sessions,
                        std::vector<db::Session::Step>& steps);

}  // namespace tb::load
