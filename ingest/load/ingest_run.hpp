// One ingest of many sessions, of any world: several read and loaded at once, each on its own.
#pragma once

#include "ingest/load/failure.hpp"
#include "ingest/load/session_source.hpp"
#include "src/db/session.hpp"
#include "src/store/array_store.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tb::load {

struct IngestSummary {
    std::size_t labs = 0;      ///< distinct ones met
    std::size_t subjects = 0;  ///< distinct ones met
    // Sessions, each once: the first plane's file makes it a new one, the other planes' do not.
    std::size_t added = 0;
    std::size_t updated = 0;
    std::size_t unchanged = 0;
    std::size_t read = 0;     ///< files or folders of sessions that were read, failed ones included
    std::int64_t trials = 0;  ///< written (with dry_run: that would be written)
    std::set<std::string> names;                ///< `lab/subject` of the sessions met
    std::map<std::string, std::size_t> issues;  ///< of the sessions read, by type
    /// Of sessions read, `identifier: what`: what was extracted from a rig's raw files; the first
    /// thousand.
    std::vector<std::string> extracted;
    std::vector<Failure> failures;  ///< sessions, archives and folders, sorted by identifier
};

struct RunOptions {
    unsigned jobs = 0;  ///< batches read and loaded at once; 0: as many as processors, at least 2
    /// Sessions of one transaction at most: they share its statements and its COPY, and a bad one
    /// costs the others of its batch a second try.
    std::size_t batch = 24;
    bool dry_run = false;       ///< compare with the database, write nothing
    store::StoreOptions store;  ///< where arrays go
    /// Opens a session; called once per job that gets work, from its thread, and at the end.
    std::function<db::Session()> connect;
    /// Called after each session, one call at a time; those of a batch follow each other at once.
    std::function<void(const IngestSummary& so_far)> progress;
    /// Set to stop early; what is being loaded is finished.
    const std::atomic<bool>* stop = nullptr;
};

/// Loads every session that the source finds. A session that cannot be read or stored is a failure
/// in the summary and in core.session_error, and does not stop the others.
/// @throws tb::Error (not_found) when a place does not exist, before anything is loaded;
/// (unavailable, io) when the database is lost or its disk full: what was loaded by then stays;
/// what the source's find() throws
IngestSummary ingest_sessions(SessionSource& source, const RunOptions& options);

}  // namespace tb::load
