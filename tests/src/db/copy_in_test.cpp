#include "src/db/session.hpp"
#include "src/db/wire.hpp"
#include "tests/support/test_database.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::db {
namespace {

using ::testing::HasSubstr;
using testing::TestDatabase;
using testing::value_of;

constexpr const char* tables_sql = R"(
create schema s;
create type s.colour as enum ('red', 'green');
create domain s.seconds as double precision check (value > '-infinity' and value < 'infinity');
create domain s.wait as s.seconds check (value >= 0);
create domain s.label as text;
create table s.all_types (
    id integer constraint all_types_pkey primary key,
    b boolean, i2 smallint, i8 bigint, f4 real, f8 double precision, wait s.wait, t text, v varchar(5), label s.label,
    colour s.colour, u uuid, ts timestamptz, ts_plain timestamp, d date, j json, jb jsonb, raw bytea,
    f8s double precision[], i4s integer[], texts text[], waits s.wait[], "odd name" integer
);
)";

class CopyInTest : public ::testing::Test {
  protected:
    CopyInTest() { session.exec_script({"setup", tables_sql}); }

    std::string all(const std::string& column) {
        return value_of(session, "select " + column + " from s.all_types where id = 1");
    }
    /// What the error of one put says; empty when it was taken.
    template <class Put>
    std::string refused(const std::string& column, Put put) {
        try {
            CopyIn copy(session, "s.all_types", {"id", column});
            copy.next_row();
            copy.put(++id_);
            put(copy);
            copy.finish();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
            return error.what();
        }
        return {};
    }

    TestDatabase db{TestDatabase::Content::empty};
    Session session = db.session();

  private:
    int id_ = 100;
};

TEST_F(CopyInTest, WritesEveryType) {
    CopyIn copy(
        session, "s.all_types",
        {"id", "b",        "i2", "i8", "f4", "f8",  "wait", "t",   "v",     "label", "colour",  "u",
         "ts", "ts_plain", "d",  "j",  "jb", "raw", "f8s",  "i4s", "texts", "waits", "odd name"});
    copy.next_row();
    copy.put(1);
    copy.put(true);
    copy.put(-32768);
    copy.put(std::numeric_limits<std::int64_t>::min());
    copy.put(0.5);
    copy.put(0.1 * 3);
    copy.put(2);  // an integer into a domain over double precision
    copy.put("µL \"x\"");
    copy.put("five!");
    copy.put(std::optional<std::string>("label"));
    copy.put("green");
    copy.put("7146A078-285e-5d98-ba83-4ab8c953e126");
    copy.put("2020-02-29T12:00:00.25+02:00");
    copy.put("2020-02-29 12:00:00");
    copy.put("1999-12-31");
    copy.put("{\"a\": [1]}");
    copy.put("{\"a\": [1]}");
    copy.put(std::string_view("\0\xff", 2));
    copy.put_array(std::vector<double>{1.5, NAN, -2});
    copy.put_array(std::vector<std::int64_t>{1, 2});
    copy.put_array(std::vector<std::string>{"a", "", "c,d"});
    copy.put_array(std::vector<double>{});
    copy.put(5);
    EXPECT_EQ(copy.finish(), 1);

    EXPECT_EQ(all("b"), "t");
    EXPECT_EQ(all("i2"), "-32768");
    EXPECT_EQ(all("i8"), "-9223372036854775808");
    EXPECT_EQ(all("f4"), "0.5");
    EXPECT_EQ(all("f8 = 0.1::float8 * 3"), "t");
    EXPECT_EQ(all("wait"), "2");
    EXPECT_EQ(all("t"), "µL \"x\"");
    EXPECT_EQ(all("v"), "five!");
    EXPECT_EQ(all("label"), "label");
    EXPECT_EQ(all("colour"), "green");
    EXPECT_EQ(all("u"), "7146a078-285e-5d98-ba83-4ab8c953e126");
    EXPECT_EQ(all("ts"), "2020-02-29 10:00:00.25+00");
    EXPECT_EQ(all("ts_plain"), "2020-02-29 12:00:00");
    EXPECT_EQ(all("d"), "1999-12-31");
    EXPECT_EQ(all("j ->> 'a'"), "[1]");
    EXPECT_EQ(all("jb"), "{\"a\": [1]}");
    EXPECT_EQ(all("raw"), "\\x00ff");
    EXPECT_EQ(all("f8s"), "{1.5,NULL,-2}");
    EXPECT_EQ(all("i4s"), "{1,2}");
    EXPECT_EQ(all("texts"), "{a,\"\",\"c,d\"}");
    EXPECT_EQ(all("waits"), "{}");
    EXPECT_EQ(all("\"odd name\""), "5");
}

TEST_F(CopyInTest, StoresNaNAsNull) {
    CopyIn copy(session, "s.all_types", {"id", "f8", "wait", "f4", "i2", "t"});
    copy.next_row();
    copy.put(1);
    copy.put(NAN);
    copy.put(NAN);
    copy.put(NAN);
    copy.put(NAN);
    copy.put(std::optional<std::string>());
    copy.finish();
    EXPECT_EQ(all("num_nulls(f8, wait, f4, i2, t)"), "5");
}

TEST_F(CopyInTest, RefusesValuesThatTheTypeCannotHoldAndNamesThem) {
    EXPECT_THAT(refused("i2", [](auto& copy) { copy.put(40000); }),
                HasSubstr("s.all_types row 1: column 'i2' of type smallint cannot hold 40000"));
    EXPECT_NE(refused("i8", [](auto& copy) { copy.put(1.5); }), "");
    EXPECT_NE(refused("i2", [](auto& copy) { copy.put(1e9); }), "");
    EXPECT_NE(refused("f4", [](auto& copy) { copy.put(1e300); }), "");
    EXPECT_NE(refused("f8", [](auto& copy) { copy.put(std::int64_t{9007199254740993}); }), "");
    EXPECT_NE(refused("f8", [](auto& copy) { copy.put("1.5"); }), "");
    EXPECT_NE(refused("f8", [](auto& copy) { copy.put(true); }), "");
    EXPECT_NE(refused("b", [](auto& copy) { copy.put(1); }), "");
    EXPECT_NE(refused("t", [](auto& copy) { copy.put(1); }), "");
    EXPECT_NE(refused("t", [](auto& copy) { copy.put(1.0); }), "");
    EXPECT_NE(refused("u", [](auto& copy) { copy.put("not-a-uuid"); }), "");
    EXPECT_NE(refused("ts", [](auto& copy) { copy.put("yesterday"); }), "");
    EXPECT_NE(refused("d", [](auto& copy) { copy.put("2020-02-30"); }), "");
    EXPECT_NE(
        refused("i4s", [](auto& copy) { copy.put_array(std::vector<std::int64_t>{1LL << 40}); }),
        "");
    EXPECT_NE(refused("t", [](auto& copy) { copy.put_array(std::vector<double>{1}); }), "");
    EXPECT_THAT(refused("t", [](auto& copy) { copy.put("latin1 \xb5"); }),
                HasSubstr("'latin1 \\xb5', which is not UTF-8"));
    EXPECT_NE(refused("label", [](auto& copy) { copy.put(std::string_view("a\0b", 3)); }), "");
    EXPECT_NE(
        refused("texts", [](auto& copy) { copy.put_array(std::vector<std::string>{"\xff"}); }), "");
    // Nothing of it was kept, and the session is as good as before.
    EXPECT_EQ(value_of(session, "select count(*) from s.all_types"), "0");
}

TEST_F(CopyInTest, ServerErrorsNameConstraintAndCopy) {
    for (const int second : {1, 2}) {
        CopyIn copy(session, "s.all_types", {"id", "wait"});
        copy.next_row();
        copy.put(1);
        copy.put(0.0);
        copy.next_row();
        copy.put(second);
        copy.put(second == 2 ? -1.0 : 1.0);
        try {
            copy.finish();
            FAIL() << "taken";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::conflict);
            EXPECT_EQ(error.constraint, second == 1 ? "all_types_pkey" : "wait_check");
            EXPECT_EQ(error.sql_name, "copy into s.all_types");
            EXPECT_THAT(error.what(), HasSubstr("COPY all_types, line 2"));
        }
    }
    EXPECT_EQ(value_of(session, "select count(*) from s.all_types"), "0");
}

TEST_F(CopyInTest, AnUnfinishedCopyLeavesNothingBehind) {
    {
        CopyIn copy(session, "s.all_types", {"id"});
        copy.next_row();
        copy.put(1);
        EXPECT_THROW(session.exec({"meanwhile", "select 1"}), Error);
    }
    EXPECT_EQ(value_of(session, "select count(*) from s.all_types"), "0");
    session.begin();
    { CopyIn copy(session, "s.all_types", {"id"}); }
    EXPECT_THROW(session.exec({"after", "select 1"}),
                 Error);  // the abort has failed the transaction
    session.rollback();
    EXPECT_EQ(value_of(session, "select 1"), "1");
}

TEST_F(CopyInTest, MiscountedRowsAreOurMistake) {
    CopyIn copy(session, "s.all_types", {"id", "t"});
    EXPECT_THROW(copy.put(1), Error);  // before next_row
    copy.next_row();
    copy.put(1);
    EXPECT_THROW(copy.next_row(), Error);
    copy.put("x");
    EXPECT_THROW(copy.put("y"), Error);
}

TEST_F(CopyInTest, UnknownTablesAndColumnsAreNamed) {
    EXPECT_THROW(CopyIn(session, "s.absent", {"id"}), Error);
    try {
        CopyIn copy(session, "s.all_types", {"absent"});
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("no column 'absent'"));
    }
    EXPECT_EQ(value_of(session, "select 1"), "1");
}

TEST_F(CopyInTest, WritesManyChunks) {
    session.exec_script(
        {"setup", "create table s.many (id integer primary key, v float8, t text)"});
    CopyIn copy(session, "s.many", {"id", "v", "t"});
    for (int i = 0; i < 200'000; ++i) {
        copy.next_row();
        copy.put(i);
        copy.put(i / 8.0);
        copy.put("row");
    }
    EXPECT_EQ(copy.finish(), 200'000);
    EXPECT_EQ(
        value_of(session,
                 "select sum(v) = 199999.0 * 200000 / 2 / 8 and count(t) = 200000 from s.many"),
        "t");
}

TEST_F(CopyInTest, AKilledBackendDuringCopyIsUnavailable) {
    auto other = db.session();
    CopyIn copy(session, "s.all_types", {"id", "t"});
    other.exec({"kill", "select pg_terminate_backend($1::integer)"},
               Params().integer(session.backend_pid()));
    try {
        for (int i = 0; i < 2'000'000; ++i) {
            copy.next_row();
            copy.put(i);
            copy.put("some text to fill the buffers");
        }
        copy.finish();
        FAIL() << "taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable) << error.what();
    }
}

TEST_F(CopyInTest, NoticesTablesThatAScriptHasChanged) {
    { CopyIn(session, "s.all_types", {"id"}).finish(); }
    session.exec_script({"alter", "alter table s.all_types alter column i2 type bigint"});
    CopyIn copy(session, "s.all_types", {"id", "i2"});
    copy.next_row();
    copy.put(1);
    copy.put(std::int64_t{1} << 40);
    copy.finish();
    EXPECT_EQ(all("i2"), "1099511627776");
}

}  // namespace
}  // namespace tb::db
