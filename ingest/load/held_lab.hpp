// Which lab a session is of, against the one that the caller named.
#pragma once

#include "src/db/session.hpp"
#include "trialbase/session_record.hpp"

#include <string>

namespace tb::load {

/// @param asked  lab that the caller named
/// @throws tb::Error (conflict, Contradiction), naming both labs, when the database holds the
/// session in another lab; or its subject, in a source that names subjects without their lab
void require_lab(db::Session& database, const SessionRecord& session, const std::string& asked);

}  // namespace tb::load
