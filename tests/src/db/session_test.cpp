#include "src/db/session.hpp"

#include "src/db/wire.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/watchdog.hpp"

#include <cmath>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace tb::db {
namespace {

using ::testing::HasSubstr;
using testing::TestDatabase;
using testing::value_of;

/// The error that a call throws; fails the test when it throws none.
template <class Call>
Error error_of(Call call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "no error was thrown";
    return {ErrorKind::internal, "no error"};
}

class SessionTest : public ::testing::Test {
  protected:
    TestDatabase db{TestDatabase::Content::empty};
    Session session = db.session();

    void kill(int backend) {
        auto other = db.session();
        other.exec({"kill", "select pg_terminate_backend($1::integer)"}, Params().integer(backend));
        // The signal is handled when the backend gets to it.
        for (int i = 0;
             i < 200 && value_of(other, "select count(*) from pg_stat_activity where pid = " +
                                            std::to_string(backend)) != "0";
             ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
};

TEST_F(SessionTest, ReadsEveryTypeInBothFormats) {
    const Sql sql{
        "types",
        R"(select true as b, -5::smallint as i2, 7 as i4, 5000000000 as i8, 0.25::real as f4,
        0.1::float8 as f8, 1234.5::numeric as n, 'µL'::text as t, '7146a078-285e-5d98-ba83-4ab8c953e126'::uuid as u,
        '{"a": 1}'::jsonb as j, '2020-02-29 12:00:00+02'::timestamptz as ts, date '1999-12-31' as d, null::integer as nothing)"};
    for (const auto format : {Format::text, Format::binary}) {
        const auto row = session.exec(sql, {}, format);
        ASSERT_EQ(row.rows(), 1u);
        EXPECT_EQ(row.is_binary(0), format == Format::binary);
        EXPECT_TRUE(row.get<bool>(0, "b"));
        EXPECT_EQ(row.get<int>(0, "i2"), -5);
        EXPECT_EQ(row.get<int>(0, "i4"), 7);
        EXPECT_EQ(row.get<std::int64_t>(0, "i8"), 5000000000);
        EXPECT_EQ(row.get<double>(0, "i4"), 7.0);
        EXPECT_EQ(row.get<double>(0, "f4"), 0.25);
        EXPECT_EQ(row.get<double>(0, "f8"), 0.1);
        EXPECT_EQ(row.get<double>(0, "n"), 1234.5);
        EXPECT_EQ(row.get<std::string>(0, "t"), "µL");
        EXPECT_EQ(row.get<std::string>(0, "u"), "7146a078-285e-5d98-ba83-4ab8c953e126");
        EXPECT_EQ(row.get<std::string>(0, "j"), "{\"a\": 1}");
        EXPECT_EQ(row.get<std::string>(0, "ts"), "2020-02-29 10:00:00+00");
        EXPECT_EQ(row.get<std::string>(0, "d"), "1999-12-31");
        EXPECT_FALSE(row.optional<int>(0, "nothing"));
        EXPECT_THROW((void)row.get<int>(0, "nothing"), Error);
        EXPECT_THROW((void)row.get<int>(0, "i8"), Error);
        EXPECT_THROW((void)row.get<int>(0, "t"), Error);
        EXPECT_THROW((void)row.get<int>(1, "i4"), Error);
        EXPECT_THROW((void)row.column("absent"), Error);
    }
}

TEST_F(SessionTest, SendsParametersUnchanged) {
    const double tenth = 0.1 * 3;
    const auto row = session.exec(
        {"parameters",
         "select $1::text as t, $2::bigint as i, $3::float8 as f, $4::boolean as b, $5::text as n, "
         "$6::float8 as nan, cardinality($7) as c, $8::text[] as texts, $9::uuid as u"},
        Params()
            .text("it's \"quoted\" \\ $1")
            .integer(INT64_MIN)
            .number(tenth)
            .boolean(false)
            .null()
            .number(NAN)
            .int8_array(std::vector<std::int64_t>{1, 2, 3})
            .text_array(std::vector<std::string>{"a,b", "{}", ""})
            .binary(oid::uuid, *wire::uuid_bytes("7146a078-285e-5d98-ba83-4ab8c953e126")));
    EXPECT_EQ(row.get<std::string>(0, "t"), "it's \"quoted\" \\ $1");
    EXPECT_EQ(row.get<std::int64_t>(0, "i"), INT64_MIN);
    EXPECT_EQ(row.get<double>(0, "f"), tenth);
    EXPECT_FALSE(row.get<bool>(0, "b"));
    EXPECT_FALSE(row.optional<std::string>(0, "n"));
    EXPECT_FALSE(row.optional<double>(0, "nan"));
    EXPECT_EQ(row.get<int>(0, "c"), 3);
    EXPECT_EQ(row.get<std::string>(0, "texts"), R"({"a,b","{}",""})");
    EXPECT_EQ(row.get<std::string>(0, "u"), "7146a078-285e-5d98-ba83-4ab8c953e126");
    EXPECT_EQ(session.exec({"empty array", "select cardinality($1) as c"}, Params().int8_array({}))
                  .get<int>(0, "c"),
              0);
}

TEST_F(SessionTest, RefusesAZeroByteInsteadOfCuttingTheTextShort) {
    const auto error = error_of([&] { Params().text(std::string_view("a\0b", 3)); });
    EXPECT_EQ(error.kind(), ErrorKind::data);
}

TEST_F(SessionTest, ErrorsCarryStateConstraintNameAndLine) {
    session.exec_script(
        {"setup",
         "create table parent (id integer constraint parent_pkey primary key, "
         "v integer constraint parent_v_check check (v > 0));"
         "create table child (id integer constraint child_parent_fkey references parent)"});
    session.exec({"first", "insert into parent values (1, 1)"});

    auto error = error_of([&] { session.exec({"again.sql", "insert into parent values (1, 1)"}); });
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_EQ(error.sqlstate, "23505");
    EXPECT_EQ(error.constraint, "parent_pkey");
    EXPECT_EQ(error.sql_name, "again.sql");
    EXPECT_THAT(error.what(), HasSubstr("again.sql: duplicate key"));
    EXPECT_THAT(error.what(), HasSubstr("Key (id)=(1) already exists"));

    error = error_of([&] { session.exec({"orphan", "insert into child values (2)"}); });
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_EQ(error.constraint, "child_parent_fkey");

    error = error_of([&] { session.exec({"check", "insert into parent values (2, 0)"}); });
    EXPECT_EQ(error.constraint, "parent_v_check");

    error = error_of([&] { session.exec({"number", "select 'x'::integer"}); });
    EXPECT_EQ(error.kind(), ErrorKind::data);

    error = error_of([&] {
        session.exec({"typo.sql", "select 1\nfrom parent\nwhere nonesuch = 1"});
    });
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_THAT(error.what(), HasSubstr("typo.sql at line 3"));

    error = error_of([&] { session.exec({"two", "select 1; select 2"}); });
    EXPECT_EQ(error.kind(), ErrorKind::internal);
    EXPECT_EQ(value_of(session, "select 1"), "1");
}

TEST_F(SessionTest, MissingPrivilegeIsAUsageError) {
    session.exec_script({"setup", "create table secret (id integer)"});
    // Roles belong to the server, and tests share one.
    auto name = "tb_nobody_" + db.name();
    session.exec({"role", "create role " + name});
    {
        auto nobody = db.session(name);
        const auto error = error_of([&] { nobody.exec({"peek", "select * from secret"}); });
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_EQ(error.sqlstate, "42501");
    }
    session.exec({"drop", "drop role " + name});
}

TEST_F(SessionTest, LockTimeoutSerializationAndDeadlockAreConflicts) {
    session.exec_script({"setup",
                         "create table t (id integer primary key, v integer); insert into t values "
                         "(1, 0), (2, 0)"});
    auto other = db.session();
    // Lock not available.
    session.begin();
    session.exec({"lock", "select * from t where id = 1 for update"});
    EXPECT_EQ(error_of([&] {
                  other.exec({"nowait", "select * from t where id = 1 for update nowait"});
              }).sqlstate,
              "55P03");
    session.rollback();
    // Serialization.
    session.begin("isolation level repeatable read");
    (void)value_of(session, "select sum(v) from t");
    other.exec({"update", "update t set v = v + 1 where id = 1"});
    auto error = error_of([&] { session.exec({"late", "update t set v = v + 1 where id = 1"}); });
    EXPECT_EQ(error.sqlstate, "40001");
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    session.rollback();
    // Deadlock: each holds one row and wants the other's.
    session.exec({"set", "set deadlock_timeout = '50ms'"});
    other.exec({"set", "set deadlock_timeout = '10s'"});
    session.begin();
    other.begin();
    session.exec({"a1", "update t set v = 1 where id = 1"});
    other.exec({"b2", "update t set v = 1 where id = 2"});
    std::thread waiting([&] { other.exec({"b1", "update t set v = 1 where id = 1"}); });
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    error = error_of([&] { session.exec({"a2", "update t set v = 1 where id = 2"}); });
    session.rollback();
    waiting.join();
    other.rollback();
    EXPECT_EQ(error.sqlstate, "40P01");
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
}

TEST_F(SessionTest, TransactionsRollBackUnlessCommitted) {
    session.exec_script({"setup", "create table t (id integer)"});
    {
        const Transaction transaction(session);
        session.exec({"insert", "insert into t values (1)"});
        EXPECT_TRUE(session.in_transaction());
        EXPECT_THROW(session.begin(), Error);
    }
    EXPECT_FALSE(session.in_transaction());
    EXPECT_EQ(value_of(session, "select count(*) from t"), "0");
    {
        Transaction transaction(session);
        session.exec({"insert", "insert into t values (1)"});
        transaction.commit();
    }
    EXPECT_EQ(value_of(session, "select count(*) from t"), "1");
    EXPECT_THROW(session.commit(), Error);
}

TEST_F(SessionTest, CommittingAFailedTransactionIsAnError) {
    session.begin();
    EXPECT_THROW(session.exec({"bad", "select nonesuch"}), Error);
    const auto error = error_of([&] { session.commit(); });
    EXPECT_THAT(error.what(), HasSubstr("rolled back"));
    EXPECT_FALSE(session.in_transaction());
}

TEST_F(SessionTest, AKilledBackendIsNeverReplaced) {
    session.exec_script({"setup", "create table t (id integer)"});
    session.begin();
    session.exec({"insert", "insert into t values (1)"});
    kill(session.backend_pid());
    auto error = error_of([&] { session.exec({"next", "insert into t values (2)"}); });
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_EQ(error.sql_name, "next");
    // Not by any door.
    EXPECT_EQ(error_of([&] { session.exec({"a", "select 1"}); }).kind(), ErrorKind::unavailable);
    EXPECT_EQ(error_of([&] {
                  session.exec_prepared({"a", "select 1"});
              }).kind(),
              ErrorKind::unavailable);
    EXPECT_EQ(error_of([&] {
                  session.exec_script({"a", "select 1"});
              }).kind(),
              ErrorKind::unavailable);
    EXPECT_EQ(error_of([&] { session.begin(); }).kind(), ErrorKind::unavailable);
    EXPECT_EQ(error_of([&] { session.commit(); }).kind(), ErrorKind::unavailable);
    EXPECT_EQ(error_of([&] { CopyIn(session, "t", {"id"}); }).kind(), ErrorKind::unavailable);
    EXPECT_EQ(error_of([&] {
                  session.copy_out({"a", "copy t to stdout"}, [](auto) {});
              }).kind(),
              ErrorKind::unavailable);
    const std::vector<Session::Step> steps{{{"a", "select 1"}, {}, Format::text, true}};
    EXPECT_EQ(error_of([&] { session.pipeline(steps); }).kind(), ErrorKind::unavailable);
    EXPECT_EQ(error_of([&] { session.wait_notifications(std::chrono::milliseconds(1)); }).kind(),
              ErrorKind::unavailable);
    session.rollback();
    EXPECT_FALSE(session.is_alive());
    auto other = db.session();
    EXPECT_EQ(value_of(other, "select count(*) from t"), "0");
}

TEST_F(SessionTest, IsAliveNoticesAKilledBackendWhileIdle) {
    EXPECT_TRUE(session.is_alive());
    kill(session.backend_pid());
    for (int i = 0; i < 100 && session.is_alive(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_FALSE(session.is_alive());
}

TEST_F(SessionTest, NoServerIsUnavailable) {
    const auto error = error_of([] { Session({"host=/nonexistent dbname=x", "t", {}}); });
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_EQ(error_of([] {
                  Session({"nonsense without equals", "t", {}});
              }).kind(),
              ErrorKind::usage);
    const auto absent = db.conninfo() + " dbname=absent_database";
    EXPECT_EQ(error_of([&] { Session({absent, "t", {}}); }).kind(), ErrorKind::unavailable);
}

TEST_F(SessionTest, TellsTheServerWhoItIs) {
    Session named({db.conninfo(), "trialbase it's a test", {}});
    EXPECT_EQ(
        value_of(named,
                 "select application_name from pg_stat_activity where pid = pg_backend_pid()"),
        "trialbase it's a test");
    EXPECT_EQ(value_of(named, "show client_encoding"), "UTF8");
    EXPECT_EQ(value_of(named, "show timezone"), "UTC");
    EXPECT_EQ(std::to_string(named.backend_pid()), value_of(named, "select pg_backend_pid()"));
    EXPECT_GE(named.server_version(), 150000);
}

TEST_F(SessionTest, PreparedStatementsSurviveChangesBeneathThem) {
    session.exec_script({"setup", "create table t (id integer); insert into t values (1)"});
    const Sql sql{"all", "select * from t"};
    EXPECT_EQ(session.exec_prepared(sql).columns(), 1u);
    EXPECT_EQ(session.exec_prepared(sql).columns(), 1u);
    EXPECT_EQ(value_of(session, "select count(*) from pg_prepared_statements"), "1");
    session.exec_script({"alter", "alter table t add column v integer"});
    EXPECT_EQ(session.exec_prepared(sql).columns(),
              2u);  // "cached plan must not change result type"
    session.exec_script({"discard", "discard all"});
    EXPECT_EQ(session.exec_prepared(sql).columns(), 2u);
}

TEST_F(SessionTest, PreparedStatementsDifferByParameterType) {
    const Sql sql{"echo", "select pg_typeof($1)::text"};
    std::string one;
    wire::append(one, std::int32_t{1});
    EXPECT_EQ(session.exec_prepared(sql, Params().binary(oid::int4, one)).get<std::string>(0, 0),
              "integer");
    one.clear();
    wire::append(one, std::int64_t{1});
    EXPECT_EQ(session.exec_prepared(sql, Params().binary(oid::int8, one)).get<std::string>(0, 0),
              "bigint");
}

Session::Step step(std::string name, std::string text, bool prepared = true) {
    return {{std::move(name), std::move(text)}, {}, Format::text, prepared};
}

TEST_F(SessionTest, PipelineGivesOneResultPerStepInOrder) {
    session.exec_script({"setup", "create table t (id integer)"});
    std::vector<Session::Step> steps;
    for (int i = 0; i < 1000; ++i) {
        auto one = step("insert", "insert into t values ($1) returning id");
        one.params.integer(i);
        one.prepared = i % 2 == 0;
        steps.push_back(std::move(one));
    }
    const auto results = session.pipeline(steps);
    ASSERT_EQ(results.size(), 1000u);
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(results[static_cast<std::size_t>(i)].get<int>(0, "id"), i);
    EXPECT_EQ(value_of(session, "select count(*) from t"), "1000");
    EXPECT_TRUE(session.pipeline({}).empty());
}

TEST_F(SessionTest, PipelineErrorNamesItsStatementAndUndoesAll) {
    session.exec_script({"setup", "create table t (id integer constraint t_pkey primary key)"});
    const std::vector<Session::Step> steps{
        step("one", "insert into t values (1)"), step("two", "insert into t values (2)"),
        step("duplicate", "insert into t values (1)"), step("four", "insert into t values (4)"),
        step("five", "select nonesuch")};
    const auto error = error_of([&] { session.pipeline(steps); });
    EXPECT_EQ(error.sql_name, "duplicate");
    EXPECT_EQ(error.constraint, "t_pkey");
    EXPECT_FALSE(session.in_transaction());
    EXPECT_EQ(value_of(session, "select count(*) from t"), "0");
    // A statement that cannot be parsed.
    const std::vector<Session::Step> typo{step("fine", "select 1"), step("typo", "selec 1"),
                                          step("after", "select 2")};
    EXPECT_EQ(error_of([&] { session.pipeline(typo); }).sql_name, "typo");
    const std::vector<Session::Step> fine{step("after", "select 2 as v"),
                                          step("fine", "select 1 as v")};
    EXPECT_EQ(session.pipeline(fine)[0].get<int>(0, "v"), 2);
}

TEST_F(SessionTest, PipelineInATransactionIsPartOfIt) {
    session.exec_script({"setup", "create table t (id integer)"});
    session.begin();
    session.pipeline(std::vector{step("one", "insert into t values (1)")});
    EXPECT_TRUE(session.in_transaction());
    session.rollback();
    EXPECT_EQ(value_of(session, "select count(*) from t"), "0");
}

TEST_F(SessionTest, PipelineMovesMoreThanTheSocketBuffersHold) {
    // 200 statements of 100 kB whose answers are as long: without reading meanwhile, both sides
    // would wait for ever.
    std::vector<Session::Step> steps;
    for (int i = 0; i < 200; ++i) {
        auto one = step("echo", "select $1::text as v");
        one.params.text(std::string(100'000, static_cast<char>('a' + i % 26)));
        steps.push_back(std::move(one));
    }
    const auto results = session.pipeline(steps);
    EXPECT_EQ(results[199].get<std::string>(0, "v"),
              std::string(100'000, static_cast<char>('a' + 199 % 26)));
}

TEST_F(SessionTest, PipelineOnAKilledBackendIsUnavailable) {
    std::vector<Session::Step> steps{step("one", "select pg_terminate_backend(pg_backend_pid())"),
                                     step("two", "select 1")};
    EXPECT_EQ(error_of([&] { session.pipeline(steps); }).kind(), ErrorKind::unavailable);
    EXPECT_EQ(error_of([&] { session.exec({"a", "select 1"}); }).kind(), ErrorKind::unavailable);
}

TEST_F(SessionTest, CopyOutStreamsAndCounts) {
    std::string all;
    const auto rows = session.copy_out({"copy", "copy (select generate_series(1, 5)) to stdout"},
                                       [&](std::string_view chunk) { all += chunk; });
    EXPECT_EQ(rows, 5);
    EXPECT_EQ(all, "1\n2\n3\n4\n5\n");
}

TEST_F(SessionTest, CopyOutPassesTheSinksErrorAndLeavesTheSessionUsable) {
    int chunks = 0;
    EXPECT_THROW(session.copy_out({"copy", "copy (select generate_series(1, 5000000)) to stdout"},
                                  [&](std::string_view) {
                                      if (++chunks == 3) throw std::runtime_error("disk full");
                                  }),
                 std::runtime_error);
    EXPECT_EQ(chunks, 3);
    EXPECT_EQ(value_of(session, "select 1"), "1");
}

TEST_F(SessionTest, CopyOutErrorsInTheMiddleAreErrors) {
    const auto error = error_of([&] {
        session.copy_out(
            {"divide", "copy (select 1 / (1000 - g) from generate_series(1, 2000) as g) to stdout"},
            [](std::string_view) {});
    });
    EXPECT_EQ(error.sqlstate, "22012");
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_THROW(session.copy_out({"no copy", "select 1"}, [](auto) {}), Error);
    EXPECT_EQ(value_of(session, "select 1"), "1");
}

TEST_F(SessionTest, CopyThroughTheWrongDoorIsRefusedAndUndone) {
    session.exec_script({"setup", "create table t (id integer)"});
    EXPECT_THROW(session.exec({"in", "copy t from stdin"}), Error);
    EXPECT_EQ(value_of(session, "select 1"), "1");
    EXPECT_THROW(session.exec({"out", "copy (select 1) to stdout"}), Error);
    EXPECT_THROW(session.copy_out({"in", "copy t from stdin"}, [](auto) {}), Error);
    EXPECT_EQ(value_of(session, "select 1"), "1");
}

TEST_F(SessionTest, WaitsForNotifications) {
    session.listen("tb channel");
    EXPECT_TRUE(session.wait_notifications(std::chrono::milliseconds(20)).empty());
    std::thread sender([&] {
        auto other = db.session();
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        other.exec({"notify", "select pg_notify('tb channel', 'payload')"});
    });
    const auto got = session.wait_notifications(std::chrono::seconds(10));
    sender.join();
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].channel, "tb channel");
    EXPECT_EQ(got[0].payload, "payload");
}

TEST_F(SessionTest, WaitingEndsWhenTheWakeDescriptorIsReadable) {
    session.listen("c");
    const int wake = ::eventfd(0, EFD_CLOEXEC);
    std::thread waker([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        const std::uint64_t one = 1;
        EXPECT_EQ(::write(wake, &one, sizeof one), 8);
    });
    {
        testing::Watchdog watchdog([&] { db.session().exec({"notify", "notify c"}); });
        EXPECT_TRUE(session.wait_notifications(std::chrono::hours(1), wake).empty());
    }
    waker.join();
    ::close(wake);
}

TEST_F(SessionTest, WaitingOnAKilledBackendIsUnavailable) {
    session.listen("c");
    kill(session.backend_pid());
    EXPECT_EQ(error_of([&] { session.wait_notifications(std::chrono::seconds(5)); }).kind(),
              ErrorKind::unavailable);
}

TEST_F(SessionTest, CancelEndsARunningStatement) {
    std::thread canceller([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        session.cancel();
    });
    const auto error = error_of([&] { session.exec({"sleep", "select pg_sleep(30)"}); });
    canceller.join();
    EXPECT_EQ(error.sqlstate, "57014");
    EXPECT_EQ(value_of(session, "select 1"), "1");
}

TEST_F(SessionTest, QuotesNamesAndValues) {
    EXPECT_EQ(session.quote_identifier("a\"b"), "\"a\"\"b\"");
    EXPECT_EQ(value_of(session, "select " + session.quote_literal("it's \\ here")), "it's \\ here");
}

TEST_F(SessionTest, CanBeMoved) {
    Session moved = std::move(session);
    EXPECT_EQ(value_of(moved, "select 1"), "1");
    session = db.session();
    EXPECT_EQ(value_of(session, "select 2"), "2");
}

}  // namespace
}  // namespace tb::db
