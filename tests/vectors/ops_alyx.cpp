// Golden vectors of the colony database: a dump is ingested into a database, and its tables are
// read back under the reference's names.
#include "include/trialbase/error.hpp"
#include "ingest/load/alyx/ingest_alyx.hpp"
#include "src/db/local_server.hpp"
#include "src/db/migrate.hpp"
#include "tests/vectors/alyx_tables.hpp"
#include "tests/vectors/runner.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tb::vectors {
namespace {

/// Databases with one dump each, on a server of this run.
class Dumps {
  public:
    db::Session session_of(const std::filesystem::path& dump) {
        const auto known = names_.find(dump.string());
        if (known != names_.end()) return db::Session(options(known->second));
        const auto name = fmt::format("dump_{}", names_.size());
        if (names_.empty()) make_template();
        db::Session(options("postgres"))
            .exec({"create database", fmt::format("create database {} template alyx", name)});
        db::Session session(options(name));
        (void)load::ingest_alyx(session, std::vector{dump}, {});
        names_[dump.string()] = name;
        return session;
    }

  private:
    db::ConnectOptions options(const std::string& name) {
        return {server_.conninfo(name), "golden vectors", {}};
    }

    void make_template() {
        db::Session(options("postgres")).exec({"create template", "create database alyx"});
        db::Session session(options("alyx"));
        db::MigrateOptions migrate;
        migrate.program_version = "vectors";
        (void)db::migrate(session, db::program_schema(), migrate);
        // Names that come with the program are no rows of a dump.
        session.exec_script({"names of the program",
                             "delete from core.procedure_type; delete from core.water_type; "
                             "delete from core.cull_method; delete from core.cull_reason; "
                             "delete from store.data_format; delete from store.dataset_type"});
    }

    db::EphemeralServer server_;
    std::map<std::string, std::string> names_;
};

Json cell(const db::Result& rows, std::size_t row, std::size_t column) {
    if (rows.is_null(row, column)) return nullptr;
    switch (rows.type_oid(column)) {
        case db::oid::float8:
            return rows.get<double>(row, column);
        case db::oid::int2:
        case db::oid::int4:
        case db::oid::int8:
            return rows.get<std::int64_t>(row, column);
        case db::oid::boolean:
            return rows.get<bool>(row, column) ? 1 : 0;
        default:
            return rows.get<std::string>(row, column);
    }
}

/// The texts of a row, by which rows find each other in any order.
std::string texts_of(const Json& row, const Json& like) {
    std::string key;
    for (const auto& [name, value] : like.items()) {
        if (!value.is_number() && row.contains(name) && row.at(name).is_string())
            key += row.at(name).get<std::string>();
        key += '\n';
    }
    return key;
}

/// Our rows in the order of those that are expected; others behind them.
Json in_order_of(const Json& want, std::vector<Json> rows) {
    Json ordered = Json::array();
    if (rows.empty()) return ordered;
    // A column is one of numbers when any of ours is a number there.
    auto like = rows.front();
    for (const auto& row : rows)
        for (const auto& [name, value] : row.items())
            if (value.is_number()) like[name] = value;
    std::multimap<std::string, std::size_t> places;
    for (std::size_t i = 0; i < rows.size(); ++i) places.emplace(texts_of(rows[i], like), i);
    std::vector<bool> is_used(rows.size(), false);
    for (const auto& row : want) {
        const auto found = places.find(texts_of(row, like));
        if (found == places.end()) continue;
        ordered.push_back(rows[found->second]);
        is_used[found->second] = true;
        places.erase(found);
    }
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (!is_used[i]) ordered.push_back(rows[i]);
    return ordered;
}

void alyx_table(const Case& input, Run& run) {
    static Dumps dumps;
    const auto table = input.text_param("table");
    const auto select = alyx_table_select(table);
    auto session = dumps.session_of(std::filesystem::weakly_canonical(input.path_of("dump")));
    const auto found = session.exec({"alyx_table " + table, std::string(select)});
    std::vector<Json> rows;
    for (std::size_t i = 0; i < found.rows(); ++i) {
        Json row = Json::object();
        for (std::size_t c = 0; c < found.columns(); ++c)
            row[std::string(found.column_name(c))] = cell(found, i, c);
        rows.push_back(std::move(row));
    }
    run.give("rows", in_order_of(as_rows(run.expected_value("rows")), std::move(rows)));
}

const Registration registered("behavior.alyx_table", &alyx_table);

}  // namespace
}  // namespace tb::vectors
