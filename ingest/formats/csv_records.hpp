// Text tables that people wrote, with the place of every field, so that a fault can be told by line
// and column.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tb::formats {

/// One line of a table (or several, where a quoted field breaks).
struct CsvRecord {
    std::size_t line = 0;  ///< of its first character, from 1
    std::vector<std::string> fields;
};

struct CsvRecords {
    char delimiter = ',';  ///< ; where the first line has more of these than commas, tab likewise
    std::vector<std::string> header;
    std::vector<CsvRecord> records;
};

/// Reads a table whose first line is its header. UTF-8, with or without a byte-order mark; fields
/// may be quoted ("" is a quote inside); blanks around fields are left out; empty lines are
/// skipped; lines end in LF or CR LF. Rows may be shorter or longer than the header: the caller
/// judges.
/// @throws tb::Error (data) "<name>: line 3, column 12: ..." for bytes that are no UTF-8 (Latin-1,
///         UTF-16), a zero byte, a quote that is not closed or has text behind it; (io) when the
///         file cannot be read or is no regular one; (data) above 64 MiB
[[nodiscard]] CsvRecords read_csv_records(const std::filesystem::path& file);
[[nodiscard]] CsvRecords parse_csv_records(std::string_view text, std::string_view name);

}  // namespace tb::formats
