#include "src/db/migrate.hpp"

#include "embedded/schema_sql.hpp"
#include "src/base/sha256.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include <fmt/format.h>

namespace tb::db {
namespace {

constexpr std::int64_t lock_key = 0x7472'6961'6c62'6173;  // "trialbas"

// Made by the first migration's transaction, so that a chain may make the schema `engine` itself.
constexpr const char* bookkeeping_sql = R"(
create schema if not exists engine;
create table if not exists engine.migration (
    number integer not null,
    name text not null,
    chain_sha256 text not null,
    applied_at timestamptz not null default now(),
    program_version text not null,
    constraint migration_pkey primary key (number),
    constraint migration_name_key unique (name),
    constraint migration_number_check check (number >= 0),
    constraint migration_chain_sha256_check check (chain_sha256 ~ '^[0-9a-f]{64}$')
);
comment on table engine.migration is
    'Migrations that this database has gone through. One row per migration, written by trialbase migrate alone.';
comment on column engine.migration.number is 'Number of the migration; they run in this order.';
comment on column engine.migration.name is 'File name without its ending.';
comment on column engine.migration.chain_sha256 is
    'SHA-256 of the previous migration''s hash and this one''s text: a changed file breaks the chain.';
comment on column engine.migration.applied_at is 'When it was applied.';
comment on column engine.migration.program_version is 'Version of the program that applied it.';
create table if not exists engine.object_set (
    object_set text not null,
    sha256 text not null,
    applied_at timestamptz not null default now(),
    program_version text not null,
    constraint object_set_pkey primary key (object_set),
    constraint object_set_sha256_check check (sha256 ~ '^[0-9a-f]{64}$')
);
comment on table engine.object_set is
    'Which state of the views, functions and lookup contents was applied last. One row per set, written by trialbase migrate alone.';
comment on column engine.object_set.object_set is 'Name of the set: objects.';
comment on column engine.object_set.sha256 is 'SHA-256 over the migrations, object files and contents it was made from.';
comment on column engine.object_set.applied_at is 'When it was applied.';
comment on column engine.object_set.program_version is 'Version of the program that applied it.';
)";

struct Migration {
    int number = 0;
    std::string name;
    std::string text;
    std::string chain;
    bool in_transaction = true;
};

struct Schema {
    std::vector<Migration> migrations;
    std::vector<Sql> objects;
    std::vector<Sql> contents;  // name: schema.table, text: the CSV
    std::string hash;           // over everything
};

std::string_view file_name(std::string_view path) {
    return path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
}

std::string_view folder_name(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? "" : file_name(path.substr(0, slash));
}

std::string_view stem(std::string_view name) {
    return name.substr(0, name.rfind('.'));
}

Schema read_schema(SchemaFiles files) {
    Schema schema;
    std::vector<embedded::File> sorted(files.begin(), files.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    for (const auto& file : sorted) {
        const auto folder = folder_name(file.path);
        const auto name = file_name(file.path);
        if (folder == "objects") {
            schema.objects.push_back({std::string(name), std::string(file.text)});
        } else if (folder == "contents") {
            schema.contents.push_back({std::string(stem(name)), std::string(file.text)});
        } else if (folder == "migrations") {
            const auto digits = name.find_first_not_of("0123456789");
            if (digits == 0 || digits == std::string_view::npos || digits > 9 ||
                name[digits] != '_') {
                throw Error(ErrorKind::usage,
                            fmt::format("migration '{}' is not named NNNN_name.sql", file.path));
            }
            schema.migrations.push_back({std::stoi(std::string(name.substr(0, digits))),
                                         std::string(stem(name)),
                                         std::string(file.text),
                                         {},
                                         !file.text.starts_with("--! no-transaction")});
        } else {
            throw Error(ErrorKind::usage,
                        fmt::format("schema file '{}' lies in no known folder", file.path));
        }
    }
    std::stable_sort(schema.migrations.begin(), schema.migrations.end(),
                     [](const auto& a, const auto& b) { return a.number < b.number; });
    std::string previous;
    for (std::size_t i = 0; i < schema.migrations.size(); ++i) {
        auto& one = schema.migrations[i];
        if (i > 0 && schema.migrations[i - 1].number == one.number) {
            throw Error(ErrorKind::usage, fmt::format("migrations {} and {} have the same number",
                                                      schema.migrations[i - 1].name, one.name));
        }
        one.chain = sha256_hex(previous + one.text);
        previous = one.chain;
    }
    std::string all = previous;
    for (const auto* list : {&schema.objects, &schema.contents}) {
        for (const auto& one : *list) all += fmt::format("\n{} {}", one.name, sha256_hex(one.text));
    }
    schema.hash = sha256_hex(all);
    return schema;
}

struct Applied {
    int number = 0;
    std::string name;
    std::string chain;
    std::string applied_at;
    std::string program_version;
};

bool has_bookkeeping(Session& session) {
    return session
        .exec({"find bookkeeping", "select to_regclass('engine.migration') is not null as found"})
        .get<bool>(0, "found");
}

std::vector<Applied> read_applied(Session& session) {
    std::vector<Applied> applied;
    if (!has_bookkeeping(session)) return applied;
    const auto rows = session.exec({"applied migrations",
                                    "select number, name, chain_sha256, applied_at, "
                                    "program_version from engine.migration order by number"});
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        applied.push_back({rows.get<int>(i, "number"), rows.get<std::string>(i, "name"),
                           rows.get<std::string>(i, "chain_sha256"),
                           rows.get<std::string>(i, "applied_at"),
                           rows.get<std::string>(i, "program_version")});
    }
    return applied;
}

/// Compares what was applied with the files; returns how many of the files are applied.
/// @param allow_newer  migrations that only the database has, after all of the files', are no error
std::size_t compare(const Schema& schema, const std::vector<Applied>& applied, bool allow_newer) {
    for (std::size_t i = 0; i < applied.size(); ++i) {
        const auto& have = applied[i];
        if (i == schema.migrations.size()) {
            if (allow_newer) return i;
            throw Error(
                ErrorKind::conflict,
                fmt::format(
                    "the database is newer than this program: it has migration {}, applied by "
                    "version {}",
                    applied.back().name, applied.back().program_version),
                "Install the newer program.");
        }
        const auto& want = schema.migrations[i];
        if (want.number < have.number) {
            throw Error(
                ErrorKind::conflict,
                fmt::format("migration {} is numbered before {}, which this database already has",
                            want.name, have.name),
                "Give the new migration a number above all that have landed.");
        }
        if (want.number > have.number) {
            throw Error(
                ErrorKind::conflict,
                fmt::format("the database has migration {}, which this program does not know",
                            have.name),
                "Use the program that made this database, or a newer one.");
        }
        if (want.name != have.name || want.chain != have.chain) {
            throw Error(ErrorKind::conflict,
                        fmt::format("migration {}.sql was changed after it was applied to this "
                                    "database (as {}, at {})",
                                    want.name, have.name, have.applied_at),
                        "Restore the file and correct it with a new migration.");
        }
    }
    return applied.size();
}

/// Held for a whole migrate; another migrate of the same database waits for it.
class MigrateLock {
  public:
    MigrateLock(Session& session, std::chrono::seconds timeout) : session_(session) {
        // Asked for again and again instead of waited for: a waiting statement holds a snapshot, on
        // which `create index concurrently` in the other migrate would wait in turn.
        const auto deadline = std::chrono::steady_clock::now() + timeout;
        const auto key = std::to_string(lock_key);
        while (!session_
                    .exec({"lock for migrate", "select pg_try_advisory_lock($1::bigint) as locked"},
                          Params().text(key))
                    .get<bool>(0, "locked")) {
            if (std::chrono::steady_clock::now() > deadline) {
                throw Error(
                    ErrorKind::conflict,
                    fmt::format("another migrate of this database has been running for {} s",
                                timeout.count()));
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
    }
    ~MigrateLock() {
        try {
            session_.rollback();
            session_.exec({"unlock after migrate", "select pg_advisory_unlock($1::bigint)"},
                          Params().text(std::to_string(lock_key)));
        } catch (const Error&) {
            // The connection is lost, and the lock with it.
        }
    }
    MigrateLock(const MigrateLock&) = delete;
    MigrateLock& operator=(const MigrateLock&) = delete;

  private:
    Session& session_;
};

// --- contents
// ----------------------------------------------------------------------------------------

using CsvRow = std::vector<std::optional<std::string>>;

/// CSV as PostgreSQL writes it: an empty field is NULL, `""` the empty text.
std::vector<CsvRow> read_csv(const Sql& file) {
    std::vector<CsvRow> rows;
    CsvRow row;
    std::string field;
    bool quoted = false;
    bool was_quoted = false;
    std::size_t line = 1;
    const auto end_field = [&] {
        row.push_back(field.empty() && !was_quoted ? std::nullopt : std::optional(field));
        field.clear();
        was_quoted = false;
    };
    const auto end_row = [&] {
        if (row.empty() && field.empty() && !was_quoted) return;  // an empty line
        end_field();
        if (!rows.empty() && row.size() != rows.front().size()) {
            throw Error(ErrorKind::usage,
                        fmt::format("contents {} line {}: {} fields for {} columns", file.name,
                                    line, row.size(), rows.front().size()));
        }
        rows.push_back(std::move(row));
        row.clear();
    };
    const std::string& text = file.text;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
                field += '"';
                ++i;
            } else if (c == '"') {
                quoted = false;
            } else {
                field += c;
            }
        } else if (c == '"') {
            quoted = true;
            was_quoted = true;
        } else if (c == ',') {
            end_field();
        } else if (c == '\n') {
            end_row();
        } else if (c != '\r') {
            field += c;
        }
        if (c == '\n') ++line;
    }
    if (quoted)
        throw Error(ErrorKind::usage, fmt::format("contents {}: a quote is not closed", file.name));
    end_row();
    if (rows.empty())
        throw Error(ErrorKind::usage, fmt::format("contents {}: no header line", file.name));
    return rows;
}

struct Target {
    const Sql* file = nullptr;
    std::string sql_name;              // quoted schema.table
    std::vector<std::string> primary;  // key columns
    std::set<std::string> parents;     // tables with contents that it refers to, by file name
};

/// Tables that have contents, each after the tables it refers to.
std::vector<Target> targets_in_order(Session& session, const std::vector<Sql>& contents) {
    std::map<std::string, Target> targets;
    for (const auto& file : contents) {
        Target target;
        target.file = &file;
        const auto found = session.exec({"contents " + file.name, R"(
select
    c.oid::regclass::text as table_name,
    a.attname
from pg_catalog.pg_class as c
join pg_catalog.pg_index as i on i.indrelid = c.oid and i.indisprimary
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = any (i.indkey)
where c.oid = to_regclass($1)
order by array_position(i.indkey::smallint[], a.attnum))"},
                                        Params().text(file.name));
        if (found.rows() == 0) {
            throw Error(ErrorKind::usage,
                        fmt::format("contents {}.csv: there is no such table with a primary key",
                                    file.name));
        }
        target.sql_name = found.get<std::string>(0, "table_name");
        for (std::size_t i = 0; i < found.rows(); ++i) {
            target.primary.push_back(found.get<std::string>(i, "attname"));
        }
        targets.emplace(file.name, std::move(target));
    }
    for (auto& [name, target] : targets) {
        for (const auto& [other_name, other] : targets) {
            if (other_name == name) continue;
            const auto refers = session.exec({"parents of contents", R"(
select 1
from pg_catalog.pg_constraint
where contype = 'f' and conrelid = to_regclass($1) and confrelid = to_regclass($2))"},
                                             Params().text(name).text(other_name));
            if (refers.rows() > 0) target.parents.insert(other_name);
        }
    }
    std::vector<Target> ordered;
    while (!targets.empty()) {
        const auto next = std::find_if(targets.begin(), targets.end(), [&](const auto& one) {
            return std::none_of(one.second.parents.begin(), one.second.parents.end(),
                                [&](const auto& parent) { return targets.contains(parent); });
        });
        if (next == targets.end()) {
            throw Error(ErrorKind::usage,
                        fmt::format("contents of {} refer to each other in a circle",
                                    targets.begin()->first));
        }
        ordered.push_back(std::move(next->second));
        targets.erase(next);
    }
    return ordered;
}

std::int64_t apply_contents(Session& session, const Target& target) {
    const auto rows = read_csv(*target.file);
    std::string names;
    std::string places;
    std::string updates;
    std::string old_values;
    std::string new_values;
    for (std::size_t i = 0; i < rows.front().size(); ++i) {
        if (!rows.front()[i]) {
            throw Error(ErrorKind::usage,
                        fmt::format("contents {}: a column without a name", target.file->name));
        }
        const auto& plain = *rows.front()[i];
        const auto name = session.quote_identifier(plain);
        const auto* comma = names.empty() ? "" : ", ";
        names += comma + name;
        places += fmt::format("{}${}", comma, i + 1);
        if (std::find(target.primary.begin(), target.primary.end(), plain) != target.primary.end())
            continue;
        comma = updates.empty() ? "" : ", ";
        updates += fmt::format("{}{} = excluded.{}", comma, name, name);
        old_values += fmt::format("{}t.{}", comma, name);
        new_values += fmt::format("{}excluded.{}", comma, name);
    }
    std::string keys;
    for (const auto& key : target.primary) {
        keys += (keys.empty() ? "" : ", ") + session.quote_identifier(key);
    }
    const auto on_conflict =
        updates.empty() ? "do nothing"
                        : fmt::format("do update set {} where row({}) is distinct from row({})",
                                      updates, old_values, new_values);
    const auto text = fmt::format("insert into {} as t ({}) values ({}) on conflict ({}) {}",
                                  target.sql_name, names, places, keys, on_conflict);
    std::vector<Session::Step> steps;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        Session::Step step;
        step.sql = {fmt::format("contents {}.csv row {}", target.file->name, i), text};
        for (const auto& value : rows[i]) step.params.text(value);
        steps.push_back(std::move(step));
    }
    std::int64_t changed = 0;
    for (const auto& result : session.pipeline(steps)) changed += result.affected();
    return changed;
}

// --- steps
// -------------------------------------------------------------------------------------------

void record(Session& session, const Migration& one, const MigrateOptions& options) {
    session.exec(
        {"record migration " + one.name,
         "insert into engine.migration (number, name, chain_sha256, program_version) values ($1, "
         "$2, $3, $4)"},
        Params().integer(one.number).text(one.name).text(one.chain).text(options.program_version));
}

void apply(Session& session, const Migration& one, const MigrateOptions& options) {
    const Sql sql{one.name + ".sql", one.text};
    if (!one.in_transaction) {
        session.exec_script(sql);
        Transaction transaction(session);
        session.exec_script({"bookkeeping of migrate", bookkeeping_sql});
        record(session, one, options);
        transaction.commit();
        return;
    }
    Transaction transaction(session);
    session.exec_script(sql);
    if (!session.in_transaction()) {
        throw Error(ErrorKind::usage,
                    fmt::format("migration {} ends its transaction itself", sql.name),
                    "Take out commit and rollback: the runner holds the transaction.");
    }
    if (!has_bookkeeping(session)) session.exec_script({"bookkeeping of migrate", bookkeeping_sql});
    record(session, one, options);
    transaction.commit();
}

void apply_objects(Session& session, const Schema& schema, const MigrateOptions& options,
                   MigrateReport& report) {
    Transaction transaction(session);
    if (!session
             .exec({"find object set",
                    "select to_regclass('engine.object_set') is not null as found"})
             .get<bool>(0, "found")) {
        session.exec_script({"bookkeeping of migrate", bookkeeping_sql});
    }
    const auto last = session.exec(
        {"last object set", "select sha256 from engine.object_set where object_set = 'objects'"});
    if (last.rows() == 1 && last.get<std::string>(0, "sha256") == schema.hash) return;
    for (const auto& object : schema.objects) {
        if (options.progress) options.progress("applying " + object.name);
        session.exec_script(object);
    }
    for (const auto& target : targets_in_order(session, schema.contents)) {
        if (options.progress) options.progress("filling " + target.file->name);
        report.content_rows += apply_contents(session, target);
    }
    session.exec({"record object set", R"(
insert into engine.object_set as t (object_set, sha256, program_version) values ('objects', $1, $2)
on conflict (object_set) do update
set sha256 = excluded.sha256, program_version = excluded.program_version, applied_at = now())"},
                 Params().text(schema.hash).text(options.program_version));
    transaction.commit();
    report.objects_applied = true;
}

bool has_function(Session& session, std::string_view signature) {
    return session
        .exec({"find function", "select to_regprocedure($1) is not null as found"},
              Params().text(signature))
        .get<bool>(0, "found");
}

void prepare_engine(Session& session, const MigrateOptions& options, MigrateReport& report) {
    Transaction transaction(session);
    if (has_function(session, "engine.regenerate()")) {
        if (options.progress) options.progress("generating key sources, queues and triggers");
        session.exec({"engine.regenerate", "select engine.regenerate()"});
        report.regenerated = true;
    }
    if (!options.code_versions.empty() &&
        has_function(session, "engine.set_code_version(text, integer)")) {
        for (const auto& one : options.code_versions) {
            const auto registered = session.exec(
                {"find computed table",
                 "select 1 from engine.table_info where table_name = $1 and tier = 'computed'"},
                Params().text(one.table));
            if (registered.rows() == 0) continue;
            session.exec(
                {"engine.set_code_version " + one.table, "select engine.set_code_version($1, $2)"},
                Params().text(one.table).integer(one.version));
            ++report.code_versions;
        }
    }
    transaction.commit();
}

}  // namespace

SchemaFiles program_schema() {
    return embedded::schema_sql();
}

MigrateReport migrate(Session& session, SchemaFiles files, const MigrateOptions& options) {
    const auto schema = read_schema(files);
    const MigrateLock lock(session, options.lock_timeout);
    MigrateReport report;
    for (auto i = compare(schema, read_applied(session), false); i < schema.migrations.size();
         ++i) {
        const auto& one = schema.migrations[i];
        if (options.progress) options.progress("applying " + one.name);
        apply(session, one, options);
        report.applied.push_back(one.name);
    }
    apply_objects(session, schema, options, report);
    prepare_engine(session, options, report);
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
