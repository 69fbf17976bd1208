// Sessions by the names that people write.
#pragma once

#include "src/db/session.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace tb::app {

/// The key of the session that a name means: a key or its first digits, lab/subject/date/number, or
/// a source's identifier (analysis.find_session in schema/objects says which).
/// @throws tb::Error (not_found) when it means none, (usage) when several: the message lists them
[[nodiscard]] std::string session_key(db::Session& session, std::string_view name);

/// A condition over rows that know their session_id, narrowed to sessions by their names; the
/// condition itself where none are named. @throws as session_key
[[nodiscard]] std::string condition_with_sessions(db::Session& session,
                                                  const std::string& condition,
                                                  const std::vector<std::string>& names);
/// Option --session, which may be given several times.
void add_sessions_option(CLI::App& command, std::vector<std::string>& names);

/// What help says about an option or argument that names a session.
inline constexpr const char* session_name_about =
    "the session: its key or the first digits of it, or lab/subject/date/number";

}  // namespace tb::app
