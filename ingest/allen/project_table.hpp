// The tables of a release: behaviour sessions, imaging sessions, experiments, cells.
// Source: spec/change_detection.md, 3 and 17.
#pragma once

#include "ingest/allen/table_cell.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tb::allen {

struct ProjectColumn {
    std::string_view name;
    CellKind kind = CellKind::text;
    bool is_required = false;  ///< the table must have it, and every row a value
};

/// What a table is and which columns it is known to have. Its first column is its key.
struct ProjectTableKind {
    std::string_view name;  ///< behavior_session_table
    std::span<const ProjectColumn> columns;

    /// Index of a column. @throws tb::Error (internal) when the kind has no such column
    [[nodiscard]] std::size_t index_of(std::string_view column) const;
};

[[nodiscard]] const ProjectTableKind& behavior_session_table();
[[nodiscard]] const ProjectTableKind& ophys_session_table();
[[nodiscard]] const ProjectTableKind& ophys_experiment_table();
[[nodiscard]] const ProjectTableKind& ophys_cells_table();
/// By its name. @throws tb::Error (not_found)
[[nodiscard]] const ProjectTableKind& project_table_kind(std::string_view name);

struct ProjectRow {
    std::size_t line = 0;           ///< in the file, from 1
    std::vector<CellValue> values;  ///< by the columns of the kind; those the file lacks are empty
    std::vector<std::pair<std::string, std::string>> extra;  ///< cells of unknown columns
    std::string date_text;  ///< date_of_acquisition as the file has it; empty without such a column

    /// The value of a column. @throws tb::Error (internal) when the kind has no such column
    [[nodiscard]] const CellValue& at(const ProjectTableKind& kind, std::string_view column) const {
        return values[kind.index_of(column)];
    }
};

/// Why a row is left out.
struct RowFault {
    std::string type;  ///< TableCell, DuplicateSession, SessionType
    std::size_t line = 0;
    std::string key;     ///< the row's key, as far as it was read
    std::string column;  ///< empty where it is no single one
    std::string message;
};

struct ProjectTable {
    const ProjectTableKind* kind = nullptr;
    std::filesystem::path file;
    std::size_t n_rows = 0;  ///< in the file
    std::vector<ProjectRow> rows;
    std::vector<RowFault> faults;
    std::vector<std::string> extra_columns;
};

/// Reads a table; rows that cannot be read are among its faults.
/// @throws tb::Error (data) when the file is no CSV; of type MissingColumn when it lacks a required
/// column or names one twice; (io) when it cannot be read
[[nodiscard]] ProjectTable read_project_table(const std::filesystem::path& file,
                                              const ProjectTableKind& kind);
[[nodiscard]] ProjectTable parse_project_table(std::string_view text,
                                               const std::filesystem::path& name,
                                               const ProjectTableKind& kind);

/// Which table a CSV file is, by its name, else by its header.
/// @throws tb::Error (data) when it is none of the four; (io)
[[nodiscard]] const ProjectTableKind& kind_of_file(const std::filesystem::path& file);

}  // namespace tb::allen
