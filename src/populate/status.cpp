#include "src/populate/status.hpp"

#include "src/populate/left_keys.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace tb::populate {

std::vector<TableStatus> read_status(db::Session& session, const std::vector<TableInfo>& tables) {
    std::vector<TableStatus> all;
    for (const auto& table : tables) {
        const auto row = session.exec(
            {table.name + " status",
             fmt::format("select (select count(*) from {0}) as total, (select count(*) from {1}) "
                         "as results, "
                         "count(*) filter (where is_stale) as stale, count(*) filter (where state "
                         "= 'pending') as pending, "
                         "count(*) filter (where state = 'running') as running, count(*) filter "
                         "(where state = 'error') as error, "
                         "count(*) filter (where state = 'ignored') as ignored, count(*) filter "
                         "(where state = 'blocked') as blocked, "
                         "count(*) filter (where state = 'settled') as settled from {2}",
                         table.key_source(), table.name, table.job_table())});
        TableStatus status;
        status.table = table.name;
        status.code_version = table.code_version;
        status.total = row.get<std::int64_t>(0, "total");
        status.stale = row.get<std::int64_t>(0, "stale");
        status.done = row.get<std::int64_t>(0, "results") - status.stale;
        status.pending = row.get<std::int64_t>(0, "pending");
        status.running = row.get<std::int64_t>(0, "running");
        status.error = row.get<std::int64_t>(0, "error");
        status.ignored = row.get<std::int64_t>(0, "ignored");
        status.blocked = row.get<std::int64_t>(0, "blocked");
        status.settled = row.get<std::int64_t>(0, "settled");
        all.push_back(status);
    }
    return all;
}

std::string VersionDifference::text() const {
    if (!program_version) return "this program has no computation for it";
    return fmt::format(
        "this program has version {}, the database {}: {}", *program_version, database_version,
        *program_version > database_version ? "run trialbase migrate" : "use the newer program");
}

std::vector<VersionDifference> version_differences(const std::vector<TableInfo>& tables,
                                                   const std::vector<ComputedTable>& registry) {
    std::vector<VersionDifference> differences;
    for (const auto& table : tables) {
        const auto ours = std::ranges::find(registry, table.name, &ComputedTable::name);
        if (ours == registry.end()) {
            differences.push_back({table.name, std::nullopt, table.code_version});
        } else if (ours->code_version != table.code_version) {
            differences.push_back({table.name, ours->code_version, table.code_version});
        }
    }
    return differences;
}

std::map<std::string, int> registered_versions(db::Session& session) {
    std::map<std::string, int> versions;
    const auto there = session.exec(
        {"find engine", "select to_regclass('engine.table_info') is not null as is_there"});
    if (!there.get<bool>(0, "is_there")) return versions;
    const auto rows = session.exec(
        {"code versions",
         "select table_name, code_version from engine.table_info where tier = 'computed'"});
    for (std::size_t row = 0; row < rows.rows(); ++row)
        versions[rows.get<std::string>(row, "table_name")] = rows.get<int>(row, "code_version");
    return versions;
}

std::vector<RaisedVersion> raised_versions(db::Session& session,
                                           const std::map<std::string, int>& before) {
    std::map<std::string, int> old;  // of those that went up
    for (const auto& [table, version] : registered_versions(session)) {
        const auto known = before.find(table);
        if (known != before.end() && known->second < version) old[table] = known->second;
    }
    std::vector<RaisedVersion> raised;
    if (old.empty()) return raised;
    for (const auto& table : read_tables(session)) {
        if (!old.contains(table.name)) continue;
        raised.push_back(
            {table.name, old[table.name], table.code_version,
             session
                 .exec({table.name + " pending",
                        fmt::format("select count(*) from {} where state in ('pending', 'blocked')",
                                    table.job_table())})
                 .get<std::int64_t>(0, std::size_t{0})});
    }
    return raised;
}

std::vector<KeyFailure> read_errors(db::Session& session, const std::vector<TableInfo>& tables,
                                    const std::string& where, std::int64_t limit) {
    std::vector<KeyFailure> failures;
    for (const auto& table : tables) {
        const auto rows = session.exec(
            {table.name + " errors",
             fmt::format(
                 "select j.*, w.host || ':' || w.pid as worker, "
                 "to_char(j.updated_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at "
                 "from (select j.*, {} as key_text from {} as j where j.state = 'error') as j "
                 "left join engine.worker as w using (worker_id) order by j.updated_at desc limit "
                 "{}",
                 session
                     .exec({"key text",
                            "select engine.key_text_sql($1::text::regclass, (select key_columns "
                            "from engine.table_info where table_name = $1::text), 'j')"},
                           db::Params().text(table.name))
                     .get<std::string>(0, std::size_t{0}),
                 restricted_jobs(session, table, where), limit)});
        for (std::size_t row = 0; row < rows.rows(); ++row) {
            failures.push_back({table.name, rows.get<std::string>(row, "key_text"),
                                rows.optional<std::string>(row, "error_type").value_or(""),
                                rows.optional<std::string>(row, "error_message").value_or(""),
                                rows.optional<std::string>(row, "error_detail").value_or(""),
                                rows.get<std::string>(row, "at"),
                                rows.optional<std::string>(row, "worker").value_or(""),
                                rows.get<int>(row, "attempt")});
        }
    }
    std::stable_sort(failures.begin(), failures.end(),
                     [](const auto& a, const auto& b) { return a.at > b.at; });
    if (static_cast<std::int64_t>(failures.size()) > limit)
        failures.resize(static_cast<std::size_t>(limit));
    return failures;
}

std::int64_t set_state(db::Session& session, const TableInfo& table, const std::string& where,
                       const std::vector<std::string>& from, const std::string& to) {
    db::Params states;
    states.text_array(from);
    const auto keys =
        session.exec({table.name + " keys",
                      fmt::format("select {} from {} as j where j.state::text = any ($1::text[])",
                                  table.key_list(), restricted_jobs(session, table, where))},
                     states, db::Format::binary);
    if (keys.rows() == 0) return 0;
    db::Params params;
    std::vector<std::optional<std::string>> column(keys.rows());
    for (std::size_t c = 0; c < table.key.size(); ++c) {
        for (std::size_t row = 0; row < column.size(); ++row)
            column[row] = std::string(keys.bytes(row, c));
        params.binary_array(table.key[c].type_oid, column);
    }
    params.text_array(from).text(to);
    const auto n = table.key.size() + 1;
    return session
        .exec(
            {table.name + " set state",
             fmt::format(
                 "select {}__set_state({}, ${}::text[]::engine.job_state[], ${}::engine.job_state)",
                 table.function_stem(), table.key_parameters(1), n, n + 1)},
            params)
        .get<std::int64_t>(0, std::size_t{0});
}

std::vector<RefreshResult> refresh(db::Session& session, const std::vector<TableInfo>& tables) {
    std::vector<RefreshResult> results;
    for (const auto& table :
         tables) {  // dependency order: what is blocked is judged by what lies above
        const auto row = session.exec({table.name + " refresh", "select * from engine.refresh($1)"},
                                      db::Params().text(table.name));
        results.push_back({table.name, row.get<std::int64_t>(0, "added"),
                           row.get<std::int64_t>(0, "removed"),
                           row.get<std::int64_t>(0, "changed")});
    }
    return results;
}

std::string graph_text(const std::vector<TableInfo>& tables) {
    std::string text;
    for (const auto& table : tables) {
        text += fmt::format("{} (v{}): {}\n", table.name, table.code_version, table.about);
        for (const auto& parent : table.parents) text += fmt::format("    key from {}\n", parent);
        for (const auto& input : table.depends_on) {
            if (std::find(table.parents.begin(), table.parents.end(), input) == table.parents.end())
                text += fmt::format("    reads {}\n", input);
        }
        for (const auto& part : table.parts) text += fmt::format("    part {}\n", part.name);
    }
    return text;
}

std::string graph_dot(const std::vector<TableInfo>& tables) {
    std::string text =
        "digraph trialbase {\n    rankdir = LR;\n    node [shape = box, fontname = "
        "\"sans-serif\"];\n";
    std::set<std::string> computed;
    for (const auto& table : tables) computed.insert(table.name);
    std::set<std::string> others;
    std::string edges;
    for (const auto& table : tables) {
        text += fmt::format("    \"{}\" [style = filled, fillcolor = \"#fde0dd\"];\n", table.name);
        for (const auto& parent : table.parents) {
            edges += fmt::format("    \"{}\" -> \"{}\";\n", parent, table.name);
            if (!computed.contains(parent)) others.insert(parent);
        }
        for (const auto& input : table.depends_on) {
            if (std::find(table.parents.begin(), table.parents.end(), input) ==
                table.parents.end()) {
                edges += fmt::format("    \"{}\" -> \"{}\" [style = dashed];\n", input, table.name);
            }
        }
        for (const auto& part : table.parts) {
            text += fmt::format("    \"{}\" [shape = plaintext, fontsize = 10];\n", part.name);
            edges +=
                fmt::format("    \"{}\" -> \"{}\" [arrowhead = none];\n", table.name, part.name);
        }
    }
    for (const auto& other : others)
        text += fmt::format("    \"{}\" [style = filled, fillcolor = \"#e0ecf4\"];\n", other);
    return text + edges + "}\n";
}

}  // namespace tb::populate
