#include "ingest/tables/session_table.hpp"

#include "ingest/tables/list_rows.hpp"
#include "ingest/tables/table_cells.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace tb::tables {
namespace {

using nlohmann::json;

constexpr const char* table_columns_hint =
    "The table has one row per session with eid, subject, lab and start_time at least "
    "(metadata/sessions.pqt of the photometry pipeline).";

/// The table has regions and sides apart, sessions list them together.
std::vector<std::string> regions_with_sides(const std::vector<std::string>& regions,
                                            const std::vector<std::string>& sides) {
    std::vector<std::string> joined;
    for (std::size_t i = 0; i < regions.size(); ++i) {
        const auto& region = regions[i];
        const bool has_side = region.ends_with("-l") || region.ends_with("-r");
        const bool is_side = i < sides.size() && (sides[i] == "l" || sides[i] == "r");
        joined.push_back(has_side || !is_side || region.empty() ? region : region + "-" + sides[i]);
    }
    return joined;
}

json list_or_null(const std::vector<std::string>& members) {
    auto list = json::array();
    for (const auto& one : members) list.push_back(one.empty() ? json() : json(one));
    return list;
}

/// Columns that are kept as they came.
json kept(const TableCells& cells, std::size_t row) {
    json told = json::object();
    for (const char* column : {"session_type", "NM", "url"})
        if (const auto value = cells.text(column, row)) told[column] = *value;
    for (const char* column : {"session_length", "session_n"})
        if (const auto value = cells.number(column, row)) told[column] = *value;
    if (const auto value = cells.integer("day_n", row)) told["day_n"] = *value;
    for (const char* column : {"brain_region", "hemisphere", "target_NM", "genotype"})
        if (const auto value = cells.list(column, row); !value.empty())
            told[column] = list_or_null(value);
    return json{{"sessions_table", told}};
}

void read_row(const TableCells& cells, std::size_t row, RowReader& reader, ListedSession& session) {
    const auto eid = cells.uuid("eid", row);
    if (!eid) throw reader.fault("MissingId", "it has no eid");
    session.eid = session.identifier = eid->to_string();
    reader.called(session.eid);
    session.subject = cells.text("subject", row).value_or("");
    session.lab = cells.text("lab", row).value_or("");
    session.start_time = cells.moment("start_time", row).value_or("");
    session.end_time = cells.moment("end_time", row).value_or("");
    if (!session.start_time.empty()) session.date = session.start_time.substr(0, 10);
    session.number = cells.integer("number", row);
    if (session.start_time.empty()) throw reader.fault("MissingDate", "it has no start_time");
    reader.require_session(session);
    session.task_protocol = cells.text("task_protocol", row).value_or("");
    session.strain = cells.text("strain", row).value_or("");
    session.line = cells.text("line", row).value_or("");
    session.projects = cells.list("projects", row);
    session.users = cells.list("users", row);
    session.datasets = cells.list("datasets", row);
    for (auto* names : {&session.projects, &session.users, &session.datasets})
        std::erase(*names, "");
    const auto regions = cells.list("brain_region", row);
    const auto sides = cells.list("hemisphere", row);
    if (sides.empty() || sides.size() == regions.size())
        session.regions = regions_with_sides(regions, sides);
    else
        reader.tell("LengthMismatch",
                    fmt::format("{} regions and {} sides: its regions are not taken",
                                regions.size(), sides.size()),
                    "brain_region and hemisphere are parallel lists.");
    session.extra = kept(cells, row);
}

}  // namespace

void read_session_table(const std::filesystem::path& file, const std::string& name,
                        ListedTables& tables) {
    const TableCells cells(file);
    cells.require({"eid", "subject", "start_time"}, table_columns_hint);
    SessionList list;
    list.kind = "sessions-table";
    list.file = full_path(file);
    list.name = name.empty() ? list_name(file) : name;
    std::map<std::string, std::size_t> met;
    for (std::size_t row = 0; row < cells.rows(); ++row) {
        RowReader reader(cells, row, tables.problems);
        ListedSession session;
        if (!reader.read([&] { read_row(cells, row, reader, session); })) continue;
        if (!met.emplace(session.identifier, row).second) {
            reader.tell("DuplicateId",
                        fmt::format("its eid is that of {}, too: the first one counts",
                                    row_name(met.at(session.identifier))),
                        "");
            continue;
        }
        list.sessions.push_back(std::move(session));
    }
    tables.lists.push_back(std::move(list));
}

}  // namespace tb::tables
