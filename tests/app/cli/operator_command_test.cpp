// trialbase populate, workers, runs, status and errors, as an operator calls them.
#include "tests/app/cli/two_sessions.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace tb::app {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using OperatorCommand = testing_support::TwoSessions;
using testing_support::session_1;
constexpr auto session_2 = testing_support::session_2;

TEST_F(OperatorCommand, RunsTellsTheHistoryOfATableAndOfAKey) {
    {
        const auto ran = run({"populate", "task.session_performance", "--workers", "2"});
        ASSERT_EQ(ran.status, 0) << ran.message;
    }
    auto rows = json::parse(run({"runs", "--table", "task.session_performance"}).out);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0]["table_name"], "task.session_performance");
    EXPECT_EQ(rows[0]["outcome"], "current");
    EXPECT_EQ(rows[0]["attempt"], 1);
    EXPECT_GE(rows[0]["version"].get<int>(), 1);
    EXPECT_GE(rows[0]["compute_s"].get<double>(), 0);
    EXPECT_GE(rows[0]["fetch_s"].get<double>(), 0);
    EXPECT_FALSE(rows[0]["worker"].get<std::string>().empty());
    // Recomputed: the key's present run and the one before it, newest first; the other key has one.
    run_sql(std::string(
                "update task.choice_trial set response_s = response_s + 0.5 where session_id = '") +
            session_1 + "'");
    ASSERT_EQ(run({"populate", "task.session_performance"}).status, 0);
    rows = json::parse(run({"runs", "--key", std::string("session_id=") + session_1}).out);
    ASSERT_EQ(rows.size(), 2U);
    std::set<std::string> outcomes{rows[0]["outcome"], rows[1]["outcome"]};
    EXPECT_EQ(outcomes, (std::set<std::string>{"current", "replaced"}));
    EXPECT_EQ(rows[0]["outcome"], "current");
    EXPECT_EQ(
        json::parse(run({"runs", "--key", std::string("session_id=") + session_2}).out).size(), 1U);
    EXPECT_EQ(json::parse(run({"runs", "--table", "task.session_performance", "--limit", "1"}).out)
                  .size(),
              1U);
    EXPECT_EQ(json::parse(run({"runs", "--table", "reaction_time"}).out).size(), 0U);
    // Sessions as other commands name them.
    for (const auto* name : {session_1, "a1/2019-05-02", "alpha/a1/2019-05-02/001"})
        EXPECT_EQ(json::parse(run({"runs", "--key", name}).out).size(), 2U) << name;
    EXPECT_EQ(run({"runs", "--key", "0000"}).status, 2) << "several";
    EXPECT_EQ(run({"runs", "--key", "nosuch"}).status, 3);
    const auto told = [&](std::vector<std::string> words) {
        Context context;
        context.dsn = database_.conninfo();
        return testing_support::run_command(context, {add_runs_command}, std::move(words)).err;
    };
    EXPECT_THAT(told({"runs", "--key", "subject_id=none"}),
                HasSubstr("no run has a key that begins with subject_id=none; keys begin with "
                          "session_id="));
    EXPECT_THAT(told({"runs", "reaction_time", "--key", session_1}),
                HasSubstr("no run of reaction_time has a key of session"));
    const auto slip = run({"runs", "reaction_tim"});
    EXPECT_EQ(slip.status, 3) << slip.message;
    EXPECT_THAT(slip.hint, HasSubstr("reaction_time"));
    const auto unknown = run({"runs", "--table", "nonsense"});
    EXPECT_NE(unknown.status, 0);
    EXPECT_THAT(unknown.message, HasSubstr("nonsense"));
    EXPECT_THAT(run({"runs"}, false).out, HasSubstr("task.session_performance"));
}

TEST_F(OperatorCommand, WorkersTellsWhoIsAliveWhatEachDoesAndItsRate) {
    EXPECT_EQ(json::parse(run({"workers"}).out).size(), 0U);
    ASSERT_EQ(run({"populate", "--workers", "2"}).status, 0);
    EXPECT_EQ(json::parse(run({"workers"}).out).size(), 0U) << "those that ended are left out";
    auto rows = json::parse(run({"workers", "--all"}).out);
    ASSERT_EQ(rows.size(), 2U);
    std::int64_t done = 0;
    for (const auto& row : rows) {
        EXPECT_EQ(row["state"], "stopped");
        EXPECT_TRUE(row["doing"].is_null());
        done += row["done"].get<std::int64_t>();
    }
    // A key that the other worker computed before all of its inputs were there is computed again.
    EXPECT_EQ(std::to_string(done),
              value("select (select count(*) from engine.run) + (select count(*) from "
                    "engine.run_history where outcome = 'replaced')"))
        << "each worker counts its own";
    run_sql(
        "select engine.worker_start('00000000-0000-0000-0000-00000000000a', 'far', 7, 'eve', "
        "'1.2', 'abc', '1 hour');"
        "update engine.worker set started_at = clock_timestamp() - interval '10 s' where host = "
        "'far';"
        "select engine.worker_heartbeat('00000000-0000-0000-0000-00000000000a', '1 hour', "
        "'toy.total (3 keys) x=1', 50, 2)");
    rows = json::parse(run({"workers"}).out);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0]["state"], "alive");
    EXPECT_EQ(rows[0]["host"], "far");
    EXPECT_EQ(rows[0]["pid"], 7);
    EXPECT_EQ(rows[0]["os_user"], "eve");
    EXPECT_EQ(rows[0]["version"], "1.2 abc");
    EXPECT_EQ(rows[0]["doing"], "toy.total (3 keys) x=1");
    EXPECT_EQ(rows[0]["done"], 50);
    EXPECT_EQ(rows[0]["failed"], 2);
    EXPECT_NEAR(rows[0]["keys_per_s"].get<double>(), 5, 0.2);
    EXPECT_EQ(rows[0]["started_utc"].get<std::string>().size(), 19U);
}

TEST_F(OperatorCommand, PopulateEndsWithTheStatusOfPartialSuccessAndListsFailures) {
    // A restriction of the table refuses one session's row.
    run_sql(
        std::string(
            "alter table task.session_performance add constraint refused check (session_id <> '") +
        session_1 + "')");
    const auto ran = run({"populate", "task.session_performance"});
    EXPECT_EQ(ran.status, 8);
    const auto facts = json::parse(ran.out);
    EXPECT_EQ(facts["done"], 1);
    EXPECT_EQ(facts["errors"], 1);
    ASSERT_EQ(facts["failures"].size(), 1U);
    EXPECT_EQ(facts["failures"][0]["key"], std::string("session_id=") + session_1);
    EXPECT_THAT(facts["failures"][0]["type"].get<std::string>(), StartsWith("SQLSTATE 23514"));
    EXPECT_THAT(run({"errors"}, false).out, HasSubstr("refused"));
    EXPECT_EQ(run({"populate", "task.session_performance"}).status, 0)
        << "left alone until released";
    for (const auto& row : json::parse(run({"status", "task.session_performance"}).out)) {
        EXPECT_EQ(row["error"], 1);
        EXPECT_EQ(row["done"], 1);
        EXPECT_EQ(row["pending"], 0);
    }
}

}  // namespace
}  // namespace tb::app
