// Loads whole trees and archives of ALF sessions: several read and loaded at once, each on its own.
#pragma once

#include "ingest/load/session_loader.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tb::load {

struct IngestSummary {
    std::size_t labs = 0;      ///< distinct ones met
    std::size_t subjects = 0;  ///< distinct ones met
    std::size_t added = 0;
    std::size_t updated = 0;
    std::size_t unchanged = 0;
    std::int64_t trials = 0;        ///< written (with dry_run: that would be written)
    std::vector<Failure> failures;  ///< sessions, archives and folders, sorted by identifier
};

struct IngestOptions {
    std::string lab;    ///< for trees that name none
    unsigned jobs = 0;  ///< sessions read and loaded at once; 0: as many as processors, at least 2
    bool dry_run = false;  ///< compare with the database, write nothing
    std::string source = "ibl";
    store::StoreOptions store;      ///< where photometry signals and wheel traces go
    bool keep_every_wheel = false;  ///< keep wheel traces of all sessions, not only of photometry
    /// Opens a session; called once per job, from its thread.
    std::function<db::Session()> connect;
    /// Called after each session, one call at a time.
    std::function<void(const IngestSummary& so_far)> progress;
    /// Set to stop early; what is being loaded is finished.
    const std::atomic<bool>* stop = nullptr;
};

/// Loads every session below the paths (folders or archives). A session that cannot be read or
/// stored is a failure in the summary and in core.session_error, and does not stop the others.
/// @throws tb::Error (not_found) when a path does not exist, before anything is loaded;
/// (unavailable, io) when the database is lost or its disk full: what was loaded by then stays
IngestSummary ingest_alf(std::span<const std::filesystem::path> paths,
                         const IngestOptions& options);

}  // namespace tb::load
