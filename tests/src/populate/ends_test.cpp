// When a populate ends, and what it leaves: keys that others hold, that wait for a retry, or that
// dead workers claimed.
#include "src/populate/left_keys.hpp"
#include "src/populate/program.hpp"
#include "tests/src/populate/engine_fixture.hpp"
#include "tests/src/populate/processes.hpp"
#include "tests/support/watchdog.hpp"

#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

namespace tb::testing {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

namespace {

class Ends : public engine {
  protected:
    /// Keys left of toy.total and toy.child, as in "toy.total running 2".
    [[nodiscard]] std::string left(const std::string& where = "") {
        std::string text;
        const auto tables =
            populate::select_tables(populate::read_tables(session_), {"toy.total", "toy.child"});
        for (const auto& one : populate::read_left(session_, tables, where)) {
            text += fmt::format("{}{} {} {}", text.empty() ? "" : ", ", one.table,
                                populate::to_string(one.reason), one.count);
        }
        return text;
    }
    /// A worker that claimed keys of toy.total up to a number and is no more; its lease ran out
    /// `ago`.
    void add_dead_worker(int last, const std::string& ago) {
        run(fmt::format(
            "insert into engine.worker (worker_id, host, pid, os_user, program_version, "
            "git_revision, lease_until) values ('01990000-0000-7000-8000-0000000000aa', "
            "'elsewhere', 1, 'me', '0', '0', clock_timestamp() - interval '{}');"
            "update toy.total_job set state = 'running', claim_id = "
            "nextval('engine.claim_number'), attempt = 1, worker_id = "
            "'01990000-0000-7000-8000-0000000000aa' where session_id <= '{}'",
            ago, session_id(last)));
    }
};

}  // namespace

TEST_F(Ends, keys_of_a_dead_worker_are_computed_by_the_next_populate_every_time) {
    for (int round = 0; round < 5; ++round) {
        run("delete from toy.session; delete from engine.worker");
        add_sessions(1, 4);
        add_dead_worker(3, "1 minute");
        EXPECT_EQ(left(), "toy.total pending 1, toy.total abandoned 3");
        EXPECT_EQ(populate().done, 8) << round;
        EXPECT_EQ(left(), "") << round;
    }
}

TEST_F(Ends, a_lease_that_is_about_to_run_out_is_waited_for) {
    add_sessions(1, 4);
    add_dead_worker(3, "-2 seconds");
    EXPECT_EQ(populate([](auto& o) { o.wait = 30s; }).done, 8);
    EXPECT_EQ(left(), "");
}

TEST_F(Ends, keys_whose_rows_somebody_holds_are_waited_for_and_not_computed_over_and_over) {
    add_sessions(1, 4);
    auto holder = database_.session();
    holder.begin();
    holder.exec({"hold", "select from toy.session where session_id <= $1::uuid for update"},
                db::Params().text(session_id(2)));
    std::thread lets_go([&] {
        EXPECT_TRUE(eventually([&] { return calls_ >= 6; }));  // 4, and 2 of them once more
        std::this_thread::sleep_for(1s);
        holder.rollback();
    });
    const auto counted = populate([](auto& o) { o.wait = 60s; });
    lets_go.join();
    EXPECT_EQ(counted.done, 8);
    EXPECT_EQ(counted.errors, 0);
    EXPECT_LT(calls_, 4 + 2 * 30) << "looked again at growing intervals";
    EXPECT_EQ(value("select max(attempt) from engine.run"), "1") << "held up, not tried";
    EXPECT_EQ(mended(), 0);
}

TEST_F(Ends, what_stays_held_is_left_after_the_wait_and_told) {
    add_sessions(1, 4);
    auto holder = database_.session();
    holder.begin();
    holder.exec({"hold", "select from toy.session where session_id <= $1::uuid for update"},
                db::Params().text(session_id(2)));
    const auto counted = populate([](auto& o) { o.wait = 300ms; });
    EXPECT_EQ(counted.done, 4);
    EXPECT_EQ(counted.errors, 0);
    EXPECT_TRUE(eventually([&] { return left() == "toy.total pending 2"; })) << left();
    EXPECT_EQ(left(fmt::format("session_id = '{}'", session_id(2))), "toy.total pending 1");
    EXPECT_EQ(left(fmt::format("session_id = '{}'", session_id(3))), "");
    holder.rollback();
    EXPECT_EQ(populate().done, 4);
}

TEST_F(Ends, jobs_that_somebody_has_locked_are_waited_for) {
    add_sessions(1, 2);
    auto holder = database_.session();
    holder.begin();
    holder.exec({"hold", "select from toy.total_job for update"});
    std::thread lets_go([&] {
        std::this_thread::sleep_for(700ms);
        holder.rollback();
    });
    EXPECT_EQ(populate([](auto& o) { o.wait = 30s; }).done, 4);
    lets_go.join();
}

TEST_F(Ends, a_retry_is_waited_for_when_it_comes_in_time_and_left_with_its_error_when_not) {
    add_sessions(1, 2);
    bool is_full = true;
    during_ = [&](const Inputs& inputs) {
        if (inputs.key.find(session_id(2)) == std::string::npos || !is_full) return;
        Error full(ErrorKind::io, "no space left on the store's disk");
        full.sqlstate = "53100";
        throw full;
    };
    EXPECT_EQ(populate([](auto& o) { o.wait = 100ms; }).done, 2);
    const auto tables = populate::select_tables(populate::read_tables(session_), {"toy.total"});
    const auto waiting = populate::read_left(session_, tables, "");
    ASSERT_EQ(waiting.size(), 1u);
    EXPECT_EQ(waiting[0].reason, populate::LeftKeys::Reason::retry);
    EXPECT_GT(waiting[0].wait_s, 0);
    EXPECT_THAT(waiting[0].text(), HasSubstr("no space left on the store's disk"));
    is_full = false;
    EXPECT_EQ(populate([](auto& o) { o.wait = 30s; }).done, 2) << "the delay is waited for";
    EXPECT_EQ(left(), "");
}

TEST_F(Ends, a_worker_waits_for_what_another_one_of_the_program_makes_computable) {
    add_sessions(1, 1);  // one key of toy.total, then one of toy.child
    during_ = [&](const Inputs&) { std::this_thread::sleep_for(700ms); };
    auto with = options();
    with.wait = 1h;
    Watchdog watchdog([] { ::kill(::getpid(), SIGTERM); });
    const auto result = populate::run_program(with, 2, -1, {});
    EXPECT_EQ(result.total.done, 2);
    EXPECT_EQ(result.failed_workers, 0);
    EXPECT_FALSE(result.interrupted) << "both end when nothing is left";
}

TEST_F(Ends, the_reasons_say_what_cannot_be_computed_here) {
    add_sessions(1, 2);
    run("update engine.table_info set code_version = 3 where table_name = 'toy.total'");
    const auto tables = populate::read_tables(session_);
    auto now = populate::read_left(session_, tables, "");
    populate::judge_left(now, tables, registry_);
    ASSERT_EQ(now.size(), 1u);
    EXPECT_EQ(now[0].reason, populate::LeftKeys::Reason::newer);
    EXPECT_THAT(now[0].text(), HasSubstr("this program has version 1, the database 3"));
    now = populate::read_left(session_, tables, "");
    populate::judge_left(now, tables, {});
    EXPECT_EQ(now[0].reason, populate::LeftKeys::Reason::nobody);
}

TEST_F(Ends, workers_that_did_nothing_are_forgotten_after_a_day_others_after_a_year) {
    const auto add = [&](const std::string& id, int done, const std::string& ago) {
        run(
            fmt::format("insert into engine.worker (worker_id, host, pid, os_user, "
                        "program_version, git_revision, done_count, lease_until, heartbeat_at) "
                        "values ('00000000-0000-0000-0000-0000000000{}', 'h{}', 1, 'me', '0', "
                        "'0', {}, clock_timestamp() - interval '{}', clock_timestamp() - interval "
                        "'{}')",
                        id, id, done, ago, ago));
    };
    add("01", 0, "2 days");
    add("02", 5, "2 days");
    add("03", 5, "400 days");
    add("04", 0, "1 hour");
    add("05", 0, "1 minute");
    EXPECT_EQ(value("select string_agg(host, ' ' order by host) from engine.worker_status where "
                    "not has_ended"),
              "h05")
        << "silent for long";
    EXPECT_EQ(populate().done, 0);
    EXPECT_EQ(value("select string_agg(host, ' ' order by host) from engine.worker where host like "
                    "'h0%'"),
              "h02 h04 h05");
}

}  // namespace tb::testing
