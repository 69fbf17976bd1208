// Sessions of change detection from files: NWB session files and raw behaviour logs.
#pragma once

#include "ingest/load/session_source.hpp"
#include "src/db/session.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tb::load {

/// A file that holds a session, or the behaviour and one plane of one.
struct AllenSessionFile {
    std::filesystem::path file;
    std::string source = "allen";  ///< of the session, part of its identity
    std::string file_hash;         ///< BLAKE2b that the manifest gives it; empty without one
    bool is_source_asked = false;  ///< a file that says it is simulated is refused as another one
};

/// True for the name of a file that may be one: .nwb, .json, .json.gz.
[[nodiscard]] bool is_session_file_name(const std::filesystem::path& file);

struct AllenSessionOptions {
    std::string lab = "allen";
    bool is_lab_asked = false;  ///< refuse what the database holds in another lab (Contradiction)
    bool dry_run = false;       ///< read() asks the database, and writes nothing
    /// For what the database knows: labs, numbers of sessions whose file does not tell them (raw
    /// logs: they are found by mouse and start). Empty: nothing is asked
    std::function<db::Session()> connect;
};

/// Reads .nwb files as sessions of the Allen Institute's projects and .json[.gz] files as raw logs,
/// by their names. A file must hold the session that its published name says, and one to
/// which its experiment, imaging session and UUID belong by the tables and other files
/// (SessionMismatch); one that cannot be read and has not the manifest's hash is a HashMismatch. An
/// NWB file that says that it is simulated is of source `simulated`, or refused (SimulatedSession)
/// where another was asked.
[[nodiscard]] std::unique_ptr<SessionSource> allen_session_source(
    std::vector<AllenSessionFile> files, AllenSessionOptions options);

/// Flags sessions that overlap with another one of their mouse and were loaded at the same time as
/// it, for neither saw the other: to be called when all are loaded.
void flag_overlapping_sessions(db::Session& session);

}  // namespace tb::load
