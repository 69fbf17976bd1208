// Releases of the Allen Institute's visual-behaviour projects: cache folders and single tables.
#pragma once

#include "ingest/load/allen_sessions.hpp"
#include "ingest/load/project_table_loader.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace tb::load {

struct AllenOptions {
    std::string lab = "allen";
    bool is_lab_asked = false;  ///< else the lab that the sessions are held in comes first
    std::string source;         ///< empty: simulated where a folder or file says so, else allen
    std::string manifest;       ///< version to use; empty: the one used last, else the newest
    bool checks_files =
        false;  ///< compares session files with their checksums, as tables always are
    bool dry_run = false;
};

/// What became of one path.
struct AllenOutcome {
    std::string path;
    std::string release;  ///< version of the manifest; empty without one
    ProjectSummary tables;
    std::vector<AllenSessionFile> session_files;  ///< found; allen_session_source() reads them
    std::vector<std::string> notes;
    std::vector<Failure> failures;  ///< files that could not be read
};

/// Loads the tables of each path: a cache folder, a copy of the bucket, a folder with tables, or
/// one table; finds the session files of folders, and those that are paths themselves. The single
/// tables of one call belong together. What one path lacks costs that path. What says that it is
/// simulated (a mark above it, its manifest, the table or file itself) is of source `simulated`, or
/// refused (SimulatedSession) where another source was named.
/// @throws tb::Error of the one path when there is but one and nothing of it could be read;
/// (unavailable) without a database
[[nodiscard]] std::vector<AllenOutcome> ingest_allen(
    db::Session& session, const std::vector<std::filesystem::path>& paths,
    const AllenOptions& options);

}  // namespace tb::load
