// A session's photometry as rows of schema photometry.
#pragma once

#include "ingest/load/paradigm.hpp"

#include <vector>

namespace tb::load {

/// The photometry's rows, in place of those that are there; nothing for a session without. Its
/// arrays were written (choice_arrays.hpp).
void add_photometry_steps(const SessionToWrite& one, std::vector<db::Session::Step>& steps);

}  // namespace tb::load
