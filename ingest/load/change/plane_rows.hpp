// Imaging planes as rows of schema imaging.
#pragma once

#include "ingest/load/paradigm.hpp"

#include <span>
#include <vector>

namespace tb::load {

/// Planes of the sessions' files with their ROIs, traces and images, in place of those that are
/// there; planes of other files stay.
void add_plane_steps(std::span<const SessionToWrite> sessions,
                     std::vector<db::Session::Step>& steps);

}  // namespace tb::load
