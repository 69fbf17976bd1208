// Folders that hold trials and are no session: why.
#pragma once

#include "ingest/alf/session_reader.hpp"

#include <string>
#include <string_view>

namespace tb::alf {

/// The folder that should have been a session's, of a file of trials that lies in none: without
/// the collection (`alf`, `alf/task_00`) and the revision (`#2024-07-15#`).
[[nodiscard]] std::string nearly_session_folder(std::string_view file);

/// Why that folder is no session: a date that the calendar does not have, or is not written
/// yyyy-mm-dd, a number that is none, no subject/date/number at all.
[[nodiscard]] std::string why_no_session(std::string_view folder);

/// What contradicts the session that was asked for: an Error (conflict) naming both, or nothing.
[[nodiscard]] std::optional<Error> contradiction(const SessionSource& session,
                                                 const std::string& lab_of_path,
                                                 const DiscoveryOptions& options);

}  // namespace tb::alf
