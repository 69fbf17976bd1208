// Named queries: files of queries/ (or of the user) with their question, parameters and columns
// told in comments; their text with values put in; and their rows written as CSV, JSON or a table.
//
// A query file works alike in psql (`\set lab 'cortexlab'`, then `\i queries/sessions.sql`). Its
// first lines are
//   -- Which training sessions were run, and how well?
//   -- :param lab text default '%' -- pattern of the lab's name
//   -- :column n_trials integer -- trials of the session
//   \if :{?lab} \else \set lab '%' \endif      (default for psql; lines that start with \ are left
//   out here)
// and its statement uses the parameters as :'lab', cast by itself (:'since'::date).
#pragma once

#include "src/db/session.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tb::app {

/// A parameter as the header declares it.
struct QueryParameter {
    std::string name;
    std::string type;  ///< text, integer, number, date, timestamp, uuid or boolean
    std::optional<std::string> default_value;  ///< empty: the parameter must be given
    std::string about;
};

/// A column of the answer as the header declares it.
struct QueryColumn {
    std::string name;
    std::string type;   ///< as PostgreSQL's format_type writes it
    std::string about;  ///< a sentence with its unit in brackets
};

struct Query {
    std::string name;
    std::string question;  ///< the comment lines before the first declaration, joined by blanks
    std::vector<QueryParameter> parameters;
    std::vector<QueryColumn> columns;
    std::string sql;  ///< one statement without the psql lines and the closing semicolon
};

/// Reads a query file. @throws tb::Error (data) for a declaration that does not parse, a parameter
/// declared twice or used without declaration, more than one statement, or none
[[nodiscard]] Query parse_query(std::string name, std::string_view text);

/// The queries compiled into the program, by name.
[[nodiscard]] const std::vector<Query>& named_queries();

/// @throws tb::Error (not_found) naming similar queries
[[nodiscard]] const Query& find_query(std::string_view name);

/// The statement with every :'name' replaced by its value as a literal. Strings, quoted names,
/// comments and dollar quotes are left as they are.
/// @param values  by name; parameters without a value take their default
/// @param quote   makes a literal of a value (Session::quote_literal)
/// @throws tb::Error (usage) for an unknown or missing parameter or a value that its type cannot
/// hold; the
///         hint lists the known ones
[[nodiscard]] std::string bind_query(const Query& query,
                                     const std::map<std::string, std::string, std::less<>>& values,
                                     const std::function<std::string(std::string_view)>& quote);

enum class QueryFormat { table, csv, json, ndjson };

/// @throws tb::Error (usage) for another name
[[nodiscard]] QueryFormat query_format(std::string_view name);

/// Where output goes, piece by piece.
using Write = std::function<void(std::string_view)>;

/// Runs a statement in a read-only transaction and writes its rows. Memory stays flat whatever
/// their number: rows are streamed by COPY, or for a table read through a cursor, widths taken from
/// its first 1000 rows.
///   csv     as psql --csv writes it: header, empty field for NULL and for the empty string
///   json    one array of objects, numbers as numbers, times ISO 8601 with offset
///   ndjson  one object a line
///   table   numbers to the right; where a row does not fit into `width` columns (0: no limit),
///   long
///           names are folded at underscores, then long texts cut with ..., else records stand one
///           below the other; number of rows at the end
/// @return rows written
std::int64_t write_query(db::Session& session, const db::Sql& statement, QueryFormat format,
                         const Write& write, int width = 0);

}  // namespace tb::app
