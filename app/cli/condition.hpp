// Conditions that people write: --where.
#pragma once

#include "src/db/session.hpp"
#include "src/populate/catalogue.hpp"

#include <string>
#include <string_view>

namespace tb::app {

/// Tries a condition on no row at all, before anything is done with it.
/// @param from  what stands after `from`: a table or view, or joined ones
/// @throws tb::Error (usage) when the server cannot read it (unknown column, syntax, types): the
///         hint names the nearest column and lists those of `from`. An open transaction is lost.
void check_condition(db::Session& session, const std::string& from, std::string_view where);

/// The same for keys of a computed table, which know their session's and subject's columns too
/// (lab_name, subject_nickname, session_date, ...).
void check_key_condition(db::Session& session, const populate::TableInfo& table,
                         std::string_view where);

}  // namespace tb::app
