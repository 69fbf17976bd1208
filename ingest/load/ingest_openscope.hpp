// OpenScope credit assignment: tables, tracking files and session files below some paths.
#pragma once

#include "ingest/load/openscope/listing_loader.hpp"
#include "ingest/load/session_source.hpp"
#include "ingest/openscope/find_files.hpp"
#include "src/db/session.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tb::load {

struct OpenScopeOptions {
    std::string lab = "allen";
    bool is_lab_asked = false;  ///< else the one that the sessions are held in
    std::string source{};       ///< empty: simulated where a place says so, else allen
    bool wants_images = false;  ///< stimulus frames, too, from files that have them
    bool dry_run = false;
};

/// What became of the tables, and what is left to do.
struct OpenScopeOutcome {
    std::string source;     ///< of all that was found
    ProjectSummary tables;  ///< with tracking files as table roi_tracking
    std::vector<Failure>
        failures;  ///< files that could not be read, places that could not be searched
    ListedOpenScopeSessions listed;  ///< of this run's mouse_df, written or not
    std::vector<openscope::SessionFileName> session_files;  ///< found
};

/// Finds what lies below the paths and loads tables and tracking files. What a file lacks costs
/// that file. @throws tb::Error of the one path when there is but one and it cannot be searched; as
/// the database
[[nodiscard]] OpenScopeOutcome ingest_openscope(db::Session& session,
                                                const std::vector<std::filesystem::path>& paths,
                                                const OpenScopeOptions& options);

/// The session files that were found, one of each session (openscope::choose_file). A session that
/// neither this run's mouse_df nor the database lists is an UnknownSession.
/// @param connect  opens a session for questions
[[nodiscard]] std::unique_ptr<SessionSource> openscope_source(const OpenScopeOutcome& outcome,
                                                              const OpenScopeOptions& options,
                                                              std::function<db::Session()> connect);

}  // namespace tb::load
