#include "trialbase/computed_table.hpp"
#include "trialbase/error.hpp"

#include <set>

#include <gtest/gtest.h>

namespace tb {
namespace {

TEST(ComputedTables, HaveNamesCodeVersionsAndFetchesThatSelectTheKeyNumberFirst) {
    std::set<std::string> names;
    for (const ComputedTable& table : computed_tables()) {
        SCOPED_TRACE(table.name);
        EXPECT_TRUE(names.insert(table.name).second) << "listed twice";
        EXPECT_GE(table.code_version, 1);
        EXPECT_TRUE(table.compute);
        ASSERT_FALSE(table.fetches.empty());
        for (const Fetch& fetch : table.fetches) {
            EXPECT_NE(fetch.sql.find("key_no,"), std::string::npos) << fetch.name;
            EXPECT_NE(fetch.sql.rfind("order by"), std::string::npos) << fetch.name;
        }
    }
    // That these are the tables which the schema registers is asked in tests/app/cli.
    EXPECT_TRUE(names.contains("task.session_performance"));
    EXPECT_TRUE(names.contains("photometry.session_performance"));
}

TEST(ComputeSqlText, RefusesAFileThatIsNotEmbedded) {
    try {
        (void)compute_sql_text("task/no_such_table.sql");
        FAIL() << "an error was expected";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::internal);
        EXPECT_NE(std::string(error.what()).find("compute/task/no_such_table.sql"),
                  std::string::npos);
    }
}

}  // namespace
}  // namespace tb
