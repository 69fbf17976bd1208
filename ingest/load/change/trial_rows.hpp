// The long tables of change detection: trials and their licks, licks, rewards, presentations.
#pragma once

#include "ingest/load/paradigm.hpp"

#include <span>

namespace tb::load {

/// Copies the rows of the sessions whose behaviour is written; each table in one COPY.
void copy_change_rows(db::Session& database, std::span<const SessionToWrite> sessions);

}  // namespace tb::load
