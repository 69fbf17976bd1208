// Cells of Parquet and CSV tables that people and pandas wrote, read as what a column should hold.
#pragma once

#include "ingest/formats/table.hpp"
#include "src/base/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tb::tables {

/// A table in memory. A missing cell is one that the file has none of, an empty text, or what
/// pandas writes as text for none (None, nan, NaN, <NA>). A cell of another kind than asked for is
/// tb::Error (data) that names the column.
class TableCells {
  public:
    /// Parquet (.pqt, .parquet, or by its first bytes) or CSV. @throws tb::Error (data, io) naming
    /// the file; (data, UnknownFormat) for a file that is neither
    explicit TableCells(const std::filesystem::path& file);

    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] std::size_t rows() const { return table_.rows; }
    [[nodiscard]] bool has(std::string_view column) const { return table_.find(column) != nullptr; }
    [[nodiscard]] std::vector<std::string> columns() const;
    /// The first of these columns that is there; empty when none is.
    [[nodiscard]] std::string first_of(const std::vector<std::string>& columns) const;
    /// @throws tb::Error (data, MissingColumn) naming the columns that are not there, and those
    /// that are
    void require(const std::vector<std::string>& columns, const std::string& hint) const;
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }

    [[nodiscard]] std::optional<std::string> text(std::string_view column, std::size_t row) const;
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view column,
                                                      std::size_t row) const;
    [[nodiscard]] std::optional<double> number(std::string_view column, std::size_t row) const;
    [[nodiscard]] std::optional<bool> boolean(std::string_view column, std::size_t row) const;
    /// yyyy-mm-dd of the years 1900 to 2199.
    [[nodiscard]] std::optional<std::string> date(std::string_view column, std::size_t row) const;
    /// ISO 8601 of the same years.
    [[nodiscard]] std::optional<std::string> moment(std::string_view column, std::size_t row) const;
    /// A list, or text that holds one: separated by commas, or as Python prints lists.
    [[nodiscard]] std::vector<std::string> list(std::string_view column, std::size_t row) const;
    /// Of a UUID's text; or of two columns with its halves, `name_0` and `name_1`: the 16 bytes as
    /// two little-endian signed numbers. Nil is none.
    [[nodiscard]] std::optional<Uuid> uuid(std::string_view column, std::size_t row) const;
    [[nodiscard]] bool has_halves(std::string_view column) const;

  private:
    std::string file_;
    formats::Table table_;
    std::map<std::string, std::string> metadata_;
};

/// A row's name in messages.
[[nodiscard]] std::string row_name(std::size_t row);

/// The name of a list by its file: its stem; for `sessions` that of its folder.
[[nodiscard]] std::string list_name(const std::filesystem::path& file);

/// The path that messages and rows of a file name.
[[nodiscard]] std::string full_path(const std::filesystem::path& file);

}  // namespace tb::tables
