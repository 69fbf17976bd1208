#include "src/db/sqlstate.hpp"

#include "src/db/session.hpp"
#include "tests/support/test_database.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::db {
namespace {

using ::testing::HasSubstr;

Error of_state(const std::string& sqlstate) {
    Error error(class_of(sqlstate).kind, "said by the server");
    error.sqlstate = sqlstate;
    return error;
}

struct Expected {
    const char* sqlstate;
    Trouble trouble;
    int status;  ///< exit status
};

// One row per situation that people meet; the states are those of PostgreSQL's appendix A.
const Expected expected[] = {
    {"08006", Trouble::outage, 5},      // connection failure
    {"57P01", Trouble::outage, 5},      // administrator's shutdown
    {"57P03", Trouble::outage, 5},      // starting up
    {"57P05", Trouble::outage, 5},      // idle_session_timeout
    {"25P03", Trouble::outage, 5},      // idle_in_transaction_session_timeout
    {"25006", Trouble::outage, 5},      // read-only
    {"53300", Trouble::outage, 5},      // no more connections
    {"40003", Trouble::outage, 5},      // whether it was done is not known
    {"40001", Trouble::passing, 4},     // serialization
    {"40P01", Trouble::passing, 4},     // deadlock
    {"55P03", Trouble::passing, 4},     // lock_timeout
    {"53100", Trouble::passing, 7},     // disk full
    {"53200", Trouble::passing, 7},     // out of memory
    {"58030", Trouble::passing, 7},     // I/O error
    {"57014", Trouble::own, 5},         // statement_timeout, or cancelled
    {"22P02", Trouble::own, 6},         // text that is no number
    {"21000", Trouble::own, 6},         // several rows of a subquery
    {"54000", Trouble::own, 6},         // larger than the server's limits
    {"53400", Trouble::own, 7},         // temp_file_limit
    {"23505", Trouble::own, 4},         // unique
    {"23514", Trouble::own, 4},         // check
    {"40002", Trouble::own, 4},         // constraint at commit
    {"P0001", Trouble::own, 4},         // a trigger's raise
    {"XX001", Trouble::own, 7},         // damaged data
    {"XX000", Trouble::own, 7},         // the server's own fault is not ours
    {"HV00N", Trouble::own, 7},         // foreign server
    {"42501", Trouble::permission, 2},  // may not
    {"28P01", Trouble::permission, 2},  // wrong password
    {"3D000", Trouble::usage, 3},       // no such database
    {"42P01", Trouble::schema, 4},      // no such table
    {"42703", Trouble::schema, 4},      // no such column
    {"TB013", Trouble::schema, 4},      // newer code version
    {"TB011", Trouble::passing, 4},     // claim lost or inputs changed
    {"TB009", Trouble::own, 4},         // parts without their master
    {"42601", Trouble::defect, 70},     // syntax
    {"25P02", Trouble::defect, 70},     // in a failed transaction
    {"ZZZZZ", Trouble::own, 7},         // nobody knows it
};

}  // namespace

TEST(Sqlstate, EachHasOneClassThatTellsWhatToDoAndTheExitStatus) {
    for (const auto& one : expected) {
        EXPECT_EQ(to_string(class_of(one.sqlstate).trouble), to_string(one.trouble))
            << one.sqlstate;
        EXPECT_EQ(static_cast<int>(class_of(one.sqlstate).kind), one.status) << one.sqlstate;
        EXPECT_EQ(trouble_of(of_state(one.sqlstate)), one.trouble) << one.sqlstate;
    }
}

TEST(Sqlstate, NoPrefixStandsTwiceAndOnlyDefectsAreInternal) {
    std::set<std::string_view> seen;
    for (const auto& one : sqlstate_classes()) {
        EXPECT_TRUE(seen.insert(one.prefix).second) << one.prefix;
        EXPECT_EQ(one.kind == ErrorKind::internal, one.trouble == Trouble::defect) << one.prefix;
        EXPECT_EQ(one.trouble == Trouble::outage,
                  one.kind == ErrorKind::unavailable && one.prefix != "57014")
            << one.prefix;
    }
}

TEST(Sqlstate, ALostConnectionIsAnOutageWhateverTheServerSaidLast) {
    Error lost(ErrorKind::unavailable, "connection lost: ...");
    EXPECT_TRUE(is_outage(lost));
    lost.sqlstate = "23505";
    EXPECT_TRUE(is_outage(lost));
    EXPECT_FALSE(is_outage(of_state("57014"))) << "a cancelled statement is no lost database";
    EXPECT_FALSE(is_passing(of_state("57014")));
    EXPECT_TRUE(is_passing(of_state("40001")));
    EXPECT_FALSE(is_outage(of_state("40001")));
}

TEST(Sqlstate, ErrorsOfOursAreToldByTheirKind) {
    EXPECT_EQ(trouble_of(Error(ErrorKind::usage, "x")), Trouble::usage);
    EXPECT_EQ(trouble_of(Error(ErrorKind::internal, "x")), Trouble::defect);
    EXPECT_EQ(trouble_of(Error(ErrorKind::data, "x")), Trouble::own);
}

TEST(Sqlstate, AServerThatTakesNoChangesSaysHowToNameAnother) {
    testing::TestDatabase database;
    {
        auto admin = database.session();
        admin.exec({"read-only", "alter database " + database.name() +
                                     " set default_transaction_read_only = on"});
    }
    auto session = database.session();
    const auto caught = [&](const auto& call) {
        try {
            call();
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "no error";
        return Error(ErrorKind::internal, "none");
    };
    const auto refused = caught([&] { session.exec({"write", "create table public.x (i int)"}); });
    EXPECT_EQ(refused.kind(), ErrorKind::unavailable);
    EXPECT_EQ(refused.sqlstate, "25006");
    EXPECT_THAT(refused.hint(), HasSubstr("target_session_attrs=read-write"));
    EXPECT_TRUE(is_outage(refused));
    // A transaction that only reads by our own wish blames nobody else.
    const auto own = caught([&] {
        Transaction transaction(session, "read only");
        session.exec({"write", "create table public.x (i int)"});
    });
    EXPECT_EQ(own.kind(), ErrorKind::usage);
    EXPECT_FALSE(is_outage(own));
    EXPECT_EQ(caught([&] {
                  session.exec({"write", "create table public.x (i int)"});
              }).kind(),
              ErrorKind::unavailable);
    const std::vector<Session::Step> steps{
        {{"begin fetch", "begin isolation level repeatable read read only"}, {}},
        {{"write", "create table public.x (i int)"}, {}},
        {{"commit", "commit"}, {}}};
    const auto in_pipeline = caught([&] { session.pipeline(steps); });
    EXPECT_EQ(in_pipeline.kind(), ErrorKind::usage);
    session.rollback();
}

TEST(Sqlstate, AMissingRightNamesTheRoles) {
    testing::TestDatabase database;
    auto analyst = database.session("trialbase_analyst");
    try {
        analyst.exec({"write", "delete from core.session"});
        ADD_FAILURE() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.hint(), HasSubstr("grant trialbase_worker"));
    }
}

}  // namespace tb::db
