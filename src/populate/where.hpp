// Conditions of the user over keys, tried before any work is begun.
#pragma once

#include "src/populate/catalogue.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tb::populate {

/// Tries a condition on the keys of a computed table, which know their session's and subject's
/// columns too (lab_name, subject_nickname, session_date, ...). @throws as db::check_condition
void check_key_condition(db::Session& session, const TableInfo& table, std::string_view where);

/// The tables of `tables` to whose keys a condition can be put; all when it is empty. It is tried
/// on no row at all.
/// @throws tb::Error (usage) when there is none, or, with `needs_all`, when one is missing: what
/// the server says of the condition, with the columns that it may use and the nearest one
[[nodiscard]] std::vector<TableInfo> tables_with(db::Session& session,
                                                 const std::vector<TableInfo>& tables,
                                                 const std::string& where, bool needs_all);

}  // namespace tb::populate
