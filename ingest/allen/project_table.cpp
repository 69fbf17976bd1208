#include "ingest/allen/project_table.hpp"

#include "include/trialbase/error.hpp"
#include "ingest/allen/session_type.hpp"
#include "ingest/formats/csv_records.hpp"
#include "src/base/nearest.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <fmt/format.h>

namespace tb::allen {
namespace {

using enum CellKind;
using Column = ProjectColumn;

constexpr std::array behavior_columns{
    Column{"behavior_session_id", integer, true},
    Column{"ophys_session_id", integer},
    Column{"ophys_container_id", integer_list},
    Column{"mouse_id", text, true},
    Column{"indicator"},
    Column{"full_genotype"},
    Column{"driver_line", text_list},
    Column{"cre_line"},
    Column{"reporter_line"},
    Column{"sex"},
    Column{"age_in_days", integer},
    Column{"project_code"},
    Column{"session_type"},
    Column{"session_number", integer},
    Column{"image_set"},
    Column{"behavior_type"},
    Column{"experience_level"},
    Column{"prior_exposures_to_session_type", integer},
    Column{"prior_exposures_to_image_set", integer},
    Column{"prior_exposures_to_omissions", integer},
    Column{"date_of_acquisition", date, true},
    Column{"equipment_name"},
    Column{"imaging_plane_group_count", integer},
    Column{"num_depths_per_area", integer},
    Column{"num_targeted_structures", integer},
    Column{"ophys_experiment_id", integer_list},
    Column{"file_id", integer},
    Column{"file_path"},
};

constexpr std::array ophys_session_columns{
    Column{"ophys_session_id", integer, true},
    Column{"behavior_session_id", integer, true},
    Column{"ophys_container_id", integer_list},
    Column{"mouse_id", text, true},
    Column{"indicator"},
    Column{"full_genotype"},
    Column{"driver_line", text_list},
    Column{"cre_line"},
    Column{"reporter_line"},
    Column{"sex"},
    Column{"age_in_days", integer},
    Column{"project_code"},
    Column{"session_type"},
    Column{"session_number", integer},
    Column{"image_set"},
    Column{"behavior_type"},
    Column{"experience_level"},
    Column{"prior_exposures_to_session_type", integer},
    Column{"prior_exposures_to_image_set", integer},
    Column{"prior_exposures_to_omissions", integer},
    Column{"date_of_acquisition", date, true},
    Column{"equipment_name"},
    Column{"num_targeted_structures", integer},
    Column{"imaging_plane_group_count", integer},
    Column{"ophys_experiment_id", integer_list},
    Column{"num_depths_per_area", integer},
};

constexpr std::array experiment_columns{
    Column{"ophys_experiment_id", integer, true},
    Column{"behavior_session_id", integer, true},
    Column{"ophys_session_id", integer},
    Column{"ophys_container_id", integer},
    Column{"mouse_id", text, true},
    Column{"indicator"},
    Column{"full_genotype"},
    Column{"driver_line", text_list},
    Column{"cre_line"},
    Column{"reporter_line"},
    Column{"sex"},
    Column{"age_in_days", integer},
    Column{"imaging_depth", number},
    Column{"targeted_structure"},
    Column{"targeted_imaging_depth", number},
    Column{"imaging_plane_group", integer},
    Column{"project_code"},
    Column{"session_type"},
    Column{"session_number", integer},
    Column{"image_set"},
    Column{"behavior_type"},
    Column{"passive", boolean},
    Column{"experience_level"},
    Column{"prior_exposures_to_session_type", integer},
    Column{"prior_exposures_to_image_set", integer},
    Column{"prior_exposures_to_omissions", integer},
    Column{"date_of_acquisition", date, true},
    Column{"equipment_name"},
    Column{"file_id", integer},
    Column{"file_path"},
};

constexpr std::array cell_columns{
    Column{"cell_roi_id", integer, true},
    Column{"cell_specimen_id", integer},
    Column{"ophys_experiment_id", integer, true},
};

const std::array kinds{
    ProjectTableKind{"behavior_session_table", behavior_columns},
    ProjectTableKind{"ophys_session_table", ophys_session_columns},
    ProjectTableKind{"ophys_experiment_table", experiment_columns},
    ProjectTableKind{"ophys_cells_table", cell_columns},
};

/// For each column of the file, its place in the kind.
std::vector<std::optional<std::size_t>> places_of(const std::vector<std::string>& header,
                                                  const ProjectTableKind& kind,
                                                  const std::string& name) {
    std::vector<std::optional<std::size_t>> places;
    std::map<std::string, std::size_t> seen;
    for (const auto& column : header) {
        // An index that pandas wrote has no name.
        if (!column.empty() && !seen.emplace(column, places.size()).second)
            throw Error(ErrorKind::data,
                        fmt::format("{}: line 1: two columns are called {}", name, column), {},
                        "MissingColumn");
        const auto found = std::ranges::find(kind.columns, column, &Column::name);
        places.push_back(found == kind.columns.end() ? std::nullopt
                                                     : std::optional(static_cast<std::size_t>(
                                                           found - kind.columns.begin())));
    }
    std::vector<std::string> known(header);
    for (const auto& column : kind.columns) {
        if (column.is_required && !seen.contains(std::string(column.name)))
            throw Error(
                ErrorKind::data,
                fmt::format("{}: line 1: {} has no column {}", name, kind.name, column.name),
                suggestion(column.name, known, "Its columns"), "MissingColumn");
    }
    return places;
}

std::string key_text(const CellValue& key) {
    const auto* number = std::get_if<std::int64_t>(&key);
    return number != nullptr ? std::to_string(*number) : std::string();
}

/// Reads the rows of one file.
class Reader {
  public:
    Reader(const formats::CsvRecords& records, const std::filesystem::path& file,
           const ProjectTableKind& kind)
        : records_(records), kind_(kind), places_(places_of(records.header, kind, file.string())) {
        table_.kind = &kind;
        table_.file = file;
        for (std::size_t i = 0; i < places_.size(); ++i) {
            if (!places_[i] && !records.header[i].empty())
                table_.extra_columns.push_back(records.header[i]);
        }
    }

    ProjectTable run() {
        table_.n_rows = records_.records.size();
        for (const auto& record : records_.records) {
            ProjectRow row{record.line, std::vector<CellValue>(kind_.columns.size()), {}, {}};
            if (read(record, row)) table_.rows.push_back(std::move(row));
        }
        refuse_duplicates();
        return std::move(table_);
    }

  private:
    void fault(const ProjectRow& row, const std::string& type, std::string_view column,
               const std::string& message) {
        table_.faults.push_back(
            {type, row.line, key_text(row.values[0]), std::string(column), message});
    }

    bool read(const formats::CsvRecord& record, ProjectRow& row) {
        const auto n_faults = table_.faults.size();
        if (record.fields.size() != records_.header.size()) {
            fault(row, "TableCell", "",
                  fmt::format("the row has {} cells, the header {}", record.fields.size(),
                              records_.header.size()));
            return false;
        }
        for (std::size_t i = 0; i < places_.size(); ++i) {
            const auto& cell = record.fields[i];
            if (!places_[i]) {
                if (!cell.empty() && !records_.header[i].empty())
                    row.extra.emplace_back(records_.header[i], cell);
                continue;
            }
            const auto& column = kind_.columns[*places_[i]];
            if (column.kind == CellKind::date) row.date_text = cell;
            try {
                row.values[*places_[i]] = parse_cell(cell, column.kind);
            } catch (const Error& error) {
                fault(row, error.type(), column.name, error.what());
                continue;
            }
            if (column.is_required && cell.empty())
                fault(row, "TableCell", column.name, "the cell is empty");
        }
        check_session_type(row);
        return table_.faults.size() == n_faults;
    }

    void check_session_type(const ProjectRow& row) {
        const auto found = std::ranges::find(kind_.columns, "session_type", &Column::name);
        if (found == kind_.columns.end()) return;
        const auto* session_type = std::get_if<std::string>(
            &row.values[static_cast<std::size_t>(found - kind_.columns.begin())]);
        if (session_type == nullptr) return;
        try {
            (void)image_set(*session_type);
        } catch (const Error& error) {
            fault(row, error.type(), found->name, error.what());
        }
    }

    /// An id in several rows: nobody knows which one holds. Rows that say the same are one row.
    void refuse_duplicates() {
        std::map<std::int64_t, std::vector<std::size_t>> rows_of;
        for (std::size_t i = 0; i < table_.rows.size(); ++i)
            rows_of[std::get<std::int64_t>(table_.rows[i].values[0])].push_back(i);
        std::vector<bool> is_dropped(table_.rows.size());
        for (const auto& [key, places] : rows_of) {
            if (places.size() == 1) continue;
            const auto& first = table_.rows[places[0]];
            const bool is_same = std::ranges::all_of(places, [&](std::size_t i) {
                return table_.rows[i].values == first.values && table_.rows[i].extra == first.extra;
            });
            std::string lines;
            for (const auto i : places)
                lines += (lines.empty() ? "" : ", ") + std::to_string(table_.rows[i].line);
            for (std::size_t n = is_same ? 1 : 0; n < places.size(); ++n)
                is_dropped[places[n]] = true;
            if (!is_same)
                fault(first, "DuplicateSession", kind_.columns[0].name,
                      fmt::format("{} is in {} rows that differ (lines {})", key, places.size(),
                                  lines));
        }
        std::size_t at = 0;
        std::erase_if(table_.rows, [&](const ProjectRow&) { return is_dropped[at++]; });
    }

    const formats::CsvRecords& records_;
    const ProjectTableKind& kind_;
    std::vector<std::optional<std::size_t>> places_;
    ProjectTable table_;
};

}  // namespace

std::size_t ProjectTableKind::index_of(std::string_view column) const {
    const auto found = std::ranges::find(columns, column, &ProjectColumn::name);
    if (found == columns.end())
        throw Error(ErrorKind::internal, fmt::format("{} has no column {}", name, column));
    return static_cast<std::size_t>(found - columns.begin());
}

const ProjectTableKind& behavior_session_table() {
    return kinds[0];
}
const ProjectTableKind& ophys_session_table() {
    return kinds[1];
}
const ProjectTableKind& ophys_experiment_table() {
    return kinds[2];
}
const ProjectTableKind& ophys_cells_table() {
    return kinds[3];
}

const ProjectTableKind& project_table_kind(std::string_view name) {
    const auto found = std::ranges::find(kinds, name, &ProjectTableKind::name);
    if (found == kinds.end())
        throw Error(ErrorKind::not_found, fmt::format("there is no project table {}", name));
    return *found;
}

ProjectTable read_project_table(const std::filesystem::path& file, const ProjectTableKind& kind) {
    return Reader(formats::read_csv_records(file), file, kind).run();
}

ProjectTable parse_project_table(std::string_view text, const std::filesystem::path& name,
                                 const ProjectTableKind& kind) {
    return Reader(formats::parse_csv_records(text, name.string()), name, kind).run();
}

const ProjectTableKind& kind_of_file(const std::filesystem::path& file) {
    const auto stem = file.stem().string();
    const auto named = std::ranges::find(kinds, stem, &ProjectTableKind::name);
    if (named != kinds.end()) return *named;
    const auto records = formats::read_csv_records(file);
    const auto has = [&](std::string_view column) {
        return std::ranges::find(records.header, column) != records.header.end();
    };
    if (has("cell_roi_id") && has("ophys_experiment_id")) return ophys_cells_table();
    if (has("behavior_session_id") && has("mouse_id") && has("date_of_acquisition")) {
        if (has("targeted_structure") || has("imaging_depth")) return ophys_experiment_table();
        if (has("file_path") || has("file_id")) return behavior_session_table();
        if (has("ophys_session_id")) return ophys_session_table();
        return behavior_session_table();
    }
    throw Error(ErrorKind::data, fmt::format("{} is none of the project tables", file.string()),
                "Expected the columns of behavior_session_table, ophys_session_table, "
                "ophys_experiment_table or ophys_cells_table.");
}

}  // namespace tb::allen
