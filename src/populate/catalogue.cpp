#include "src/populate/catalogue.hpp"

#include "src/base/nearest.hpp"
#include "src/populate/sql_text.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace tb::populate {

std::string TableInfo::key_list() const {
    std::string list;
    for (const auto& column : key) list += (list.empty() ? "" : ", ") + column.sql_name;
    return list;
}

std::string TableInfo::key_parameters(int first) const {
    std::string list;
    for (const auto& column : key) {
        list += fmt::format("{}${}::{}[]", list.empty() ? "" : ", ", first++, column.type_name);
    }
    return list;
}

namespace {

std::vector<std::string> split(const std::string& joined) {
    std::vector<std::string> parts;
    std::size_t at = 0;
    while (at < joined.size()) {
        const auto end = std::min(joined.find('\x1f', at), joined.size());
        parts.push_back(joined.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

std::vector<TableInfo> in_dependency_order(std::vector<TableInfo> tables) {
    std::vector<TableInfo> ordered;
    std::set<std::string> placed;
    while (!tables.empty()) {
        const auto ready = std::find_if(tables.begin(), tables.end(), [&](const TableInfo& table) {
            return std::all_of(table.depends_on.begin(), table.depends_on.end(),
                               [&](const auto& name) { return placed.contains(name); });
        });
        if (ready == tables.end()) {
            throw Error(ErrorKind::internal,
                        fmt::format("computed tables depend on each other in a cycle: {}",
                                    tables.front().name));
        }
        placed.insert(ready->name);
        ordered.push_back(std::move(*ready));
        tables.erase(ready);
    }
    return ordered;
}

}  // namespace

std::vector<TableInfo> read_tables(db::Session& session) {
    std::map<std::string, TableInfo> by_name;
    const auto tables = session.exec(sql_text("catalogue_tables"));
    for (std::size_t row = 0; row < tables.rows(); ++row) {
        TableInfo table;
        table.name = tables.get<std::string>(row, "table_name");
        table.about = tables.optional<std::string>(row, "about").value_or("");
        table.stem = tables.get<std::string>(row, "stem");
        table.code_version = tables.get<int>(row, "code_version");
        table.sources = tables.get<int>(row, "sources");
        table.depends_on = split(tables.get<std::string>(row, "depends_on"));
        table.parents = split(tables.get<std::string>(row, "parents"));
        for (const auto& part : split(tables.get<std::string>(row, "parts")))
            table.parts.push_back({part, {}});
        by_name.emplace(table.name, std::move(table));
    }
    const auto columns = session.exec(sql_text("catalogue_columns"));
    for (std::size_t row = 0; row < columns.rows(); ++row) {
        const auto table_name = columns.get<std::string>(row, "table_name");
        const auto master = columns.get<std::string>(row, "master");
        const auto found = by_name.find(master);
        if (found == by_name.end()) continue;  // registered since the tables were read
        auto& table = found->second;
        const ColumnInfo column{
            columns.get<std::string>(row, "column_name"), columns.get<std::string>(row, "sql_name"),
            static_cast<unsigned>(columns.get<std::int64_t>(row, "type_oid")),
            columns.get<std::string>(row, "type_name"), columns.get<bool>(row, "is_primary")};
        if (table_name == master) {
            table.columns.push_back(column);
        } else {
            for (auto& part : table.parts) {
                if (part.name == table_name) part.columns.push_back(column);
            }
        }
    }
    for (std::size_t row = 0; row < tables.rows(); ++row) {
        auto& table = by_name.at(tables.get<std::string>(row, "table_name"));
        for (const auto& name : split(tables.get<std::string>(row, "key_columns"))) {
            const auto found =
                std::find_if(table.columns.begin(), table.columns.end(),
                             [&](const auto& column) { return column.name == name; });
            table.key.push_back(*found);
        }
    }
    std::vector<TableInfo> all;
    for (auto& [name, table] : by_name) all.push_back(std::move(table));
    return in_dependency_order(std::move(all));
}

bool is_named(const std::string& table, const std::string& name) {
    std::string plain;
    std::size_t point = 0;  // between schema and table
    bool quoted = false;
    for (const char c : table) {
        if (c == '"') {
            quoted = !quoted;
            continue;
        }
        if (c == '.' && !quoted && point == 0) point = plain.size();
        plain += c;
    }
    return table == name || plain == name || plain.substr(point + 1) == name ||
           table.substr(table.find('.') + 1) == name;
}

std::vector<TableInfo> select_tables(const std::vector<TableInfo>& all,
                                     const std::vector<std::string>& names) {
    if (names.empty()) return all;
    std::set<std::string> wanted;
    for (const auto& name : names) {
        std::vector<std::string> matches;
        for (const auto& table : all) {
            if (table.name == name) matches.assign(1, name);
            if (!matches.empty() && matches.front() == name) break;
            if (is_named(table.name, name)) matches.push_back(table.name);
        }
        if (matches.empty()) {
            std::vector<std::string> full, either;
            for (const auto& table : all) {
                full.push_back(table.name);
                either.push_back(table.name.substr(table.name.find('.') + 1));
            }
            either.insert(either.end(), full.begin(), full.end());
            const auto meant = nearest(name, either);
            throw Error(ErrorKind::not_found, fmt::format("{} is not a computed table", name),
                        full.empty() ? "No computed table is registered in this database."
                                     : (meant ? "Did you mean " + *meant + "? " : std::string()) +
                                           suggestion("", full, "Computed tables"));
        }
        if (matches.size() > 1) {
            throw Error(ErrorKind::usage,
                        fmt::format("{} is ambiguous: {} and {}", name, matches[0], matches[1]),
                        "Name it with its schema.");
        }
        wanted.insert(matches.front());
    }
    std::vector<TableInfo> chosen;
    std::copy_if(all.begin(), all.end(), std::back_inserter(chosen),
                 [&](const TableInfo& table) { return wanted.contains(table.name); });
    return chosen;
}

}  // namespace tb::populate
