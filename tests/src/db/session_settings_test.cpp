#include "src/db/session_settings.hpp"

#include "src/db/session.hpp"
#include "tests/support/hostile_settings.hpp"
#include "tests/support/test_database.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::db {
namespace {

using ::testing::HasSubstr;
using testing::hostile_settings;
using testing::value_of;

/// What a session has that it should not have, one line each.
std::string wrong(Session& session) {
    std::string found;
    for (const auto& one : session_settings()) {
        if (session.server_version() < one.since || one.name.starts_with("tcp_")) continue;
        const auto has = value_of(session, fmt::format("show {}", one.name));
        std::string wanted(one.value);
        if (one.name == "tcp_user_timeout") wanted = "1min";
        if (has != wanted) found += fmt::format("{}: {}\n", one.name, has);
    }
    return found;
}

}  // namespace

TEST(SessionSettings, AreOursWhateverTheDatabaseOrTheRoleHas) {
    testing::TestDatabase database(testing::TestDatabase::Content::empty);
    auto admin = database.session();
    const auto version = admin.server_version();
    admin.exec_script({"database", hostile_settings("database " + database.name(), version)});
    {
        auto session = database.session();
        EXPECT_EQ(wrong(session), "") << "set for the database";
        EXPECT_EQ(value_of(session, "show transaction_isolation"), "read committed");
        EXPECT_EQ(value_of(session, "select timestamptz '2020-02-03 04:05:06.5+00'"),
                  "2020-02-03 04:05:06.5+00");
        EXPECT_EQ(value_of(session, "select 0.1::float8 + 0.2"), "0.30000000000000004");
        EXPECT_EQ(value_of(session, "select '{NULL}'::text[] is not distinct from array[null]"),
                  "t");
    }
    admin.exec_script({"reset", "alter database " + database.name() + " reset all"});
    admin.exec_script({"role", "drop role if exists hostile; create role hostile superuser login"});
    admin.exec_script({"role", hostile_settings("role hostile", version)});
    {
        Session session({database.conninfo() + " user=hostile", "tests", {}});
        EXPECT_EQ(wrong(session), "") << "set for the role";
    }
    admin.exec_script({"role", "drop role hostile"});
}

TEST(SessionSettings, StatementTimeoutHoldsWhereItIsAskedFor) {
    testing::TestDatabase database(testing::TestDatabase::Content::empty);
    auto admin = database.session();
    EXPECT_EQ(admin.statement_timeout(), "");
    EXPECT_FALSE(admin.limit_step().has_value());
    admin.exec(
        {"timeout", "alter database " + database.name() + " set statement_timeout = '50ms'"});
    auto ours = database.session();
    EXPECT_EQ(ours.statement_timeout(), "50ms");
    EXPECT_EQ(value_of(ours, "select pg_sleep(0.2) is not null"), "t");
    const auto cut_off = [](Session& session) {
        try {
            session.exec({"slow", "select pg_sleep(5)"});
        } catch (const Error& error) {
            return error.sqlstate + " " + error.hint();
        }
        return std::string("not cut off");
    };
    {
        Transaction transaction(ours);
        ours.limit_statements();
        EXPECT_THAT(cut_off(ours), HasSubstr("57014 It took longer than statement_timeout"));
    }
    EXPECT_EQ(value_of(ours, "select pg_sleep(0.2) is not null"), "t") << "that transaction only";
    ConnectOptions for_people;
    for_people.conninfo = database.conninfo();
    for_people.keeps_statement_timeout = true;
    Session kept(for_people);
    EXPECT_THAT(cut_off(kept), HasSubstr("57014"));
}

TEST(SessionSettings, TriggersRunOrTheSessionIsRefused) {
    testing::TestDatabase database(testing::TestDatabase::Content::empty);
    auto admin = database.session();
    admin.exec_script({"replica", "alter database " + database.name() +
                                      " set session_replication_role = replica;"
                                      "drop role if exists plain; create role plain login"});
    {
        auto superuser = database.session();
        EXPECT_EQ(value_of(superuser, "show session_replication_role"), "origin");
    }
    try {
        const Session plain({database.conninfo() + " user=plain", "tests", {}});
        ADD_FAILURE() << "changes of this session would queue nothing";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::conflict);
        EXPECT_THAT(error.what(), HasSubstr("session_replication_role is replica"));
    }
    admin.exec({"role", "drop role plain"});
}

}  // namespace tb::db
