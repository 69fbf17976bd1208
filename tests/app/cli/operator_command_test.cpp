// trialbase populate, workers, runs, status and errors, as an operator calls them.
#include "tests/app/cli/run_command.hpp"
#include "tests/support/test_database.hpp"

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

constexpr const char* session_1 = "00000000-0000-0000-0000-000000000011";
constexpr const char* session_2 = "00000000-0000-0000-0000-000000000012";

using testing_support::Ran;

class OperatorCommand : public ::testing::Test {
  protected:
    OperatorCommand() : session_(database_.session()) {
        spdlog::set_level(spdlog::level::off);
        // Two sessions of ten trials each.
        run_sql(R"sql(
            insert into core.lab (lab_name, time_zone) values ('alpha', 'UTC');
            insert into core.subject (subject_id, lab_name, nickname)
            values ('00000000-0000-0000-0000-000000000001', 'alpha', 'a1');
            insert into core.session (session_id, subject_id, lab_name, session_date, session_number, start_time, task_protocol, is_protocol_inferred, source)
            select ('00000000-0000-0000-0000-00000000001' || s)::uuid, '00000000-0000-0000-0000-000000000001', 'alpha',
                   date '2019-05-01' + s, 1, timestamptz '2019-05-01 09:30+00' + s * interval '1 day', 'trainingChoiceWorld', false, 'ibl'
            from generate_series(1, 2) as s;
            insert into task.choice_session (session_id, n_trials, n_correct, trials_start_s, trials_end_s, stim_on_status, response_status, feedback_status)
            select session_id, 10, 5, 0, 100, 'complete', 'complete', 'complete' from core.session;
            insert into task.choice_trial (session_id, trial, start_s, end_s, stim_on_s, response_s, feedback_s, contrast_left, contrast_right,
                                           probability_left, choice, feedback_type)
            select session_id, t, 10 * (t - 1), 10 * (t - 1) + 9, 10 * (t - 1) + 1, 10 * (t - 1) + 2, 10 * (t - 1) + 2,
                   case when t % 2 = 0 then 1 end, case when t % 2 = 1 then 1 end, 0.5, case when t % 2 = 0 then 1 else -1 end, 1
            from core.session cross join generate_series(1, 10) as t;)sql");
    }
    void run_sql(const std::string& sql) { session_.exec_script({"test", sql}); }
    std::string value(const std::string& sql) { return testing::value_of(session_, sql); }

    Ran run(std::vector<std::string> arguments, bool as_json = true) {
        Context context;
        context.dsn = database_.conninfo();
        context.json = as_json;
        context.quiet = true;
        return testing_support::run_command(
            context,
            {add_populate_command, add_workers_command, add_runs_command, add_status_command,
             add_errors_command},
            std::move(arguments));
    }

    testing::TestDatabase database_;
    db::Session session_;
};

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
    EXPECT_EQ(std::to_string(done), value("select count(*) from engine.run"))
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
