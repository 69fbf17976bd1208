#include "ingest/tables/release_tables.hpp"

#include "ingest/tables/list_rows.hpp"
#include "ingest/tables/table_cells.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tb::tables {
namespace {

namespace fs = std::filesystem;

constexpr const char* release_columns_hint =
    "A release has eid, subject, date and lab (pid and probe_name for insertions), a set of "
    "sessions eid alone, quality control eid and its fields.";

/// The row's number, as pandas writes it beside the columns.
bool is_index(std::string_view column) {
    return column.empty() || column == "index" || column.starts_with("Unnamed:") ||
           column.starts_with("__index_level_");
}

std::string session_column(const TableCells& cells) {
    return cells.first_of({"eid", "Session ID", "session_id"});
}

std::string eid_of(const TableCells& cells, const std::string& column, std::size_t row,
                   RowReader& reader) {
    const auto eid = cells.uuid(column, row);
    if (!eid) throw reader.fault("MissingId", fmt::format("it has no {}", column));
    auto text = eid->to_string();
    reader.called(text);
    return text;
}

void read_release(const TableCells& cells, SessionList& list, Problems& problems) {
    const auto id = session_column(cells);
    const auto number = cells.first_of({"session_number", "number"});
    const bool has_insertions = cells.has("pid");
    std::set<std::string> sessions, insertions;
    for (std::size_t row = 0; row < cells.rows(); ++row) {
        RowReader reader(cells, row, problems);
        ListedSession session;
        ListedInsertion insertion;
        const bool is_good = reader.read([&] {
            session.eid = session.identifier = eid_of(cells, id, row, reader);
            session.subject = cells.text("subject", row).value_or("");
            session.lab = cells.text("lab", row).value_or("");
            session.date = cells.date("date", row).value_or("");
            if (!number.empty()) session.number = cells.integer(number, row);
            session.task_protocol = cells.text("task_protocol", row).value_or("");
            reader.require_session(session);
            if (!has_insertions) return;
            const auto pid = cells.uuid("pid", row);
            if (!pid) throw reader.fault("MissingId", "it has no pid");
            insertion = {pid->to_string(), session.identifier,
                         cells.text("probe_name", row).value_or("")};
            if (insertion.name.empty()) throw reader.fault("MissingValue", "it has no probe_name");
        });
        if (!is_good) continue;
        const bool is_new = sessions.insert(session.identifier).second;
        if (has_insertions && !insertions.insert(insertion.insertion_id).second) {
            reader.tell("DuplicateId",
                        fmt::format("its insertion {} is that of another row, too: the first one "
                                    "counts",
                                    insertion.insertion_id),
                        "");
            continue;
        }
        if (!has_insertions && !is_new) {
            reader.tell("DuplicateId",
                        "its session is that of another row, too: the first one counts", "");
            continue;
        }
        // Sessions of several insertions stand in as many rows; the loader tells where they differ.
        list.sessions.push_back(std::move(session));
        if (has_insertions) list.insertions.push_back(std::move(insertion));
    }
}

void read_identifiers(const TableCells& cells, SessionList& list, Problems& problems) {
    const auto id = session_column(cells);
    std::set<std::string> met;
    for (std::size_t row = 0; row < cells.rows(); ++row) {
        RowReader reader(cells, row, problems);
        std::string eid;
        if (!reader.read([&] { eid = eid_of(cells, id, row, reader); })) continue;
        if (met.insert(eid).second)
            list.identifiers.push_back(std::move(eid));
        else
            reader.tell("DuplicateId", "its session is that of another row, too", "");
    }
}

bool is_outcome(std::string_view text) {
    static constexpr std::array<std::string_view, 5> labels{"NOT_SET", "PASS", "WARNING", "FAIL",
                                                            "CRITICAL"};
    return std::ranges::find(labels, text) != labels.end();
}

void read_quality(const TableCells& cells, QcTable& table, Problems& problems) {
    const auto id = session_column(cells);
    std::set<std::string> met;
    for (std::size_t row = 0; row < cells.rows(); ++row) {
        RowReader reader(cells, row, problems);
        std::vector<ListedField> fields;
        std::string eid;
        const bool is_good = reader.read([&] {
            eid = eid_of(cells, id, row, reader);
            for (const auto& column : cells.columns()) {
                if (column == id || is_index(column)) continue;
                const auto value = cells.text(column, row);
                if (!value) continue;
                ListedField field{eid, column, "", std::nullopt, ""};
                if (*value == "True" || *value == "true")
                    field.is_true = true;
                else if (*value == "False" || *value == "false")
                    field.is_true = false;
                else if (is_outcome(*value))
                    field.outcome = *value;
                else
                    field.text = *value;
                fields.push_back(std::move(field));
            }
        });
        if (!is_good) continue;
        if (!met.insert(eid).second) {
            reader.tell("DuplicateId",
                        "its session is that of another row, too: the first one counts", "");
            continue;
        }
        std::ranges::move(fields, std::back_inserter(table.fields));
    }
}

void read_one(const fs::path& file, ListedTables& tables) {
    const TableCells cells(file);
    const auto id = session_column(cells);
    if (id.empty()) cells.require({"eid"}, release_columns_hint);
    const auto columns = cells.columns();
    const bool has_more = std::ranges::any_of(
        columns, [&](const auto& column) { return column != id && !is_index(column); });
    if (has_more && !cells.has("subject")) {
        QcTable table{list_name(file), full_path(file), {}};
        read_quality(cells, table, tables.problems);
        tables.qc.push_back(std::move(table));
        return;
    }
    SessionList list;
    list.name = list_name(file);
    list.kind = "release";
    list.file = full_path(file);
    if (has_more) {
        cells.require({"subject", "date"}, release_columns_hint);
        read_release(cells, list, tables.problems);
    } else {
        read_identifiers(cells, list, tables.problems);
    }
    tables.lists.push_back(std::move(list));
}

}  // namespace

std::vector<fs::path> release_files(std::span<const fs::path> paths) {
    std::vector<fs::path> files;
    for (const auto& path : paths) {
        if (!fs::is_directory(path)) {
            files.push_back(path);
            continue;
        }
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(path)) {
            const auto extension = entry.path().extension().string();
            if (entry.is_regular_file() &&
                (extension == ".csv" || extension == ".pqt" || extension == ".parquet"))
                found.push_back(entry.path());
        }
        if (found.empty())
            throw Error(
                ErrorKind::not_found,
                fmt::format("{}: no table in this folder (.csv, .pqt, .parquet)", path.string()),
                "Name the folder that holds the tables of the release, or the tables.",
                "MissingFile");
        std::ranges::sort(found);
        std::ranges::move(found, std::back_inserter(files));
    }
    return files;
}

void read_release_tables(std::span<const fs::path> files, ListedTables& tables) {
    std::map<std::string, std::string> names;
    for (const auto& file : files) {
        const auto [held, is_new] = names.emplace(list_name(file), full_path(file));
        if (!is_new) {
            if (held->second == full_path(file)) continue;
            throw Error(ErrorKind::usage,
                        fmt::format("two tables are called {}: {} and {}", held->first,
                                    held->second, full_path(file)),
                        "A list is named by its file: load one of them after renaming it.");
        }
        try {
            read_one(file, tables);
        } catch (const Error& error) {
            if (files.size() == 1 || error.kind() != ErrorKind::data) throw;
            tables.problems.add({full_path(file), 0, file.filename().string(),
                                 error.type().empty() ? "InvalidTable" : error.type(), error.what(),
                                 error.hint()});
        }
    }
    if (tables.lists.empty() && tables.qc.empty())
        throw Error(ErrorKind::data,
                    fmt::format("none of the {} files is a table of sessions", files.size()),
                    release_columns_hint, "MissingColumn");
}

}  // namespace tb::tables
