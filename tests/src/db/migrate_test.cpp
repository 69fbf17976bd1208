#include "src/db/migrate.hpp"

#include "tests/support/test_database.hpp"

#include <memory>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::db {
namespace {

using embedded::File;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TestDatabase;
using testing::value_of;

const File lab{"schema/migrations/0001_lab.sql",
               "create schema lab;\ncreate table lab.lab (name text primary key, about text);"};
const File rig{
    "schema/migrations/0010_rig.sql",
    "create table lab.rig (name text primary key, lab text references lab.lab, size integer);"};
const File view{"schema/objects/lab_view.sql",
                "create or replace view lab.names as select name from lab.lab;"};

MigrateOptions options() {
    MigrateOptions out;
    out.program_version = "1.2.3";
    return out;
}

class MigrateTest : public ::testing::Test {
  protected:
    MigrateReport run(const std::vector<File>& files) { return migrate(session, files, options()); }

    Error error_of(const std::vector<File>& files) {
        try {
            run(files);
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "no error was thrown";
        return {ErrorKind::internal, "no error"};
    }

    TestDatabase db{TestDatabase::Content::empty};
    Session session = db.session();
};

TEST_F(MigrateTest, AppliesEachMigrationOnceInOrder) {
    EXPECT_EQ(schema_state(session, std::vector{lab}), SchemaState::absent);
    EXPECT_THAT(run({lab}).applied, ElementsAre("0001_lab"));
    EXPECT_EQ(schema_state(session, std::vector{lab}), SchemaState::current);
    EXPECT_EQ(schema_state(session, std::vector{lab, rig}), SchemaState::older);
    EXPECT_THAT(run({rig, lab}).applied,
                ElementsAre("0010_rig"));  // whatever the order of the list
    EXPECT_EQ(schema_state(session, std::vector{lab}), SchemaState::newer);
    const auto again = run({lab, rig});
    EXPECT_TRUE(again.applied.empty());
    EXPECT_FALSE(again.objects_applied);
    EXPECT_EQ(value_of(session,
                       "select string_agg(name || ' ' || program_version, ',' order by number) "
                       "from engine.migration"),
              "0001_lab 1.2.3,0010_rig 1.2.3");
}

TEST_F(MigrateTest, BookkeepingIsCommented) {
    run({lab});
    EXPECT_EQ(value_of(session, R"(select count(*) from pg_attribute as a
        where a.attrelid in ('engine.migration'::regclass, 'engine.object_set'::regclass) and a.attnum > 0
          and col_description(a.attrelid, a.attnum) is null)"),
              "0");
    EXPECT_NE(value_of(session, "select obj_description('engine.migration'::regclass)"), "null");
}

TEST_F(MigrateTest, AMigrationMayMakeTheEngineSchemaItself) {
    run({{"schema/migrations/0001_engine.sql", "create schema engine;"}});
    EXPECT_EQ(value_of(session, "select count(*) from engine.migration"), "1");
}

TEST_F(MigrateTest, AFailedMigrationLeavesNothingOfItself) {
    const File broken{"schema/migrations/0020_broken.sql",
                      "create table lab.half (id integer);\nselect nonesuch;\n"};
    const auto error = error_of({lab, broken});
    EXPECT_EQ(error.sql_name, "0020_broken.sql");
    EXPECT_THAT(error.what(), HasSubstr("0020_broken.sql at line 2"));
    EXPECT_EQ(value_of(session, "select to_regclass('lab.half')"), "null");
    EXPECT_EQ(value_of(session, "select max(number) from engine.migration"), "1");
    EXPECT_FALSE(session.in_transaction());
    EXPECT_THAT(run({lab, rig}).applied, ElementsAre("0010_rig"));
}

TEST_F(MigrateTest, AMigrationThatCommitsIsRefused) {
    const auto error =
        error_of({{"m/migrations/0001_x.sql", "create table public.x (id integer); commit;"}});
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), HasSubstr("0001_x.sql ends its transaction itself"));
}

TEST_F(MigrateTest, AnEditedMigrationIsRefusedByName) {
    run({lab, rig});
    const File edited{lab.path, "create schema lab; create table lab.lab (name text primary key);"};
    const auto error = error_of({edited, rig});
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_THAT(error.what(), HasSubstr("migration 0001_lab.sql was changed after it was applied"));
    EXPECT_THROW((void)migration_status(session, std::vector{edited, rig}), Error);
    // Renaming counts as editing.
    EXPECT_THAT(error_of({{"schema/migrations/0001_laboratory.sql", lab.text}, rig}).what(),
                HasSubstr("0001_laboratory.sql"));
}

TEST_F(MigrateTest, ANewerDatabaseAMissingAndALateMigrationAreRefused) {
    run({lab, rig});
    auto error = error_of({lab});
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_THAT(
        error.what(),
        HasSubstr("newer than this program: it has migration 0010_rig, applied by version 1.2.3"));
    const File late{"schema/migrations/0005_late.sql", "select 1"};
    EXPECT_THAT(error_of({lab, late, rig}).what(),
                HasSubstr("0005_late is numbered before 0010_rig"));
    const File other{"schema/migrations/0011_other.sql", "select 1"};
    EXPECT_THAT(error_of({lab, other}).what(),
                HasSubstr("has migration 0010_rig, which this program does not know"));
}

TEST_F(MigrateTest, MalformedFileListsAreRefused) {
    EXPECT_EQ(error_of({{"schema/migrations/lab.sql", ""}}).kind(), ErrorKind::usage);
    EXPECT_EQ(error_of({{"schema/elsewhere/0001_lab.sql", ""}}).kind(), ErrorKind::usage);
    EXPECT_THAT(error_of({lab, {"schema/migrations/0001_again.sql", ""}}).what(),
                HasSubstr("same number"));
}

TEST_F(MigrateTest, StatusListsAppliedAndPending) {
    run({lab});
    const auto states = migration_status(session, std::vector{lab, rig});
    ASSERT_EQ(states.size(), 2u);
    EXPECT_EQ(states[0].name, "0001_lab");
    EXPECT_NE(states[0].applied_at, "");
    EXPECT_EQ(states[1].number, 10);
    EXPECT_EQ(states[1].applied_at, "");
}

TEST_F(MigrateTest, NoTransactionFilesRunOutsideOne) {
    const File index{"schema/migrations/0030_index.sql",
                     "--! no-transaction\ncreate index concurrently if not exists rig_lab_idx on "
                     "lab.rig (lab);"};
    EXPECT_THAT(run({lab, rig, index}).applied, ElementsAre("0001_lab", "0010_rig", "0030_index"));
    EXPECT_EQ(
        value_of(session,
                 "select indisvalid from pg_index where indexrelid = 'lab.rig_lab_idx'::regclass"),
        "t");
}

TEST_F(MigrateTest, TwoAtOnceApplyEverythingOnce) {
    // Slow enough to overlap, and with an index that would wait for a migrate that waits in a
    // statement.
    const std::vector<File> files{
        lab,
        rig,
        {"schema/migrations/0011_slow.sql",
         "select pg_sleep(0.5); create table lab.slow (id integer);"},
        {"schema/migrations/0012_index.sql",
         "--! no-transaction\ncreate index concurrently slow_idx on lab.slow (id);"},
        view};
    std::vector<std::size_t> applied(3);
    std::vector<std::thread> threads;
    for (auto& count : applied) {
        threads.emplace_back([&] {
            auto own = db.session();
            try {
                count = migrate(own, files, options()).applied.size();
            } catch (const Error& error) {
                ADD_FAILURE() << error.what();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(applied[0] + applied[1] + applied[2], 4u);
    EXPECT_EQ(value_of(session, "select count(*) from engine.migration"), "4");
}

TEST_F(MigrateTest, GivesUpWaitingForAnother) {
    auto other = db.session();
    other.exec({"lock", "select pg_advisory_lock(x'747269616c626173'::bit(64)::bigint)"});
    auto impatient = options();
    impatient.lock_timeout = std::chrono::seconds(0);
    try {
        migrate(session, std::vector{lab}, impatient);
        FAIL() << "did not wait";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::conflict);
        EXPECT_THAT(error.what(), HasSubstr("another migrate"));
    }
}

TEST_F(MigrateTest, ObjectsAreAppliedAgainOnlyWhenSomethingChanged) {
    EXPECT_TRUE(run({lab, view}).objects_applied);
    EXPECT_FALSE(run({lab, view}).objects_applied);
    const File changed{view.path,
                       "create or replace view lab.names as select name, about from lab.lab;"};
    EXPECT_TRUE(run({lab, changed}).objects_applied);
    EXPECT_EQ(session.exec({"columns", "select * from lab.names"}).columns(), 2u);
    EXPECT_TRUE(run({lab, rig, changed}).objects_applied);  // a migration may have dropped some
}

TEST_F(MigrateTest, ObjectsAreAppliedTogetherOrNotAtAll) {
    const File broken{"schema/objects/zz_broken.sql",
                      "create or replace view lab.broken as\nselect nonesuch;"};
    const auto error = error_of({lab, view, broken});
    EXPECT_EQ(error.sql_name, "zz_broken.sql");
    EXPECT_EQ(value_of(session, "select to_regclass('lab.names')"), "null");
    EXPECT_TRUE(run({lab, view}).objects_applied);
}

TEST_F(MigrateTest, ContentsAreUpsertedParentsFirst) {
    // By name, lab.a_rig comes before the table that it refers to.
    const File a_rig{"schema/migrations/0002_a_rig.sql",
                     "create table lab.a_rig (name text primary key, lab text not null references "
                     "lab.lab, size integer);"};
    const std::string labs =
        "name,about\ncortexlab,\"a, \"\"quoted\"\"\nlab\"\nwittenlab,\nempty,\"\"\n";
    const std::string rigs = "name,lab,size\r\nrig1,cortexlab,5\r\nrig2,wittenlab,\r\n";
    const std::vector<File> files{
        lab, a_rig, {"schema/contents/lab.a_rig.csv", rigs}, {"schema/contents/lab.lab.csv", labs}};
    EXPECT_EQ(run(files).content_rows, 5);
    EXPECT_EQ(value_of(session, "select about from lab.lab where name = 'cortexlab'"),
              "a, \"quoted\"\nlab");
    EXPECT_EQ(value_of(session, "select about from lab.lab where name = 'wittenlab'"), "null");
    EXPECT_EQ(value_of(session, "select about from lab.lab where name = 'empty'"), "");
    EXPECT_EQ(value_of(session, "select size from lab.a_rig where name = 'rig2'"), "null");

    // A site's own row stays, a changed one is updated, an equal one is not touched.
    session.exec({"own", "insert into lab.lab values ('ours', 'own')"});
    const auto before = value_of(session, "select xmin from lab.lab where name = 'cortexlab'");
    const std::string changed =
        "name,about\ncortexlab,\"a, \"\"quoted\"\"\nlab\"\nwittenlab,known\n";
    EXPECT_EQ(run({lab, a_rig, files[2], {"schema/contents/lab.lab.csv", changed}}).content_rows,
              1);
    EXPECT_EQ(value_of(session, "select about from lab.lab where name = 'wittenlab'"), "known");
    EXPECT_EQ(value_of(session, "select count(*) from lab.lab"), "4");
    EXPECT_EQ(value_of(session, "select xmin from lab.lab where name = 'cortexlab'"), before);
}

TEST_F(MigrateTest, BadContentsAreNamed) {
    const auto with = [&](std::string_view text) {
        return error_of({lab, {"schema/contents/lab.lab.csv", text}});
    };
    EXPECT_THAT(with("name,about\na\n").what(), HasSubstr("contents lab.lab line"));
    EXPECT_THAT(with("name,about\n\"a,b\n").what(), HasSubstr("a quote is not closed"));
    EXPECT_THAT(with("").what(), HasSubstr("no header line"));
    EXPECT_THAT(with("name,nonesuch\na,b\n").what(), HasSubstr("lab.lab.csv row 1"));
    EXPECT_EQ(with("name\n\"\"\"\n").kind(), ErrorKind::usage);
    EXPECT_THAT(error_of({lab, {"schema/contents/lab.absent.csv", "name\n"}}).what(),
                HasSubstr("no such table"));
    EXPECT_EQ(value_of(session, "select count(*) from lab.lab"), "0");
}

TEST_F(MigrateTest, RegeneratesAndSetsCodeVersionsWhenTheEngineIsThere) {
    const File engine{"schema/migrations/0001_engine.sql", R"(
create schema engine;
create table engine.table_info (table_name text, tier text, code_version integer);
insert into engine.table_info values ('task.known', 'computed', 0), ('task.lookup', 'lookup', 0);
create table engine.calls (at timestamptz default now());
create function engine.regenerate() returns void language sql as 'insert into engine.calls default values';
create function engine.set_code_version(p_table text, p_version integer) returns void language sql
    as 'update engine.table_info set code_version = p_version where table_name = p_table';)"};
    auto with_versions = options();
    with_versions.code_versions = {{"task.known", 3}, {"task.unknown", 4}, {"task.lookup", 5}};
    const auto report = migrate(session, std::vector{engine}, with_versions);
    EXPECT_TRUE(report.regenerated);
    EXPECT_EQ(report.code_versions, 1);
    EXPECT_EQ(value_of(session,
                       "select string_agg(code_version::text, ',' order by table_name) from "
                       "engine.table_info"),
              "3,0");
    migrate(session, std::vector{engine}, with_versions);
    EXPECT_EQ(value_of(session, "select count(*) from engine.calls"), "2");
}

TEST_F(MigrateTest, WithoutTheRightToCreateItIsAUsageError) {
    const auto role = "tb_reader_" + db.name();
    session.exec({"role", "create role " + role});
    {
        auto reader = db.session(role);
        try {
            migrate(reader, std::vector{lab}, options());
            ADD_FAILURE() << "was allowed";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_EQ(error.sql_name, "0001_lab.sql");
        }
    }
    session.exec({"drop", "drop role " + role});
}

TEST_F(MigrateTest, TheProgramsOwnSchemaAppliesTwice) {
    const auto first = migrate(session, program_schema(), options());
    EXPECT_FALSE(first.applied.empty());
    const auto again = migrate(session, program_schema(), options());
    EXPECT_TRUE(again.applied.empty());
    EXPECT_FALSE(again.objects_applied);
    EXPECT_FALSE(again.regenerated);
    EXPECT_EQ(schema_state(session, program_schema()), SchemaState::current);
    // What somebody did to the generated parts is mended.
    session.exec({"test", "drop function engine.task__reaction_time__refresh()"});
    EXPECT_TRUE(migrate(session, program_schema(), options()).regenerated);
    EXPECT_NE(value_of(session, "select to_regprocedure('engine.task__reaction_time__refresh()')"),
              "null");
    EXPECT_FALSE(migrate(session, program_schema(), options()).regenerated);
}

TEST_F(MigrateTest, AnUpToDateSchemaIsRecognisedWhateverIsLocked) {
    TestDatabase ready;
    auto own = ready.session();
    migrate(own, program_schema(), options());
    auto other = ready.session();
    Transaction holding(other);
    other.exec({"hold", R"(
do $$
declare
    v_table regclass;
begin
    for v_table in
        select c.oid::regclass from pg_class as c
        where c.relnamespace in ('core'::regnamespace, 'task'::regnamespace, 'photometry'::regnamespace, 'store'::regnamespace)
            and c.relkind in ('r', 'p')
    loop
        execute format('lock table %s in access exclusive mode', v_table);
    end loop;
end
$$)"});
    auto impatient = options();
    impatient.lock_timeout = std::chrono::seconds(0);
    own.exec({"test", "set lock_timeout = '1ms'"});
    const auto report = migrate(own, program_schema(), impatient);
    EXPECT_TRUE(report.applied.empty());
    EXPECT_FALSE(report.objects_applied);
    EXPECT_FALSE(report.regenerated);
}

TEST_F(MigrateTest, WaitsForLocksInShortTurnsAndSaysForWhom) {
    run({lab});
    auto reader = db.session();
    auto reading = std::make_unique<Transaction>(reader);
    reader.exec({"read", "select * from lab.lab"});
    const File wider{"schema/migrations/0002_wider.sql",
                     "alter table lab.lab add column size int;"};
    std::vector<std::string> lines;
    auto patient = options();
    patient.lock_attempt = std::chrono::milliseconds(50);
    patient.waiting = [&](const std::string& line) {
        lines.push_back(line);
        // Between its turns nobody else has to wait.
        auto third = db.session();
        third.exec({"short", "set lock_timeout = '10s'"});
        third.exec({"read", "select * from lab.lab"});
        if (lines.size() == 2) reading.reset();
    };
    const auto report = migrate(session, std::vector{lab, wider}, patient);
    EXPECT_THAT(report.applied, ElementsAre("0002_wider"));
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_THAT(lines[0], HasSubstr("0002_wider"));
    EXPECT_THAT(lines[0], HasSubstr(fmt::format(
                              "process {} (user postgres, application trialbase tests, idle in "
                              "transaction",
                              value_of(reader, "select pg_backend_pid()"))));
}

TEST_F(MigrateTest, GivesUpWaitingForLocksAndNamesWhoHoldsThem) {
    run({lab});
    auto reader = db.session();
    const auto pid = value_of(reader, "select pg_backend_pid()");
    Transaction reading(reader);
    reader.exec({"read", "select * from lab.lab"});
    auto impatient = options();
    impatient.lock_timeout = std::chrono::seconds(0);
    impatient.lock_attempt = std::chrono::milliseconds(20);
    const File wider{"schema/migrations/0002_wider.sql",
                     "alter table lab.lab add column size int;"};
    try {
        migrate(session, std::vector{lab, wider}, impatient);
        FAIL() << "applied";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::conflict);
        EXPECT_THAT(error.what(), HasSubstr("process " + pid));
        EXPECT_THAT(error.hint(), HasSubstr("pg_terminate_backend"));
    }
    EXPECT_EQ(value_of(session, "select count(*) from engine.migration"), "1");
}

TEST_F(MigrateTest, OnlyObjectsThatDifferAreApplied) {
    const File counted{"schema/objects/a_counted.sql",
                       "create table if not exists lab.runs (at timestamptz default "
                       "clock_timestamp());\ninsert into lab.runs default values;"};
    const File grants{"schema/objects/zz_grants.sql", "insert into lab.runs default values;"};
    run({lab, counted, view, grants});
    EXPECT_EQ(value_of(session, "select count(*) from lab.runs"), "2");
    const File changed{view.path,
                       "create or replace view lab.names as select name, about from lab.lab;"};
    run({lab, counted, changed, grants});  // the grants once more
    EXPECT_EQ(value_of(session, "select count(*) from lab.runs"), "3");
    run({lab, rig, counted, changed, grants});  // everything, after a migration
    EXPECT_EQ(value_of(session, "select count(*) from lab.runs"), "5");
}

TEST_F(MigrateTest, ADatabaseOfAnotherEncodingIsRefusedBeforeAnythingIsMade) {
    for (const auto* encoding : {"LATIN1", "SQL_ASCII"}) {
        const auto name = db.name() + "_enc";
        session.exec({"make", fmt::format("create database {} template template0 encoding '{}' "
                                          "locale 'C'",
                                          name, encoding)});
        {
            Session other({db.conninfo() + " dbname=" + name, "test", {}});
            try {
                migrate(other, std::vector{lab}, options());
                ADD_FAILURE() << encoding << " was accepted";
            } catch (const Error& error) {
                EXPECT_EQ(error.kind(), ErrorKind::conflict);
                EXPECT_THAT(error.what(), HasSubstr(encoding));
                EXPECT_THAT(error.hint(), HasSubstr("encoding 'UTF8'"));
            }
            EXPECT_EQ(value_of(other,
                               "select count(*) from pg_namespace where nspname in "
                               "('engine', 'lab')"),
                      "0");
        }
        session.exec({"drop", fmt::format("drop database {} with (force)", name)});
    }
}

TEST_F(MigrateTest, MembersOfTheOwnerMigrateAsTheOwnerAndOthersAreToldWhoItIs) {
    const auto owner = db.name() + "_owner", member = db.name() + "_member",
               stranger = db.name() + "_stranger";
    for (const auto& role : {owner, member, stranger})
        session.exec({"role", "create role " + role});
    session.exec({"grant", fmt::format("grant {} to {}", owner, member)});
    session.exec({"grant", fmt::format("grant create on database {} to {}, {}", db.name(), owner,
                                       stranger)});
    {
        auto first = db.session(owner);
        migrate(first, std::vector{lab}, options());
        auto second = db.session(member);
        EXPECT_THAT(migrate(second, std::vector{lab, rig}, options()).applied,
                    ElementsAre("0010_rig"));
        EXPECT_EQ(value_of(second, "select current_user"), member);
        EXPECT_EQ(value_of(session,
                           "select string_agg(distinct tableowner, ',') from pg_tables "
                           "where schemaname = 'lab'"),
                  owner);
        session.exec({"grant", fmt::format("grant usage on schema engine to {}", stranger)});
        session.exec(
            {"grant", fmt::format("grant select on all tables in schema engine to {}", stranger)});
        auto third = db.session(stranger);
        try {
            migrate(third, std::vector{lab, rig, view}, options());
            ADD_FAILURE() << "a stranger migrated";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_THAT(error.what(), HasSubstr("owner is " + owner));
            EXPECT_THAT(error.hint(), HasSubstr(fmt::format("grant {} to {}", owner, stranger)));
        }
    }
    for (const auto& role : {member, stranger, owner}) {
        session.exec({"drop", fmt::format("drop owned by {} cascade", role)});
        session.exec({"drop", "drop role " + role});
    }
}

TEST_F(MigrateTest, GivenToAdministratorsTheSchemaIsMigratedByAnyOfThem) {
    TestDatabase ready;
    auto owner = ready.session();
    migrate(owner, program_schema(), options());
    const auto admin = ready.name() + "_admin";
    owner.exec({"role", fmt::format("create role {} in role trialbase_admin", admin)});
    std::vector<File> changed(program_schema().begin(), program_schema().end());
    changed.push_back({"schema/objects/98_more.sql",
                       "create or replace view analysis.more as select 1 as one;"
                       "comment on view analysis.more is 'x';"});
    {
        auto session_of_admin = ready.session(admin);
        try {
            migrate(session_of_admin, changed, options());
            ADD_FAILURE() << "not the owner, and yet it migrated";
        } catch (const Error& error) {
            EXPECT_THAT(error.hint(), HasSubstr("--give-to-admins"));
        }
        // Up to date, it is no matter of rights.
        EXPECT_FALSE(migrate(session_of_admin, program_schema(), options()).objects_applied);
        owner.exec({"give", "select engine.give_to_admins()"});
        EXPECT_EQ(value_of(owner, R"(
select string_agg(c.oid::regclass::text, ' ') from pg_class as c
where c.relowner <> 'trialbase_admin'::regrole and c.relnamespace in (
    select oid from pg_namespace
    where nspname in ('units', 'core', 'task', 'photometry', 'imaging', 'model', 'engine', 'store', 'analysis')))"),
                  "null");
        EXPECT_TRUE(migrate(session_of_admin, changed, options()).objects_applied);
        owner.exec({"test", "drop function engine.task__reaction_time__refresh()"});
        EXPECT_TRUE(migrate(session_of_admin, changed, options()).regenerated);
        EXPECT_EQ(value_of(owner, "select viewowner from pg_views where viewname = 'more'"),
                  "trialbase_admin");
        // The engine works with its new owner's rights.
        auto worker = ready.session("trialbase_worker");
        worker.exec({"test",
                     "select engine.worker_start(gen_random_uuid(), 'h', 1, 'u', 'v', 'r', "
                     "interval '1 min')"});
        worker.exec({"test", "select engine.reclaim_expired()"});
    }
    owner.exec({"drop", "drop role " + admin});
}

}  // namespace
}  // namespace tb::db
