// Selects that people wrote themselves (--sql FILE): what is wrong with them is told as theirs.
#pragma once

#include "app/cli/query_arguments.hpp"
#include "src/db/statement_error.hpp"

#include <functional>

namespace tb::app {

/// Lets the server read a query of the user's without running it; nothing for named queries.
/// @throws tb::Error (usage) when it cannot: the message names file, line and column and has the
///         server's own words, the hint the server's hint or the nearest name that there is. A
///         statement that writes is refused so, too.
void check_own_sql(db::Session& session, const Query& query, const ParameterValues& values);

/// Runs what runs the query: what only its rows bring out is told as above, without a place; what
/// their values do (a division by zero) is (data). Errors of named queries pass as they are.
void run_own_sql(db::Session& session, const Query& query, const std::function<void()>& run);

}  // namespace tb::app
