// Conditions that people write (--where), tried before anything is done with them.
#pragma once

#include "src/db/session.hpp"

#include <string>
#include <string_view>

namespace tb::db {

/// Tries a condition on no row at all.
/// @param from   what stands after `from`: a table or view, or joined ones
/// @param about  what the refusal says after the condition (" on the keys of task.x")
/// @throws tb::Error (usage) when the server cannot read it (unknown column, syntax, types): the
///         hint names the nearest column and lists those of `from`. An open transaction is lost.
void check_condition(Session& session, const std::string& from, std::string_view where,
                     std::string_view about = {});

}  // namespace tb::db
