#include "src/db/condition.hpp"

#include "src/populate/where.hpp"
#include "tests/support/test_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::db {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Error refusal(Session& session, const std::string& from, const std::string& where) {
    try {
        check_condition(session, from, where);
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "the condition was taken: " << where;
    return {ErrorKind::internal, ""};
}

TEST(CheckCondition, NamesTheNearestColumnAndListsAll) {
    tb::testing::TestDatabase database;
    auto session = database.session();
    EXPECT_NO_THROW(check_condition(session, "core.lab", "lab_name = 'x' -- a comment"));
    const auto error = refusal(session, "core.lab", "lab_nmae = 'x'");
    EXPECT_EQ(error.exit_status(), 2);
    EXPECT_STREQ(error.what(),
                 "cannot use --where \"lab_nmae = 'x'\": column \"lab_nmae\" does not exist");
    EXPECT_THAT(error.hint(), StartsWith("Did you mean lab_name? Columns it may use: lab_name, "));
    EXPECT_THAT(refusal(session, "core.lab", "lab.lab_nmae = 'x'").hint(),
                StartsWith("Did you mean lab_name? "));
}

TEST(CheckCondition, RefusesWhateverTheServerCannotRead) {
    tb::testing::TestDatabase database;
    auto session = database.session();
    for (const auto* where : {"lab_name =", "lab_name = 1", "lab_name", "count(*) > 1", "1/0 = 1",
                              "lab_name = 'unfinished", "no_such_function(lab_name)",
                              "true; drop table core.lab", "institution::date = 'x'::date"}) {
        const auto error = refusal(session, "core.lab", where);
        EXPECT_EQ(error.exit_status(), 2) << where;
        EXPECT_THAT(error.hint(), HasSubstr("Columns it may use: lab_name, ")) << where;
    }
    EXPECT_EQ(tb::testing::value_of(session, "select to_regclass('core.lab') is not null"), "t");
}

TEST(CheckCondition, KnowsTheSessionsColumnsForKeysOfComputedTables) {
    tb::testing::TestDatabase database;
    auto session = database.session();
    const auto tables =
        populate::select_tables(populate::read_tables(session), {"task.session_performance"});
    EXPECT_NO_THROW(populate::check_key_condition(session, tables[0], "lab_name = 'x'"));
    try {
        populate::check_key_condition(session, tables[0], "subject_nicknam = 'x'");
        FAIL() << "taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.exit_status(), 2);
        EXPECT_THAT(error.what(), HasSubstr(" on the keys of task.session_performance: "));
        EXPECT_THAT(error.hint(), StartsWith("Did you mean subject_nickname? "));
    }
}

}  // namespace
}  // namespace tb::db
