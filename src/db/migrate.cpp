#include "src/db/migrate.hpp"

#include "embedded/schema_sql.hpp"
#include "src/base/sha256.hpp"
#include "src/db/schema_contents.hpp"

#include <algorithm>
#include <functional>
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

// --- locks and rights
// ---------------------------------------------------------------------------

/// Who holds locks on tables of the database while a transaction of theirs is open, the oldest
/// first.
std::string who_is_in_the_way(Session& session) {
    const auto rows = session.exec({"who is in the way", R"(
select
    a.pid,
    coalesce(a.usename, '') as user_name,
    coalesce(nullif(a.application_name, ''), 'no name') as application,
    coalesce(a.state, 'state not known') as state,
    coalesce(date_trunc('second', clock_timestamp() - a.xact_start)::text, '') as age,
    coalesce(left(regexp_replace(a.query, '\s+', ' ', 'g'), 60), '') as query
from pg_catalog.pg_stat_activity as a
where a.pid <> pg_backend_pid()
    and a.datname = current_database()
    and exists (
        select
        from pg_catalog.pg_locks as l
        join pg_catalog.pg_class as c on c.oid = l.relation
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where l.pid = a.pid and l.granted and l.locktype = 'relation'
            and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
            and n.nspname not in ('pg_catalog', 'pg_toast', 'information_schema'))
order by a.xact_start
limit 3)"});
    std::string out;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        out += fmt::format(
            "{}process {} (user {}, application {}, {}, transaction open for {}: {})",
            i == 0 ? "" : ", ", rows.get<int>(i, "pid"), rows.get<std::string>(i, "user_name"),
            rows.get<std::string>(i, "application"), rows.get<std::string>(i, "state"),
            rows.get<std::string>(i, "age"), rows.get<std::string>(i, "query"));
    }
    return sanitize_text(out.empty() ? "somebody who has finished just now" : out);
}

/// Runs a step in a transaction that waits for each lock a short while only, and again when
/// somebody is in the way: a statement that waits for a lock makes everybody wait who comes after
/// it.
void in_short_locks(Session& session, const MigrateOptions& options, const std::string& what,
                    const std::function<void()>& step) {
    const auto deadline = std::chrono::steady_clock::now() + options.lock_timeout;
    auto pause = options.lock_attempt;
    for (;;) {
        try {
            Transaction transaction(session);
            session.exec({"short locks", fmt::format("set local lock_timeout = '{}ms'",
                                                     options.lock_attempt.count())});
            step();
            transaction.commit();
            return;
        } catch (const Error& error) {
            if (error.sqlstate != "55P03" && error.sqlstate != "40P01") throw;
        }
        const auto who = who_is_in_the_way(session);
        if (std::chrono::steady_clock::now() > deadline) {
            throw Error(ErrorKind::conflict,
                        fmt::format("gave up waiting for locks to apply {}: held by {}", what, who),
                        "Ask them to finish, or end them: select pg_terminate_backend(process). "
                        "Then migrate again: what is done already stays.");
        }
        if (options.waiting)
            options.waiting(fmt::format("waiting to apply {}: locks are held by {}", what, who));
        std::this_thread::sleep_for(pause);
        pause = std::min<std::chrono::milliseconds>(pause * 2, std::chrono::seconds(10));
    }
}

/// Acts as the role that owns the schema, so that all objects have one owner.
class OwnerRole {
  public:
    explicit OwnerRole(Session& session) : session_(session) {
        const auto row = session.exec(
            {"owner of the schema",
             "select o.rolname as owner, o.rolsuper as owner_is_super, m.rolname as me, "
             "m.rolsuper as am_super, pg_catalog.pg_has_role(n.nspowner, 'member') as is_member "
             "from pg_catalog.pg_namespace as n "
             "join pg_catalog.pg_roles as o on o.oid = n.nspowner "
             "join pg_catalog.pg_roles as m on m.rolname = current_user "
             "where n.nspname = 'engine'"});
        if (row.rows() == 0) return;  // a new database
        const auto owner = row.get<std::string>(0, "owner");
        const auto me = row.get<std::string>(0, "me");
        if (owner == me) return;
        const bool am_super = row.get<bool>(0, "am_super");
        // Who may do everything makes what only they could make.
        if (am_super && !row.get<bool>(0, "owner_is_super")) return;
        if (!am_super && !row.get<bool>(0, "is_member")) {
            throw Error(ErrorKind::usage,
                        fmt::format("the schema's owner is {}: {} cannot migrate it", owner, me),
                        fmt::format("Migrate as {0}, or as a role that has {0}: grant {0} to {1}. "
                                    "trialbase migrate --give-to-admins, run by {0}, lets all who "
                                    "have trialbase_admin migrate.",
                                    owner, me));
        }
        session.exec({"act as owner", "set role " + session.quote_identifier(owner)});
        before_ = me;
    }
    ~OwnerRole() {
        if (before_.empty()) return;
        try {
            session_.rollback();
            session_.exec({"no longer owner", "set role " + session_.quote_identifier(before_)});
        } catch (const Error&) {
            // The connection is lost, and the role with it.
        }
    }
    OwnerRole(const OwnerRole&) = delete;
    OwnerRole& operator=(const OwnerRole&) = delete;

  private:
    Session& session_;
    std::string before_;
};

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
    in_short_locks(session, options, one.name, [&] {
        session.exec_script(sql);
        if (!session.in_transaction()) {
            throw Error(ErrorKind::usage,
                        fmt::format("migration {} ends its transaction itself", sql.name),
                        "Take out commit and rollback: the runner holds the transaction.");
        }
        if (!has_bookkeeping(session))
            session.exec_script({"bookkeeping of migrate", bookkeeping_sql});
        record(session, one, options);
    });
}

std::string recorded_state(Session& session, std::string_view set) {
    const auto found = session.exec({"recorded " + std::string(set),
                                     "select sha256 from engine.object_set where object_set = $1"},
                                    Params().text(set));
    return found.rows() == 1 ? found.get<std::string>(0, "sha256") : std::string();
}

void record_state(Session& session, std::string_view set, const std::string& hash,
                  const MigrateOptions& options) {
    session.exec({"record " + std::string(set), R"(
insert into engine.object_set as t (object_set, sha256, program_version) values ($1, $2, $3)
on conflict (object_set) do update
set sha256 = excluded.sha256, program_version = excluded.program_version, applied_at = now())"},
                 Params().text(set).text(hash).text(options.program_version));
}

bool has_object_set(Session& session) {
    return session
        .exec({"find object set", "select to_regclass('engine.object_set') is not null as found"})
        .get<bool>(0, "found");
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
        if (!has_object_set(session))
            session.exec_script({"bookkeeping of migrate", bookkeeping_sql});
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
