// The rows that sessions of every world have: parameters of statements, each of which writes the
// rows of several sessions.
#pragma once

#include "ingest/load/paradigm.hpp"
#include "src/db/session.hpp"

#include <span>
#include <vector>

namespace tb::load {

/// Labs, subjects, sessions with their names, people and projects, files and issues; earlier errors
/// are resolved. Parents before children.
void add_record_steps(const Paradigm& paradigm, std::span<const SessionToWrite> sessions,
                      std::vector<db::Session::Step>& steps);

/// Water of sessions without trials, and weighings. After add_record_steps, which makes the
/// subjects.
void add_care_steps(std::span<const SessionToWrite> sessions,
                    std::vector<db::Session::Step>& steps);

}  // namespace tb::load
