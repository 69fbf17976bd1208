// Text tables: comma, tab or space separated.
#pragma once

#include "ingest/formats/table.hpp"

#include <filesystem>
#include <string_view>

namespace tb::formats {

struct CsvOptions {
    char delimiter = ',';
    bool has_header = true;  ///< false: the columns are named 0, 1, 2, ...
    bool merge_delimiters =
        false;  ///< several in a row count as one, those at the ends of a line not at all (.ssv)
    bool all_text =
        false;  ///< no guessing of types; an empty field is then an empty text, not a missing one
};

/// A text table. Fields may be quoted ("" is a quote inside), lines end in LF, CR LF or at the
/// file's end; a byte-order mark and empty lines are skipped, as pandas does. A file without any
/// line is a table without columns.
///
/// The type of a column is the first of these that all its fields that are not empty have: integer
/// (64 bits), double (`nan`, `inf` and `infinity` in any case count; whole numbers beyond 64 bits
/// become doubles), bool (`true`, `false` in any case), text. An empty field is missing; a column
/// without any value is one of doubles, all NaN.
/// @throws tb::Error (data) "<name>: line <n>: ..." for a row of another length than the first, or
/// a quote that is
///         not closed or has text behind it; (io) when the file cannot be read
[[nodiscard]] Table read_csv(const std::filesystem::path& file, const CsvOptions& options = {});
[[nodiscard]] Table parse_csv(std::string_view text, std::string_view name,
                              const CsvOptions& options = {});

}  // namespace tb::formats
