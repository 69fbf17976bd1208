#include "src/db/migrate_bookkeeping.hpp"

#include <fmt/format.h>

namespace tb::db {

namespace {

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

}  // namespace

void make_bookkeeping(Session& session) {
    session.exec_script({"bookkeeping of migrate", bookkeeping_sql});
}

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

void record(Session& session, const Migration& one, const MigrateOptions& options) {
    session.exec(
        {"record migration " + one.name,
         "insert into engine.migration (number, name, chain_sha256, program_version) values ($1, "
         "$2, $3, $4)"},
        Params().integer(one.number).text(one.name).text(one.chain).text(options.program_version));
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

}  // namespace tb::db
