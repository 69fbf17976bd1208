// What the engine knows of the tables that it fills, read from the database's own catalogue.
#pragma once

#include "src/db/session.hpp"

#include <map>
#include <string>
#include <vector>

namespace tb::populate {

/// A column with its type.
struct ColumnInfo {
    std::string name;
    std::string sql_name;     ///< as SQL writes it: quoted where it must be
    unsigned type_oid = 0;    ///< base type (domains resolved)
    std::string type_name;    ///< as format_type gives it, without modifiers
    bool is_primary = false;  ///< in its table's primary key
};

/// A part table of a computed table.
struct PartInfo {
    std::string name;                 ///< schema-qualified
    std::vector<ColumnInfo> columns;  ///< all but generated ones
};

/// A registered computed table.
struct TableInfo {
    std::string name;  ///< schema-qualified
    std::string about;
    std::string stem;  ///< of what is generated for it: task__reaction_time
    int code_version = 0;
    std::vector<ColumnInfo> key;
    std::vector<ColumnInfo> columns;  ///< all but generated ones, key included
    std::vector<PartInfo> parts;
    std::vector<std::string> depends_on;  ///< computed tables that it reads or hangs on
    std::vector<std::string> parents;     ///< tables that its key refers to
    int sources = 0;                      ///< number of stamps of a key

    /// Stem of its generated functions: engine.task__reaction_time
    [[nodiscard]] std::string function_stem() const { return "engine." + stem; }
    /// Its job table: engine_job.task__reaction_time
    [[nodiscard]] std::string job_table() const { return "engine_job." + stem; }
    [[nodiscard]] std::string key_source() const { return "engine_key." + stem; }
    /// `session_id, params_id`
    [[nodiscard]] std::string key_list() const;
    /// `$first::uuid[], $second::text[]`: the key's arrays as parameters.
    [[nodiscard]] std::string key_parameters(int first) const;
};

/// Whether a table is meant by a name that may lack its schema, quotes and, where nothing else has
/// it, its capitals: `reaction_time` and `MyLab.ReactionSpeed` for `"MyLab"."ReactionSpeed"`.
[[nodiscard]] bool is_named(const std::string& table, const std::string& name);

/// All registered computed tables in dependency order (every table after those that it depends on;
/// ties by name).
/// @throws tb::Error (internal) when dependencies form a cycle
[[nodiscard]] std::vector<TableInfo> read_tables(db::Session& session);

/// The tables named (all when empty), in dependency order. A name may lack its schema when that is
/// unambiguous.
/// @throws tb::Error (not_found) for a name that is no computed table, naming near ones
[[nodiscard]] std::vector<TableInfo> select_tables(const std::vector<TableInfo>& all,
                                                   const std::vector<std::string>& names);

}  // namespace tb::populate
