// Sessions by the names that people write.
#pragma once

#include "src/db/session.hpp"

#include <string>
#include <string_view>

namespace tb::app {

/// The key of the session that a name means: a key or its first digits, lab/subject/date/number, or
/// a source's identifier (analysis.find_session in schema/objects says which).
/// @throws tb::Error (not_found) when it means none, (usage) when several: the message lists them
[[nodiscard]] std::string session_key(db::Session& session, std::string_view name);

/// What help says about an option or argument that names a session.
inline constexpr const char* session_name_about =
    "the session: its key or the first digits of it, or lab/subject/date/number";

}  // namespace tb::app
