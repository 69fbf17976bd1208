// Cells of the project tables as pandas writes them: integers that read 951410079.0, Python list
// literals, dates. Source: spec/change_detection.md, 3.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tb::allen {

enum class CellKind { integer, number, boolean, text, date, integer_list, text_list };

/// A value; monostate where the cell is empty. A date is `YYYY-MM-DD hh:mm:ss.ffffff`, with its
/// offset behind it only where that is not zero: the tables label the laboratory's clock +00:00.
using CellValue = std::variant<std::monostate, std::int64_t, double, bool, std::string,
                               std::vector<std::int64_t>, std::vector<std::string>>;

/// Reads a cell. In columns of lists a cell without brackets is a list of one. In columns of
/// numbers nan, None, NA and <NA> are empty.
/// @throws tb::Error (data, TableCell) saying what the cell is not, without naming its place
[[nodiscard]] CellValue parse_cell(std::string_view cell, CellKind kind);

}  // namespace tb::allen
