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
        EXPECT_TRUE(table.name.starts_with("task.") || table.name.starts_with("photometry."));
        EXPECT_GE(table.code_version, 1);
        EXPECT_TRUE(table.compute);
        ASSERT_FALSE(table.fetches.empty());
        for (const Fetch& fetch : table.fetches) {
            EXPECT_NE(fetch.sql.find("key_no,"), std::string::npos) << fetch.name;
            EXPECT_NE(fetch.sql.rfind("order by "), std::string::npos) << fetch.name;
        }
    }
    EXPECT_EQ(names,
              (std::set<std::string>{
                  "task.session_performance", "task.psychometric_fit", "task.reaction_time",
                  "task.training_history", "task.pooled_psychometric_fit", "photometry.raw_qc",
                  "photometry.session_check", "photometry.signal_qc", "photometry.preprocessed",
                  "photometry.response_set", "task.wheel_velocity", "task.wheel_movement_set",
                  "photometry.subject_catalog", "photometry.session_performance"}));
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
