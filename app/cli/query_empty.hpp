// Why a query answered with no row.
#pragma once

#include "app/cli/query_declaration.hpp"
#include "src/db/session.hpp"

#include <functional>
#include <map>
#include <string>

namespace tb::app {

/// Says, for an answer without rows, which of the given patterns (lab, subject, protocol, ...) fits
/// nothing that there is, and what there is; and how many rows the query's own defaults left out
/// (parameters that are declared with `widest`, or named include_excluded, include_simulated or
/// source).
/// @param values  as given, by parameter
/// @return sentences for people, one a line; empty when there is nothing to say
[[nodiscard]] std::string why_empty(db::Session& session, const Query& query,
                                    const std::map<std::string, std::string, std::less<>>& values);

}  // namespace tb::app
