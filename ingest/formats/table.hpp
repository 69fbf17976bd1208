// Columns of values, as the readers of files give them: the common value type of .npy, CSV, JSON
// lines and Parquet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tb::formats {

/// A list of text; an element that is null is nothing.
using TextList = std::vector<std::optional<std::string>>;

/// One column. Numbers keep their kind: integers of every width up to 64 bits in int64_t (uint64
/// above its range is an error that says so), floats of every width in double. A missing number is
/// NaN in a double column; `missing` (empty, or one flag per row) marks it in the other kinds.
struct Column {
    std::string name;
    std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<bool>,
                 std::vector<std::string>, std::vector<std::vector<double>>, std::vector<TextList>>
        values;                 ///< the last two: list columns of numbers and of text
    std::vector<bool> missing;  ///< empty when nothing is missing
    std::string stored_type;    ///< as the file names it: "<f8", "INT64", "BYTE_ARRAY UTF8"
    [[nodiscard]] std::size_t size() const;
    /// The column as doubles (integers and booleans converted, missing as NaN). @throws tb::Error
    /// (data) for text
    [[nodiscard]] std::vector<double> as_doubles() const;
    [[nodiscard]] bool is_missing(std::size_t row) const {
        return !missing.empty() && missing[row];
    }
};

/// Columns of one length.
struct Table {
    std::vector<Column> columns;
    std::size_t rows = 0;
    [[nodiscard]] const Column* find(std::string_view name) const;
};

}  // namespace tb::formats
