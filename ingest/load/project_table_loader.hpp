// The Allen Institute's project tables as rows: sessions, imaging sessions, experiments, cells.
#pragma once

#include "ingest/allen/project_table.hpp"
#include "ingest/load/session_loader.hpp"
#include "src/db/session.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tb::load {

struct ProjectLoadOptions {
    std::string lab = "allen";
    bool is_lab_asked = false;     ///< else the one lab that sessions and mice are held in
    std::string source = "allen";  ///< part of the sessions' identity: allen, or simulated
    std::string release;           ///< version of the manifest; empty for tables without one
    bool dry_run = false;          ///< finds what a load would find, and writes nothing
};

/// What became of one table.
struct ProjectTableSummary {
    std::string table;
    std::string file;
    std::size_t rows = 0;  ///< in the file
    std::size_t added = 0, changed = 0, unchanged = 0;
    std::size_t refused = 0;  ///< rows left out
};

struct ProjectSummary {
    std::vector<ProjectTableSummary> tables;
    std::size_t subjects = 0;                   ///< mice that the tables name
    std::size_t sessions = 0;                   ///< sessions that the tables name
    std::size_t new_sessions = 0;               ///< of these, not known before
    std::map<std::string, std::size_t> issues;  ///< by type
    std::vector<Failure> failures;              ///< rows left out, each with its place
};

/// Loads tables, each of another kind, in one transaction. A session's key is UUIDv5 of
/// <source>:<behavior_session_id>; its behaviour, imaging and experiment ids are its aliases. A
/// session that any of the tables names is a session. Values that a later table tells otherwise are
/// kept beside the new ones in task.behavior_session_change. The same tables twice change nothing.
/// Rows of sessions or mice that are held in another lab are left out, each table's as one failure
/// (Contradiction); rows with a number (of a behaviour session, imaging session, experiment,
/// container, cell) that another source holds are, too, each by itself (OtherSource). Rows left out
/// stand in core.session_error until the table is loaded without them.
/// @throws tb::Error as the database
[[nodiscard]] ProjectSummary load_project_tables(db::Session& session,
                                                 const std::vector<allen::ProjectTable>& tables,
                                                 const ProjectLoadOptions& options);

}  // namespace tb::load
