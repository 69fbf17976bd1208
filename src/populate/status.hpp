// What an operator asks of the engine: counts per table, failures, release, refresh, the graph.
#pragma once

#include "src/populate/catalogue.hpp"
#include "trialbase/computed_table.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tb::populate {

/// Counts of one computed table. total = keys of the key source; done = current results; stale =
/// results to be recomputed.
struct TableStatus {
    std::string table;
    int code_version = 0;
    std::int64_t total = 0, done = 0, stale = 0, pending = 0, running = 0, error = 0, ignored = 0,
                 blocked = 0, settled = 0;
};
[[nodiscard]] std::vector<TableStatus> read_status(db::Session& session,
                                                   const std::vector<TableInfo>& tables);

/// A table that this program and the database do not have alike.
struct VersionDifference {
    std::string table;
    std::optional<int> program_version;  ///< none: this program has no computation for it
    int database_version = 0;
    [[nodiscard]] std::string text() const;  ///< which, and what to do
};
[[nodiscard]] std::vector<VersionDifference> version_differences(
    const std::vector<TableInfo>& tables, const std::vector<ComputedTable>& registry);

/// A code version that went up, with the keys that wait for it now.
struct RaisedVersion {
    std::string table;
    int from = 0, to = 0;
    std::int64_t pending = 0;
};
/// Registered code versions by table; none in a database without an engine.
[[nodiscard]] std::map<std::string, int> registered_versions(db::Session& session);
/// Tables whose registered version is higher now than it was before.
[[nodiscard]] std::vector<RaisedVersion> raised_versions(db::Session& session,
                                                         const std::map<std::string, int>& before);

/// A failed key.
struct KeyFailure {
    std::string table, key, type, message, detail, at, worker;
    int attempt = 0;
};
/// Failures of the tables, newest first; `where` as for populate, empty for all.
[[nodiscard]] std::vector<KeyFailure> read_errors(db::Session& session,
                                                  const std::vector<TableInfo>& tables,
                                                  const std::string& where, std::int64_t limit);

/// Puts keys in the states `from` (error, ignored, settled) back to pending, or sets pending and
/// failed ones aside as ignored. @return keys changed
std::int64_t set_state(db::Session& session, const TableInfo& table, const std::string& where,
                       const std::vector<std::string>& from, const std::string& to);

/// What refresh had to mend.
struct RefreshResult {
    std::string table;
    std::int64_t added = 0, removed = 0, changed = 0;
};
[[nodiscard]] std::vector<RefreshResult> refresh(db::Session& session,
                                                 const std::vector<TableInfo>& tables);

/// The dependency graph of computed tables and what they hang on, as indented text or in Graphviz's
/// DOT.
[[nodiscard]] std::string graph_text(const std::vector<TableInfo>& tables);
[[nodiscard]] std::string graph_dot(const std::vector<TableInfo>& tables);

}  // namespace tb::populate
