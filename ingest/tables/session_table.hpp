// The table of sessions that a pipeline of fibre photometry keeps (metadata/sessions.pqt).
// Source: spec/photometry.md, 3.1 and 3.5.
#pragma once

#include "ingest/tables/listed.hpp"

#include <filesystem>
#include <string>

namespace tb::tables {

/// Reads such a table. Facts become a session's own values: subject, lab, start and end, number,
/// protocol, projects, people, strain and line, datasets, and the regions of its fibres with their
/// sides. What is derived (session_type, NM, target_NM, session_length, day_n, session_n) and what
/// has no place is kept as it came in `extra`, under "sessions_table".
/// @throws tb::Error (data) for a file that is no such table
void read_session_table(const std::filesystem::path& file, const std::string& name,
                        ListedTables& tables);

}  // namespace tb::tables
