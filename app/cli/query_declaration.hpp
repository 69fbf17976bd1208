// Named queries: files of queries/ (or of the user) with their question, parameters and columns
// told in comments, and their text with values put in.
//
// A query file works alike in psql (`\set lab 'cortexlab'`, then `\i queries/sessions.sql`). Its
// first lines are
//   -- Which training sessions were run, and how well?
//   -- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
//   -- :param trace text default 'dff' of 'dff', 'events' -- which signal
//   -- :param source text default 'real' widest '%' -- real, simulated or % for both
//   -- :column n_trials integer -- trials of the session
//   \if :{?lab} \else \set lab '%' \endif      (default for psql; lines that start with \ are left
//   out here)
// and its statement uses the parameters as :'lab', cast by itself (:'since'::date).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tb::app {

/// Names that the value of a text parameter is compared with.
struct KnownNames {
    std::string relation, column;  ///< a column of a table or view, with its schema; or
    std::string word;              ///< one name
    friend bool operator==(const KnownNames&, const KnownNames&) = default;
};

/// A parameter as the header declares it.
struct QueryParameter {
    std::string name;
    std::string type;  ///< text, integer, number, date, timestamp, uuid, boolean or session
    std::optional<std::string> default_value;  ///< empty: the parameter must be given
    std::optional<std::string> widest;  ///< value that leaves nothing out, where the default does
    std::vector<KnownNames> names;      ///< where the names are that it may be
    std::string about;
};

/// A column of the answer as the header declares it.
struct QueryColumn {
    std::string name;
    std::string type;   ///< as PostgreSQL's format_type writes it
    std::string about;  ///< a sentence with its unit in brackets
};

/// A line of the file that a query was read from.
struct QueryLine {
    std::size_t offset = 0;  ///< where it begins in Query::sql
    int number = 1;          ///< line of the file, from 1
    int indent = 0;          ///< characters of it that stand before that and were left out
};

/// A place in a query's file, both from 1; the column counts characters.
struct QueryPlace {
    int line = 1, column = 1;
};

struct Query {
    std::string name;
    std::string file;      ///< where it was read from; empty: it came with the program
    std::string question;  ///< the comment lines before the first declaration, joined by blanks
    std::vector<QueryParameter> parameters;
    std::vector<QueryColumn> columns;
    std::string sql;  ///< one statement without the psql lines and the closing semicolon
    std::vector<QueryLine> lines;  ///< of sql, in order
};

/// Whether a parameter names a session: of type session, or a uuid that is called session. It takes
/// every name of a session (session_name.hpp), and its key is put in.
[[nodiscard]] bool is_session_parameter(const QueryParameter& parameter);

/// Reads a query file. @throws tb::Error (data) for a declaration that does not parse, a parameter
/// declared twice or used without declaration, more than one statement, or none
[[nodiscard]] Query parse_query(std::string name, std::string_view text);

/// The queries compiled into the program, by name.
[[nodiscard]] const std::vector<Query>& named_queries();

/// @throws tb::Error (not_found) naming the nearest query and all of them
[[nodiscard]] const Query& find_query(std::string_view name);

/// The statement with every :'name' replaced by its value as a literal. Strings, quoted names,
/// comments and dollar quotes are left as they are.
/// @param values  by name; parameters without a value take their default
/// @param quote   makes a literal of a value (Session::quote_literal)
/// @throws tb::Error (usage) for an unknown or missing parameter or a value that its type cannot
/// hold; the
///         hint names the nearest and lists the known ones
[[nodiscard]] std::string bind_query(const Query& query,
                                     const std::map<std::string, std::string, std::less<>>& values,
                                     const std::function<std::string(std::string_view)>& quote);

/// Where in the query's file the byte `offset` of bind_query()'s text with the same values stands;
/// a value's place is that of its parameter.
[[nodiscard]] QueryPlace place_in_file(
    const Query& query, const std::map<std::string, std::string, std::less<>>& values,
    const std::function<std::string(std::string_view)>& quote, std::size_t offset);

}  // namespace tb::app
