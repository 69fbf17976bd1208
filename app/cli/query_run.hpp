// Statements run, and their rows written as a table, CSV, JSON or Parquet.
#pragma once

#include "src/db/session.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace tb::app {

enum class QueryFormat { table, csv, json, ndjson, parquet };

/// @throws tb::Error (usage) for another name
[[nodiscard]] QueryFormat query_format(std::string_view name);

/// Where output goes, piece by piece.
using Write = std::function<void(std::string_view)>;

/// Runs a statement in a read-only transaction and writes its rows. Memory stays flat whatever
/// their number: rows are streamed by COPY, or for a table read through a cursor, widths taken from
/// its first 1000 rows.
///   csv     as psql --csv writes it: header, empty field for NULL and for the empty string; but
///           booleans are true and false, which pandas and R read as such
///   parquet zstd, a row group each 128 Ki rows; numbers, booleans, dates and timestamps in their
///           own types (timestamptz in UTC, timestamp as local time, microseconds both; infinite
///           ones are null), numeric as double, uuid and everything else as text
///   json    one array of objects, numbers as numbers, times ISO 8601 with offset
///   ndjson  one object a line
///   table   numbers to the right; where a row does not fit into `width` columns (0: no limit),
///           long names are folded at underscores, then long texts cut with ..., else records
///           stand one below the other; number of rows at the end
/// @return rows written
std::int64_t write_query(db::Session& session, const db::Sql& statement, QueryFormat format,
                         const Write& write, int width = 0);

}  // namespace tb::app
