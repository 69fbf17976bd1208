// Loads whole trees and archives of ALF sessions: several read and loaded at once, each on its own.
#pragma once

#include "ingest/load/session_loader.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
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
    std::int64_t trials = 0;                    ///< written (with dry_run: that would be written)
    std::set<std::string> names;                ///< `lab/subject` of the sessions met
    std::map<std::string, std::size_t> issues;  ///< of the sessions read, by type
    std::vector<Failure> failures;  ///< sessions, archives and folders, sorted by identifier
};

struct IngestOptions {
    /// Lab of trees that name none, and what all sessions must be of: one whose path says another
    /// lab, subject, date or number is a failure.
    std::string lab;
    std::string subject;
    std::string date;
    std::string number;
    unsigned jobs = 0;  ///< batches read and loaded at once; 0: as many as processors, at least 2
    /// Sessions of one transaction at most: they share its statements and its COPY, and a bad one
    /// costs the others of its batch a second try.
    std::size_t batch = 24;
    bool dry_run = false;           ///< compare with the database, write nothing
    std::string source = "ibl";     ///< simulated sessions say so themselves
    bool is_source_asked = false;   ///< refuse simulated sessions where another source is named
    store::StoreOptions store;      ///< where photometry signals and wheel traces go
    bool keep_every_wheel = false;  ///< keep wheel traces of all sessions, not only of photometry
    double frame_unit_s = 1.0;      ///< one unit of the times of raw frames and digital inputs [s]
    /// Opens a session; called once per job, from its thread.
    std::function<db::Session()> connect;
    /// Called after each session, one call at a time; those of a batch follow each other at once.
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
