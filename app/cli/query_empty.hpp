// Why a query answered with no row.
#pragma once

#include "app/cli/query_declaration.hpp"
#include "src/db/session.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tb::app {

/// A pattern (of like) that somebody gave, and where the names are that it may fit.
struct GivenPattern {
    std::string_view what;  ///< what it is a name of, in one word: lab
    std::string pattern;
    std::span<const KnownNames> names;
    bool any_case = false;  ///< compared by ilike
};

/// What is said of a pattern that fits no name: the nearest one, and what there is. Empty when it
/// fits some.
[[nodiscard]] std::optional<std::string> nothing_fits(db::Session& session,
                                                      const GivenPattern& given);

/// Says, for an answer without rows, which of the given patterns fits nothing that there is, and
/// what there is (parameters that are declared with `of`; in files of users those without one that
/// are named as such of the program); and how many rows the query's own defaults left out
/// (parameters that are declared with `widest`, or named include_excluded, include_simulated or
/// source).
/// @param values  as given, by parameter
/// @return sentences for people, one a line; empty when there is nothing to say
[[nodiscard]] std::string why_empty(db::Session& session, const Query& query,
                                    const std::map<std::string, std::string, std::less<>>& values);

}  // namespace tb::app
