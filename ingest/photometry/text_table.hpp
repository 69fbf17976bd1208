// Text tables as rigs and spreadsheets leave them: fields separated by commas, semicolons or tabs,
// decimal commas, a last row that was not written to its end.
#pragma once

#include "ingest/formats/table.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tb::photometry {

struct TextTable {
    formats::Table table;
    std::optional<std::string> cut_row;  ///< what is said of a last row that was left out
};

/// Names of the columns: the first line that is not empty, split as read_text_table() splits.
/// @throws tb::Error (data) as read_text_table()
[[nodiscard]] std::vector<std::string> text_table_columns(std::string_view text,
                                                          std::string_view name);

/// A text table with a header. Fields are separated by commas; where the header has none, by
/// semicolons or tabs, and then a comma between two digits is a decimal comma. A last row without
/// line end that lacks fields, or whose last number has fewer decimals than those of all rows
/// before it, was cut while it was being written: it is left out and told in `cut_row`.
/// @param all_text  fields stay text, as formats::CsvOptions::all_text
/// @throws tb::Error (data) naming `name` and the line; for UTF-16
[[nodiscard]] TextTable read_text_table(std::string_view text, std::string_view name,
                                        bool all_text = false);

}  // namespace tb::photometry
