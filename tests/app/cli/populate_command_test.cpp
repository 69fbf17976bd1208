// What trialbase populate and status say before, and after, the work.
#include "tests/app/cli/two_sessions.hpp"

#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using PopulateCommand = testing_support::TwoSessions;
using testing_support::session_1;

constexpr const char* own_table = R"sql(
    create schema mylab;
    create table mylab.lick_bout (
        session_id uuid primary key references task.choice_session on delete cascade, n integer);
    select engine.register_computed('mylab.lick_bout', 'Bouts of licks.',
        inputs => array[engine.input('task.choice_trial', 'session_id')]);
    select engine.regenerate())sql";

TEST_F(PopulateCommand, ASlipInAConditionIsTheUsersBeforeAnyWorkerStarts) {
    for (const auto* command : {"populate", "retry", "errors"}) {
        const auto ran = run({command, "reaction_time", "--where", "sesion_number = 1"});
        EXPECT_EQ(ran.status, 2) << command;
        EXPECT_THAT(ran.message, HasSubstr("sesion_number"));
        EXPECT_THAT(ran.hint,
                    AllOf(HasSubstr("Did you mean session_number?"), HasSubstr("lab_name")));
        // The conditions of populate and retry are over a table's keys.
        if (std::string_view(command) == "errors") continue;
        EXPECT_THAT(ran.message, HasSubstr("reaction_time"));
        EXPECT_THAT(ran.hint, HasSubstr("params_id"));
    }
    for (const auto* where : {"session_number = ", "session_number", "lab_name = 1 + 'x'",
                              "session_date = 'yesterdy'", "no_such_function(session_number)"}) {
        EXPECT_EQ(run({"populate", "reaction_time", "--where", where}).status, 2) << where;
    }
    EXPECT_EQ(value("select count(*) from engine.worker"), "0");
    // Wrong for some rows only: told when it meets them, and still the user's.
    const auto late =
        run({"populate", "task.session_performance", "--where", "1 / (session_number - 1) = 1"});
    EXPECT_EQ(late.status, 2);
    EXPECT_THAT(late.err, HasSubstr("division by zero"));
}

TEST_F(PopulateCommand, AConditionLeavesOutTablesThatLackItsColumnsUnlessTheyAreNamed) {
    EXPECT_EQ(run({"populate", "--where", "session_number = 1"}).status, 0);
    EXPECT_EQ(value("select count(*) from task.session_performance"), "2");
    EXPECT_EQ(run({"populate", "training_history", "task.session_performance", "--where",
                   "session_number = 1"})
                  .status,
              2);
}

TEST_F(PopulateCommand, ATableThatNobodyHereComputesIsAnErrorByNameAndANoteOtherwise) {
    run_sql(own_table);
    const auto named = run({"populate", "mylab.lick_bout"});
    EXPECT_EQ(named.status, 3);
    EXPECT_THAT(named.message, HasSubstr("no computation for mylab.lick_bout"));
    EXPECT_THAT(named.hint, HasSubstr("task.reaction_time"));
    EXPECT_EQ(run({"populate", "lick_bout", "task.session_performance"}).status, 3);
    EXPECT_EQ(value("select count(*) from task.session_performance"), "0");
    const auto all = run({"populate"});
    EXPECT_EQ(all.status, 0);
    const auto left = json::parse(all.out)["left"];
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0]["reason"], "nobody");
    EXPECT_EQ(left[0]["keys"], 2);
    EXPECT_THAT(run({"status", "lick_bout"}, false).out,
                HasSubstr("mylab.lick_bout: this program has no computation for it"));
    const auto row = json::parse(run({"status", "lick_bout"}).out)[0];
    EXPECT_TRUE(row["program_version"].is_null());
    EXPECT_THAT(row["note"].get<std::string>(), HasSubstr("no computation"));
}

TEST_F(PopulateCommand, VersionsThatDifferAreToldAndNewerOnesAreLeft) {
    run_sql(
        "update engine.table_info set code_version = 1000 where table_name = "
        "'task.session_performance'");
    const auto newer = run({"populate", "task.session_performance", "reaction_time"});
    EXPECT_EQ(newer.status, 8);
    const auto left = json::parse(newer.out)["left"];
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0]["table"], "task.session_performance");
    EXPECT_EQ(left[0]["reason"], "newer");
    EXPECT_THAT(run({"status", "task.session_performance"}, false).out,
                AllOf(HasSubstr("this program has version"), HasSubstr("use the newer program")));
    run_sql(
        "update engine.table_info set code_version = 0 where table_name = "
        "'task.session_performance'");
    EXPECT_THAT(run({"status", "task.session_performance"}, false).out,
                HasSubstr("the database 0: run trialbase migrate"));
}

TEST_F(PopulateCommand, ATableThatIsSetAsideIsToldWithItsReasonAndWhatToDo) {
    run_sql(own_table);
    run_sql("alter table mylab.lick_bout drop constraint lick_bout_session_id_fkey");
    const auto what = AllOf(HasSubstr("mylab.lick_bout: set aside"),
                            HasSubstr("its key column(s) session_id refer to no parent"),
                            HasSubstr("engine.unregister_computed('mylab.lick_bout')"));
    EXPECT_THAT(run({"status"}, false).out, what);
    EXPECT_EQ(json::parse(run({"status"}).out).back()["table"], "mylab.lick_bout");
    const auto ran = run({"populate", "--limit", "0"}, false);
    EXPECT_EQ(ran.status, 0) << ran.message;
    EXPECT_THAT(ran.out, what);
    EXPECT_EQ(json::parse(run({"populate", "--limit", "0"}).out)["set_aside"][0]["table"],
              "mylab.lick_bout");
    for (const auto* command : {"populate", "status"}) {
        const auto asked = run({command, "lick_bout"});
        EXPECT_EQ(asked.status, 4) << command;
        EXPECT_THAT(asked.message, HasSubstr("mylab.lick_bout is set aside: its key column(s)"));
        EXPECT_THAT(asked.hint, HasSubstr("trialbase migrate"));
    }
    run_sql(
        "alter table mylab.lick_bout add constraint lick_bout_session_id_fkey foreign key "
        "(session_id) references task.choice_session on delete cascade");
    EXPECT_THAT(run({"status"}, false).out, Not(HasSubstr("set aside")));
    EXPECT_EQ(value("select count(*) from engine_job.mylab__lick_bout where state = 'pending'"),
              "2");
}

TEST_F(PopulateCommand, MigrateTellsVersionsThatItRaisesWithTheKeysThatWait) {
    ASSERT_EQ(run({"migrate"}).status, 0);  // the template knows no program's versions
    ASSERT_EQ(run({"populate", "task.session_performance"}).status, 0);
    run_sql(
        "update engine.table_info set code_version = 0 where table_name = "
        "'task.session_performance'; update engine.run set code_version = 0");
    const auto ran = run({"migrate"}, false);
    EXPECT_EQ(ran.status, 0) << ran.message;
    EXPECT_THAT(ran.out, HasSubstr("task.session_performance: version 0 -> "));
    EXPECT_THAT(ran.out, HasSubstr("2 keys pending"));
    EXPECT_THAT(ran.out, Not(HasSubstr("up to date")));
    EXPECT_THAT(ran.out, Not(HasSubstr("task.reaction_time: version")));
    const auto again = run({"migrate"}, false);
    EXPECT_THAT(again.out, HasSubstr("up to date"));
    EXPECT_EQ(json::parse(run({"migrate"}).out)["raised_versions"].size(), 0u);
    EXPECT_EQ(json::parse(run({"populate", "task.session_performance"}).out)["done"], 2);
}

TEST_F(PopulateCommand, KeysThatStayHeldAreLeftWithTheStatusOfPartialSuccess) {
    auto holder = database_.session();
    holder.begin();
    holder.exec({"hold", "select from task.choice_session where session_id = $1::uuid for update"},
                db::Params().text(session_1));
    auto ran = run({"populate", "task.session_performance", "--wait", "0.3"}, false);
    EXPECT_EQ(ran.status, 8);
    EXPECT_THAT(ran.out, AllOf(HasSubstr("1 computed"), HasSubstr("left: 1 keys"),
                               HasSubstr("task.session_performance"), HasSubstr("hold rows")));
    ran = run({"populate", "task.session_performance", "--wait", "0"});
    EXPECT_EQ(ran.status, 8);
    EXPECT_EQ(json::parse(ran.out)["left"][0]["keys"], 1);
    const auto pid =
        holder.exec({"pid", "select pg_backend_pid()"}).get<std::int64_t>(0, std::size_t{0});
    EXPECT_THAT(json::parse(ran.out)["left"][0]["text"].get<std::string>(),
                AllOf(HasSubstr(fmt::format("open here: process {} of ", pid)),
                      HasSubstr("idle in transaction, since 20")));
    EXPECT_EQ(run({"populate", "reaction_time", "--limit", "1", "--wait", "0"}).status, 0)
        << "what a limit leaves is as it was asked for";
    std::thread lets_go([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        holder.rollback();
    });
    ran = run({"populate", "task.session_performance"});
    lets_go.join();
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(json::parse(ran.out)["left"].size(), 0u);
    EXPECT_EQ(value("select count(*) from task.session_performance"), "2");
}

TEST_F(PopulateCommand, WhoMayNotPopulateIsToldTheRole) {
    run_sql(
        "drop role if exists somebody; create role somebody login in role trialbase_analyst, "
        "trialbase_ingest");
    const auto ran = run({"populate", "task.session_performance"}, true, "somebody");
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.hint, HasSubstr("grant trialbase_worker to somebody"));
    run_sql("drop role somebody");
}

TEST_F(PopulateCommand, AReadOnlyServerIsUnavailableAndReadersGoOn) {
    run_sql("alter database " + database_.name() + " set default_transaction_read_only = on");
    for (const auto& command : {std::vector<std::string>{"populate"}, {"retry"}}) {
        run_sql("update task.session_performance_job set state = 'error'");
        const auto ran = run(command);
        EXPECT_EQ(ran.status, 5) << command[0];
        EXPECT_THAT(ran.message, HasSubstr("read-only"));
        EXPECT_THAT(ran.hint, HasSubstr("target_session_attrs=read-write"));
    }
    EXPECT_EQ(run({"status"}).status, 0);
    EXPECT_EQ(run({"workers"}).status, 0);
}

TEST_F(PopulateCommand, WorkersThatEndedOrFellSilentLongAgoAreGhosts) {
    run_sql(R"sql(
        insert into engine.worker (worker_id, host, pid, os_user, program_version, git_revision, heartbeat_at, lease_until)
        values ('00000000-0000-0000-0000-00000000000a', 'killed', 1, 'me', '1', '1', now() - interval '1 day', now() - interval '1 day'),
               ('00000000-0000-0000-0000-00000000000b', 'just', 1, 'me', '1', '1', now() - interval '2 minutes', now() - interval '1 minute'))sql");
    const auto shown = json::parse(run({"workers"}).out);
    ASSERT_EQ(shown.size(), 1u);
    EXPECT_EQ(shown[0]["host"], "just");
    EXPECT_EQ(json::parse(run({"workers", "--all"}).out).size(), 2u);
}

}  // namespace
}  // namespace tb::app
