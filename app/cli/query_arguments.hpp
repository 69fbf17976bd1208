// What the commands that run named queries (query, figure) share of their command line.
#pragma once

#include "app/cli/query_declaration.hpp"
#include "app/cli/query_run.hpp"
#include "src/db/session.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tb::app {

/// Values of parameters by name.
using ParameterValues = std::map<std::string, std::string, std::less<>>;

/// Reads what stands behind --param. @throws tb::Error (usage) for what is no name=value, and a
/// name that is given twice
[[nodiscard]] ParameterValues parameter_values(const std::vector<std::string>& given);

/// Puts keys in the place of sessions' names. @throws as session_key
void resolve_sessions(const Query& query, ParameterValues& values, db::Session& session);

/// Whether -o names a plain file, there or yet to be made: its extension must tell the format.
[[nodiscard]] bool is_plain_output(const std::string& output);

/// The format of rows: as --format says, else as the extension of -o, else json with --json, else a
/// table. @throws tb::Error (usage) for a plain file whose extension tells none
[[nodiscard]] QueryFormat rows_format(const std::string& format, const std::string& output,
                                      bool json);

/// Whether a list or a description is written as JSON and not as text, by the same rules.
/// @throws tb::Error (usage) for other formats of rows
[[nodiscard]] bool is_listed_as_json(const std::string& format, const std::string& output,
                                     bool json);

/// The text of a file. @throws tb::Error (not_found), (io)
[[nodiscard]] std::string read_text(const std::string& path);

/// Reads a query file of the user's. @throws as read_text and parse_query
[[nodiscard]] Query read_query(const std::string& file);

/// The text on lines of `width` bytes at most, the second and later ones behind `indent`, for a
/// text that begins behind as much; ends with a line end.
[[nodiscard]] std::string paragraph(const std::string& indent, std::string_view text,
                                    std::size_t width);

/// Columns of the terminal that stdout is; 80 where it is none, so that output does not depend on
/// where it runs.
[[nodiscard]] int rows_width();

}  // namespace tb::app
