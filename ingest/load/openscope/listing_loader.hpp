// The experiment's tables of sessions and its tracking files as rows.
#pragma once

#include "ingest/allen/project_table.hpp"
#include "ingest/load/project_table_loader.hpp"
#include "ingest/openscope/tracking_file.hpp"
#include "src/db/session.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tb::load {

/// What mouse_df says of a session, as far as its file is compared with it.
struct ListedOpenScopeSession {
    std::int64_t sessid = 0, mouseid = 0;
    std::string full_timestamp;  ///< 20180926T172917
    std::string session_date;    ///< yyyy-mm-dd, on the laboratory's clock
    std::optional<std::int64_t> nrois, nrois_tracked;
};
using ListedOpenScopeSessions = std::map<std::int64_t, ListedOpenScopeSession>;

/// Of rows of mouse_df.
[[nodiscard]] ListedOpenScopeSessions listed_sessions(const allen::ProjectTable& table);
/// Those that the database holds of a source.
[[nodiscard]] ListedOpenScopeSessions listed_sessions(db::Session& session,
                                                      const std::string& source);

/// Loads tables (mouse_df before metadata) and tracking files in one transaction; `options` as for
/// the Allen Institute's tables. A session that a table names is a session; a session's start is
/// that of mouse_df. What a table says otherwise than the one loaded before stands, and is kept in
/// imaging.openscope_listing_change. The same tables twice change nothing. Left out, each as a
/// failure: rows that cannot be read (TableCell, DuplicateSession), of sessions or mice of another
/// lab (Contradiction) or source (OtherSource); tracking files of sessions that no table names
/// (UnknownSession) or that are another mouse's (SessionMismatch).
/// @throws tb::Error as the database
[[nodiscard]] ProjectSummary load_openscope_listing(
    db::Session& session, const std::vector<allen::ProjectTable>& tables,
    const std::vector<openscope::TrackingFile>& trackings, const ProjectLoadOptions& options);

/// Compares tables, tracking files and loaded files with each other, for all sessions of the
/// experiment: TableMismatch, TrackingMismatch in core.session_issue, dataset `openscope tables`;
/// those that no longer hold go. @return how many there are, by type
std::map<std::string, std::size_t> flag_openscope_mismatches(db::Session& session);

}  // namespace tb::load
