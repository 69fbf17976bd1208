#include "src/db/migrate.hpp"

#include "embedded/schema_sql.hpp"
#include "src/base/sha256.hpp"
#include "src/db/migrate_bookkeeping.hpp"
#include "src/db/migrate_locks.hpp"
#include "src/db/schema_contents.hpp"
#include "src/db/schema_files.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tb::db {
namespace {

void apply(Session& session, const Migration& one, const MigrateOptions& options) {
    const Sql sql{one.name + ".sql", one.text};
    if (!one.in_transaction) {
        session.exec_script(sql);
        Transaction transaction(session);
        make_bookkeeping(session);
        record(session, one, options);
        transaction.commit();
        return;
    }
    in_short_locks(session, options, one.name, [&] {
        session.exec_script(sql);
        if (!session.in_transaction()) {
            throw Error(ErrorKind::usage,
                        fmt::format("migration {} ends its transaction itself", sql.name),
                        "Take out commit and rollback: the runner holds the transaction.");
        }
        if (!has_bookkeeping(session)) make_bookkeeping(session);
        record(session, one, options);
    });
}

/// A file's name among the recorded states.
std::string state_name(std::string_view folder, const Sql& file) {
    return fmt::format("{}/{}", folder, file.name);
}

/// Views, functions and contents: those that differ, or all of them after a migration, which may
/// have dropped some. Files named zz_ come last and settle what the others leave open (grants).
void apply_objects(Session& session, const Schema& schema, const MigrateOptions& options,
                   MigrateReport& report) {
    if (has_object_set(session) && recorded_state(session, "objects") == schema.hash) return;
    std::int64_t content_rows = 0;
    in_short_locks(session, options, "views and functions", [&] {
        if (!has_object_set(session)) make_bookkeeping(session);
        const auto differs = [&](const std::string& name, const Sql& file) {
            return !report.applied.empty() ||
                   recorded_state(session, name) != sha256_hex(file.text);
        };
        for (const auto& object : schema.objects) {
            const auto name = state_name("objects", object);
            if (!object.name.starts_with("zz_") && !differs(name, object)) continue;
            if (options.progress) options.progress("applying " + object.name);
            session.exec_script(object);
            record_state(session, name, sha256_hex(object.text), options);
        }
        std::vector<Sql> contents;
        for (const auto& file : schema.contents) {
            if (differs(state_name("contents", file), file)) contents.push_back(file);
        }
        if (!contents.empty() && options.progress) options.progress("filling lookup tables");
        content_rows = apply_contents(session, contents);
        for (const auto& file : contents)
            record_state(session, state_name("contents", file), sha256_hex(file.text), options);
        record_state(session, "objects", schema.hash, options);
    });
    report.content_rows = content_rows;
    report.objects_applied = true;
}

bool has_function(Session& session, std::string_view signature) {
    return session
        .exec({"find function", "select to_regprocedure($1) is not null as found"},
              Params().text(signature))
        .get<bool>(0, "found");
}

/// Registrations and the shape of registered tables, in one hash: what engine.regenerate() works
/// from. Empty where there is no engine that can tell.
std::string engine_state(Session& session) {
    if (!has_function(session, "engine.registration_state()")) return {};
    return session.exec({"engine.registration_state", "select engine.registration_state()"})
        .get<std::string>(0, std::size_t{0});
}

/// Registered tables whose code version this program raises.
std::vector<CodeVersion> raised_versions(Session& session, const MigrateOptions& options,
                                         int* registered = nullptr) {
    std::vector<CodeVersion> raised;
    if (options.code_versions.empty() ||
        !has_function(session, "engine.set_code_version(text, integer)"))
        return raised;
    for (const auto& one : options.code_versions) {
        const auto known =
            session.exec({"find computed table",
                          "select code_version from engine.table_info where table_name = $1 and "
                          "tier = 'computed'"},
                         Params().text(one.table));
        if (known.rows() == 0) continue;
        if (registered != nullptr) ++*registered;
        if (known.get<int>(0, "code_version") < one.version) raised.push_back(one);
    }
    return raised;
}

/// True when the last migrate of this database generated the engine from what is there now.
bool is_engine_current(Session& session, const Schema& schema) {
    if (!has_function(session, "engine.regenerate()")) return true;
    const auto state = engine_state(session);
    return !state.empty() && recorded_state(session, "engine") == sha256_hex(schema.hash + state);
}

void prepare_engine(Session& session, const Schema& schema, const MigrateOptions& options,
                    MigrateReport& report) {
    if (!is_engine_current(session, schema)) {
        in_short_locks(session, options, "key sources, queues and triggers", [&] {
            if (options.progress) options.progress("generating key sources, queues and triggers");
            session.exec({"engine.regenerate", "select engine.regenerate()"});
        });
        report.regenerated = true;
    }
    for (const auto& one : raised_versions(session, options, &report.code_versions)) {
        in_short_locks(session, options, "the code version of " + one.table, [&] {
            session.exec(
                {"engine.set_code_version " + one.table, "select engine.set_code_version($1, $2)"},
                Params().text(one.table).integer(one.version));
        });
    }
    if (const auto state = engine_state(session); !state.empty()) {
        const auto hash = sha256_hex(schema.hash + state);
        if (recorded_state(session, "engine") != hash)
            record_state(session, "engine", hash, options);
    }
}

/// Reads only, and takes no lock that anybody could be in the way of.
bool is_up_to_date(Session& session, const Schema& schema, const MigrateOptions& options) {
    return has_bookkeeping(session) &&
           compare(schema, read_applied(session), false) == schema.migrations.size() &&
           has_object_set(session) && recorded_state(session, "objects") == schema.hash &&
           is_engine_current(session, schema) && raised_versions(session, options).empty();
}

/// What cannot be changed later is looked at before anything is made.
void require_fitting_database(Session& session) {
    const auto row = session.exec(
        {"encoding of the database",
         "select datname, pg_catalog.pg_encoding_to_char(encoding) as encoding, datctype, "
         "lower('I') = 'i' and upper('i') = 'I' as is_plain "
         "from pg_catalog.pg_database where datname = current_database()"});
    const auto name = row.get<std::string>(0, "datname");
    if (row.get<std::string>(0, "encoding") != "UTF8") {
        throw Error(ErrorKind::conflict,
                    fmt::format("the database {} has the encoding {}, and UTF8 is needed", name,
                                row.get<std::string>(0, "encoding")),
                    fmt::format("Make another one: create database {} template template0 encoding "
                                "'UTF8' locale 'C.UTF-8'.",
                                session.quote_identifier(name + "_utf8")));
    }
    if (!row.get<bool>(0, "is_plain")) {
        throw Error(ErrorKind::conflict,
                    fmt::format("the database {} has the locale {}, in which I and i are not the "
                                "same letter",
                                name, row.get<std::string>(0, "datctype")),
                    "Make another one with the locale C.UTF-8 or one of English.");
    }
}

}  // namespace

SchemaFiles program_schema() {
    return embedded::schema_sql();
}

MigrateReport migrate(Session& session, SchemaFiles files, const MigrateOptions& options) {
    const auto schema = read_schema(files);
    MigrateReport report;
    if (is_up_to_date(session, schema, options)) {
        (void)raised_versions(session, options, &report.code_versions);
        return report;
    }
    require_fitting_database(session);
    const MigrateLock lock(session, options.lock_timeout);
    const OwnerRole owner(session);
    for (auto i = compare(schema, read_applied(session), false); i < schema.migrations.size();
         ++i) {
        const auto& one = schema.migrations[i];
        if (options.progress) options.progress("applying " + one.name);
        apply(session, one, options);
        report.applied.push_back(one.name);
    }
    apply_objects(session, schema, options, report);
    prepare_engine(session, schema, options, report);
    return report;
}

std::vector<MigrationState> migration_status(Session& session, SchemaFiles files) {
    const auto schema = read_schema(files);
    const auto applied = read_applied(session);
    auto next = compare(schema, applied, true);
    std::vector<MigrationState> states;
    for (const auto& one : applied) {
        states.push_back({one.number, one.name, one.applied_at, one.program_version});
    }
    for (; next < schema.migrations.size(); ++next) {
        states.push_back({schema.migrations[next].number, schema.migrations[next].name, {}, {}});
    }
    return states;
}

SchemaState schema_state(Session& session, SchemaFiles files) {
    int newest = -1;
    for (const auto& file : files) {
        if (folder_name(file.path) != "migrations") continue;
        newest = std::max(newest, std::atoi(std::string(file_name(file.path)).c_str()));
    }
    if (!has_bookkeeping(session)) return SchemaState::absent;
    const auto last =
        session
            .exec({"newest migration",
                   "select coalesce(max(number), -1) as number from engine.migration"})
            .get<int>(0, "number");
    if (last < 0) return SchemaState::absent;
    if (last == newest) return SchemaState::current;
    return last < newest ? SchemaState::older : SchemaState::newer;
}

bool objects_differ(Session& session, SchemaFiles files) {
    const auto last = session.exec(
        {"object set", "select sha256 from engine.object_set where object_set = 'objects'"});
    return last.rows() != 1 || last.get<std::string>(0, "sha256") != read_schema(files).hash;
}

}  // namespace tb::db
