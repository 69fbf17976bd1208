// What operators and analysts see of the engine, and what each role may do.
#include "tests/src/populate/engine_fixture.hpp"
#include "tests/src/populate/processes.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <pwd.h>
#include <unistd.h>

namespace tb::testing {

using ::testing::HasSubstr;

namespace {

/// SQLSTATE that a statement is refused with; empty when it succeeds.
std::string sqlstate_of(db::Session& session, const std::string& sql) {
    try {
        session.exec_script({"test", sql});
    } catch (const Error& error) {
        return error.sqlstate;
    }
    return {};
}

constexpr const char* refused = "42501";  // insufficient_privilege

/// Each statement must be refused for want of privilege.
void expect_refused(db::Session& session, const std::vector<std::string>& statements) {
    for (const auto& sql : statements) EXPECT_EQ(sqlstate_of(session, sql), refused) << sql;
}

class Operator : public engine {
  protected:
    /// Three done, one failed, one settled, one stale with its child, one ignored.
    void make_history() {
        add_sessions(1, 3);
        add_sessions(4, 4, "throw");
        add_sessions(5, 5, "nothing");
        populate();
        run("update toy.trial set v = 9 where session_id = '" + session_id(2) + "' and trial = 1");
    }
};

}  // namespace

TEST_F(Operator, queue_length_and_stale_result_give_the_open_keys) {
    make_history();
    EXPECT_EQ(
        value(
            "select row(pending, running, failed, blocked, stale) from analysis.queue_length where "
            "table_name = 'toy.total'"),
        "(1,0,1,0,1)");
    EXPECT_EQ(
        value(
            "select row(pending, running, failed, blocked, stale) from analysis.queue_length where "
            "table_name = 'toy.child'"),
        "(0,0,0,1,1)");
    EXPECT_EQ(value("select count(*) from analysis.queue_length"),
              value("select count(*) from engine.table_info where tier = 'computed'"));
    EXPECT_EQ(value("select string_agg(table_name || ' ' || key_text || ' ' || state, '; ' order "
                    "by table_name) from "
                    "analysis.stale_result"),
              fmt::format("toy.child session_id={0},params_id=one blocked; toy.total "
                          "session_id={0},params_id=one pending",
                          session_id(2)));
    populate();
    EXPECT_EQ(value("select count(*) from analysis.stale_result"), "0");
}

TEST_F(Operator, run_all_and_populate_rate_give_present_and_past_runs) {
    make_history();
    populate();
    run("delete from toy.total where session_id = '" + session_id(3) + "'");
    // 1 untouched; 2 recomputed with its child; 3 deleted with its child; 4 failed; 5 settled.
    EXPECT_EQ(
        value("select string_agg(table_name || ' ' || outcome || ' ' || n, ', ' order by "
              "table_name, outcome) from "
              "(select table_name, outcome, count(*) as n from engine.run_all group by 1, 2) as s"),
        "toy.child current 2, toy.child deleted 1, toy.child replaced 1, "
        "toy.total current 2, toy.total deleted 1, toy.total error 1, toy.total replaced 1, "
        "toy.total settled 1");
    EXPECT_EQ(value("select message from engine.run_all where outcome = 'error'"),
              "InsufficientTrials: this session cannot be computed");
    EXPECT_EQ(value("select message from engine.run_all where outcome = 'settled'"),
              "no trial in the asked block");
    EXPECT_EQ(value("select count(*) from engine.run_all left join engine.worker using (worker_id) "
                    "where host is null"),
              "0");
    EXPECT_EQ(value("select count(*) from engine.run_all where fetch_s < 0 or compute_s < 0 or "
                    "started_at > finished_at"),
              "0");
    EXPECT_EQ(value("select row(sum(computed), sum(failed), sum(settled)) from "
                    "analysis.populate_rate where table_name = "
                    "'toy.total'"),
              "(4,1,1)");
    EXPECT_EQ(value("select bool_and(time = date_trunc('minute', time) and max_compute_s >= "
                    "mean_compute_s) from "
                    "analysis.populate_rate where computed > 0"),
              "t");
}

TEST_F(Operator, worker_status_tells_stopped_alive_and_silent) {
    make_history();
    EXPECT_EQ(
        value("select row(state, pid, done_count, error_count, doing) from engine.worker_status"),
        fmt::format("(stopped,{},6,1,)", getpid()));
    EXPECT_EQ(value("select host = (select inet_server_addr()::text) or length(host) > 0 from "
                    "engine.worker_status"),
              "t");
    run("select engine.worker_start('00000000-0000-0000-0000-00000000000a', 'far', 7, 'eve', "
        "'1.2', 'abc', '1 hour')");
    EXPECT_EQ(value("select row(state, os_user, program_version, git_revision) from "
                    "engine.worker_status where host = 'far'"),
              "(alive,eve,1.2,abc)");
    run("select engine.worker_heartbeat('00000000-0000-0000-0000-00000000000a', '-1 second', "
        "'toy.total (3 keys)', 5, 2)");
    EXPECT_EQ(value("select row(state, doing, done_count, error_count, silent_s < 60) from "
                    "engine.worker_status where host "
                    "= 'far'"),
              "(silent,\"toy.total (3 keys)\",5,2,t)");
}

TEST_F(Operator, the_worker_role_populates_and_writes_nothing_else) {
    add_sessions(1, 10);
    add_sessions(11, 11, "throw");
    add_sessions(12, 12, "nothing");
    const auto as_worker = [](populate::WorkerOptions& o) { o.connect.role = "trialbase_worker"; };
    EXPECT_EQ(populate(as_worker).done, 20);
    run("update toy.trial set v = v + 1");
    EXPECT_EQ(populate(as_worker).done, 20) << "replaces results, too";
    EXPECT_EQ(jobs(), "error 1, settled 1");
    EXPECT_EQ(value("select count(*) from toy.total_item"), "30");
    EXPECT_EQ(mended(), 0);

    auto worker = database_.session("trialbase_worker");
    expect_refused(
        worker,
        {"insert into toy.session (session_id) values (gen_random_uuid())",
         "update toy.session set note = 'x'", "delete from toy.session", "delete from toy.trial",
         "update toy.params set scale = 2", "insert into toy.total_job select * from toy.total_job",
         "update toy.total_job set state = 'pending'", "delete from toy.total_job",
         "update toy.child_job set is_stale = false", "delete from engine.run",
         "update engine.run set code_version = 7", "delete from engine.run_history",
         "update engine.stamp set version = 0", "delete from engine.stamp",
         "update engine.table_info set code_version = 9", "delete from engine.worker",
         "truncate toy.total"});
    // Results only under a claim.
    expect_refused(
        worker, {"insert into toy.total (session_id, params_id, total) values ('" + session_id(12) +
                     "', 'one', 1)",
                 "update toy.total set total = 0",
                 "insert into toy.total_item values ('" + session_id(1) + "', 'one', 99, 1)"});
    EXPECT_EQ(value("select count(*) from toy.total"), "10");
}

TEST_F(Operator, the_worker_role_cannot_feign_a_claim) {
    add_sessions(1, 2);
    populate({}, 1);
    auto worker = database_.session("trialbase_worker");
    // The setting is anybody's; a row still needs a running job under that claim and its run.
    EXPECT_EQ(
        sqlstate_of(
            worker,
            "begin; set local engine.claim = '123'; insert into toy.total (session_id, params_id, "
            "total) values ('" +
                session_id(2) + "', 'one', 1)"),
        "TB008");
    worker.rollback();
    EXPECT_EQ(sqlstate_of(worker,
                          "begin; set local engine.claim = '123'; update toy.total set total = 5"),
              "TB008");
    worker.rollback();
    EXPECT_EQ(value("select count(*) from toy.total where total = 5"), "0");
}

TEST_F(Operator, ingest_changes_inputs_and_neither_results_nor_jobs) {
    auto ingest = database_.session("trialbase_ingest");
    ingest.exec_script(
        {"session", "insert into toy.session (session_id) values ('" + session_id(1) +
                        "'); insert into toy.trial (session_id, trial, v) values ('" +
                        session_id(1) + "', 1, 4)"});
    EXPECT_EQ(jobs(), "pending 1") << "queued on behalf of ingest";
    populate();
    ingest.exec_script({"change", "update toy.trial set v = 5"});
    EXPECT_EQ(value("select count(*) from analysis.stale_result"), "2");
    expect_refused(
        ingest,
        {"insert into toy.total (session_id, params_id, total) values ('" + session_id(1) +
             "', 'two', 1)",
         "update toy.total set total = 1", "delete from toy.total", "delete from toy.total_item",
         "insert into toy.child values ('" + session_id(1) + "', 'one', 1)",
         "update toy.total_job set state = 'ignored'", "delete from toy.child_job",
         "delete from engine.run", "update engine.stamp set version = 0",
         "select * from engine.toy__total__claim(gen_random_uuid(), 1, 1, 0, 0)",
         "select engine.worker_start(gen_random_uuid(), 'h', 1, 'u', 'v', 'r', '1 min')"});
    ingest.exec_script({"delete", "delete from toy.session"});
    EXPECT_EQ(value("select count(*) from toy.total"), "0");
    EXPECT_EQ(mended(), 0);
}

TEST_F(Operator, analysts_read_and_change_nothing) {
    make_history();
    auto analyst = database_.session("trialbase_analyst");
    for (const auto* readable :
         {"toy.total", "toy.total_job", "engine_key.toy__total", "engine_job.toy__total",
          "engine.run_all", "engine.worker_status", "analysis.populate_rate",
          "analysis.queue_length", "analysis.stale_result", "engine.job"}) {
        EXPECT_EQ(sqlstate_of(analyst, std::string("select * from ") + readable), "") << readable;
    }
    expect_refused(
        analyst,
        {"delete from toy.session", "update toy.total set total = 1", "delete from toy.total_job",
         "insert into toy.params values ('two', 2)", "delete from engine.run_history",
         "select engine.refresh('toy.total')", "select engine.reclaim_expired()",
         "select * from engine.toy__total__claim(gen_random_uuid(), 1, 1, 0, 0)",
         "select engine.set_code_version('toy.total', 2)"});
}

TEST_F(Operator, a_worker_of_another_user_is_known_by_its_name) {
    const auto* entry = ::getpwnam("nobody");
    if (::geteuid() != 0 || entry == nullptr)
        GTEST_SKIP() << "only root can start a worker as another user";
    const auto nobody = *entry;  // the next getpwnam overwrites it
    // The private server's socket is closed to others, as it should be; a relay stands for TCP.
    const Proxy relay(database_.conninfo(), 1, 0);
    add_sessions(1, 5);
    auto with = options();
    with.connect.conninfo = relay.conninfo(database_.name());
    with.connect.role = "trialbase_worker";
    with.git_revision = "feedbeef";
    Process worker([&] {
        if (::setgid(nobody.pw_gid) != 0 || ::setuid(nobody.pw_uid) != 0) _exit(99);
        populate::Counters counters;
        populate::run_worker(with, counters);
    });
    const auto pid = worker.pid();
    EXPECT_EQ(worker.wait(), 0);
    EXPECT_EQ(value("select row(os_user, pid, state, git_revision) from engine.worker_status"),
              fmt::format("(nobody,{},stopped,feedbeef)", pid));
    EXPECT_EQ(value("select count(*) from engine.run_all join engine.worker_status using "
                    "(worker_id) where os_user = "
                    "'nobody'"),
              "10");
}

}  // namespace tb::testing
