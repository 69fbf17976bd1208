// Servers that go away, turn read-only, cut statements off or have few connections.
#include "src/base/uuid.hpp"
#include "src/populate/heart.hpp"
#include "src/populate/program.hpp"
#include "src/populate/result_writer.hpp"
#include "tests/src/populate/engine_fixture.hpp"
#include "tests/src/populate/processes.hpp"

#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

namespace tb::testing {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

namespace {

class Outages : public engine {
  protected:
    /// Ends every connection of workers to this database.
    void cut() {
        auto other = database_.session();
        other.exec({"cut",
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
                    "current_database() and pid <> pg_backend_pid()"});
    }
    void set_database(const std::string& setting) {
        auto other = database_.session();
        other.exec({"may write", "set default_transaction_read_only = off"});
        other.exec({"set", "alter database " + database_.name() + " " + setting});
    }
};

}  // namespace

TEST_F(Outages, a_finished_result_is_written_over_a_new_connection_under_the_same_claim) {
    add_sessions(1, 6);
    during_ = [&](const Inputs&) {
        if (calls_ != 4) return;
        cut();
        session_ = database_.session();
    };
    for (const int per_transaction : {100, 1}) {
        run("delete from toy.total");
        calls_ = 0;
        const auto counted = populate([&](auto& o) { o.keys_per_transaction = per_transaction; });
        EXPECT_EQ(calls_, 6) << "nothing is computed twice, " << per_transaction;
        EXPECT_EQ(counted.done, 12) << per_transaction;
        EXPECT_EQ(counted.lost, 0) << per_transaction;
        EXPECT_EQ(counted.errors, 0) << per_transaction;
        EXPECT_EQ(value("select max(attempt) from engine.run"), "1") << per_transaction;
        EXPECT_EQ(mended(), 0);
    }
}

TEST_F(Outages, an_error_is_recorded_over_a_new_connection) {
    add_sessions(1, 2, "throw");
    during_ = [&](const Inputs&) {
        if (calls_ != 2) return;
        cut();
        session_ = database_.session();
    };
    EXPECT_EQ(populate().errors, 2);
    EXPECT_EQ(calls_, 2);
    EXPECT_EQ(jobs(), "error 2");
}

TEST_F(Outages, a_transaction_that_dies_at_its_commit_is_made_again) {
    add_sessions(1, 3);
    // A deferred trigger ends the connection after all statements, until somebody stops it.
    run(R"sql(
        create table toy.tried (n integer);
        create function toy.cut_after() returns trigger language plpgsql as $$
        begin
            perform pg_terminate_backend(pid) from pg_stat_activity
            where pid = pg_backend_pid() and not exists (select from toy.tried);
            return null;
        end $$;
        create constraint trigger cut after insert on toy.total deferrable initially deferred
            for each row execute function toy.cut_after())sql");
    std::thread marks([&] {
        auto other = database_.session();
        std::this_thread::sleep_for(1s);
        other.exec({"tried", "insert into toy.tried values (1)"});
    });
    const auto counted = populate([](auto& o) { o.tables = {"toy.total"}; });
    marks.join();
    EXPECT_EQ(counted.done, 3);
    EXPECT_EQ(calls_, 3);
    EXPECT_EQ(value("select count(*) from toy.total"), "3");
    EXPECT_EQ(mended(), 0);
}

TEST_F(Outages, results_that_were_committed_before_the_connection_died_are_found) {
    add_sessions(1, 2);
    add_sessions(3, 3, "nothing");
    const auto with = options();
    populate::Counters counters;
    populate::OwnCounts own;
    const populate::WorkerContext context{with, counters, own, new_run_id().to_string()};
    populate::announce(session_, context);
    const auto table =
        populate::select_tables(populate::read_tables(session_), {"toy.total"}).at(0);
    auto keys = populate::claim(session_, table, context.worker_id, 1, 10, -1, 0);
    ASSERT_EQ(keys.size(), 3u);
    std::vector<populate::ClaimedKey*> all;
    for (auto& key : keys) all.push_back(&key);
    const populate::FetchedBatch batch(session_, table, registry_[0], all);
    for (std::size_t k = 0; k < keys.size(); ++k) {
        keys[k].run_id = new_run_id().to_string();
        registry_[0].compute(batch.inputs_of(k), keys[k].output);
    }
    populate::KeyArrays arrays({});
    populate::ResultWriter writer(context, arrays);
    writer.write(session_, table, 1, all);
    EXPECT_EQ(counters.done, 2);
    EXPECT_EQ(counters.settled, 1);
    // As if the answer had not come: the same keys are given again with another session.
    for (auto& key : keys) key.is_ended = false;
    auto other = database_.session();
    writer.write(other, table, 1, all);
    EXPECT_EQ(counters.done, 4) << "found, not lost";
    EXPECT_EQ(counters.settled, 2);
    EXPECT_EQ(counters.lost, 0);
    EXPECT_EQ(value("select count(*) from toy.total"), "2");
    EXPECT_EQ(mended(), 0);
}

TEST_F(Outages, a_statement_that_is_cut_off_is_its_keys_trouble_alone) {
    add_sessions(1, 9);
    registry_[0].fetches[2].sql = fmt::format(
        "select key_no, trial, v from key join toy.trial using (session_id) where case when "
        "key.session_id = '{}' then pg_sleep(5) is not null else true end order by key_no, trial",
        session_id(4));
    set_database("set statement_timeout = '400ms'");
    const auto counted = populate([](auto& o) {
        o.connect.role = "trialbase_worker";
        o.wait = 30s;
    });
    EXPECT_EQ(counted.done, 16);
    EXPECT_EQ(counted.errors, 1);
    EXPECT_EQ(value("select key_text from engine.run_all where outcome = 'error' limit 1"),
              "session_id=" + session_id(4) + ",params_id=one");
    const auto recorded = value("select error_message from toy.total_job where state = 'error'");
    EXPECT_THAT(recorded, HasSubstr("statement timeout"));
    EXPECT_THAT(recorded, HasSubstr("statement_timeout is 400ms"));
    EXPECT_EQ(value("select attempt from toy.total_job where state = 'error'"), "3")
        << "the disk may have been cold";
}

TEST_F(Outages, a_slow_insert_is_cut_off_like_a_slow_fetch) {
    add_sessions(1, 5);
    run(fmt::format(R"sql(
        create function toy.slow() returns trigger language plpgsql as $$
        begin
            perform pg_sleep(case when new.session_id = '{}' then 5 else 0 end);
            return new;
        end $$;
        create trigger slow before insert on toy.total for each row execute function toy.slow())sql",
                    session_id(3)));
    set_database("set statement_timeout = '400ms'");
    for (const int per_transaction : {1, 100}) {
        run("delete from toy.total; delete from toy.total_job where state = 'error';"
            "select engine.refresh('toy.total')");
        const auto counted = populate([&](auto& o) {
            o.keys_per_transaction = per_transaction;
            o.wait = 30s;
        });
        EXPECT_EQ(counted.done, 8) << per_transaction;
        EXPECT_EQ(counted.errors, 1) << per_transaction;
        EXPECT_THAT(value("select error_message from toy.total_job where state = 'error'"),
                    HasSubstr("statement_timeout is 400ms"));
    }
}

TEST_F(Outages, a_cancelled_claim_ends_no_worker) {
    add_sessions(1, 3);
    // Claims of the first 300 ms are cancelled, as by a person with pg_cancel_backend.
    run(R"sql(
        create function toy.cancel_me() returns trigger language plpgsql as $$
        begin
            if clock_timestamp() < (select started_at + interval '300 ms' from engine.worker limit 1) then
                raise exception 'canceling statement due to user request' using errcode = '57014';
            end if;
            return new;
        end $$)sql");
    const auto table =
        populate::select_tables(populate::read_tables(session_), {"toy.total"}).at(0);
    run("create trigger cancel before update on " + table.job_table() +
        " for each row when (new.state = 'running') execute function toy.cancel_me()");
    EXPECT_EQ(populate().done, 6);
}

TEST_F(Outages, a_server_that_turns_read_only_is_waited_for) {
    auto with = options();
    with.watch = true;
    with.poll = 100ms;
    with.connect.application_name = "watcher";
    const auto worker = start_worker(with);
    add_sessions(1, 1);
    ASSERT_TRUE(eventually([&] { return value("select count(*) from toy.child") == "1"; }));
    set_database("set default_transaction_read_only = on");
    cut();
    session_ = database_.session();
    std::this_thread::sleep_for(1500ms);
    EXPECT_FALSE(worker->has_ended());
    set_database("set default_transaction_read_only = off");
    cut();
    session_ = database_.session();
    add_sessions(2, 2);
    EXPECT_TRUE(eventually([&] { return value("select count(*) from toy.child") == "2"; }));
    EXPECT_FALSE(worker->has_ended());
    worker->send(SIGTERM);
    (void)worker->wait();
}

TEST_F(Outages, workers_without_a_connection_leave_the_work_to_the_others) {
    run("drop role if exists few; create role few login connection limit 5 in role "
        "trialbase_worker");
    add_sessions(1, 40);
    during_ = [](const Inputs&) { std::this_thread::sleep_for(20ms); };
    auto with = options();
    with.connect.conninfo += " user=few";
    with.keys_per_transaction = 1;
    with.wait = 30s;
    const auto result = populate::run_program(with, 8, -1, {});
    EXPECT_EQ(result.total.done, 80);
    EXPECT_EQ(result.total.errors, 0);
    EXPECT_EQ(result.failed_workers, 0) << result.first_failure;
    EXPECT_EQ(jobs(), "");
    EXPECT_EQ(mended(), 0);
    session_ = database_.session();
    run("drop owned by few; drop role few");
}

TEST_F(Outages, a_worker_whose_heart_has_no_connection_keeps_its_keys) {
    run("drop role if exists few; create role few login connection limit 1 in role "
        "trialbase_worker");
    add_sessions(1, 8);
    during_ = [](const Inputs&) { std::this_thread::sleep_for(700ms); };  // 5.6 s in all
    std::atomic<bool> is_done{false};
    std::thread takes_back([&] {
        auto other = database_.session();
        while (!is_done) {
            other.exec({"reclaim", "select engine.reclaim_expired()"});
            std::this_thread::sleep_for(50ms);
        }
    });
    const auto counted = populate([](auto& o) {
        o.connect.conninfo += " user=few";
        o.lease = 4s;
    });
    is_done = true;
    takes_back.join();
    EXPECT_EQ(counted.done, 16);
    EXPECT_EQ(counted.lost, 0);
    EXPECT_EQ(calls_, 8);
    session_ = database_.session();
    run("drop owned by few; drop role few");
}

TEST_F(Outages, a_worker_that_was_killed_is_no_defect_of_ours) {
    add_sessions(1, 1);
    for (const auto& [signal, status] : {std::pair{SIGKILL, 8}, std::pair{SIGSEGV, 70}}) {
        during_ = [signal = signal](const Inputs&) {
            ::signal(signal, SIG_DFL);
            ::raise(signal);
        };
        const auto result = populate::run_program(options(), 1, -1, {});
        EXPECT_EQ(result.failed_workers, 1);
        EXPECT_EQ(result.failure_status, status);
        run("select engine.worker_stop(worker_id, 0, 0) from engine.worker;"
            "select engine.reclaim_expired()");
    }
}

TEST_F(Outages, memory_that_runs_out_is_no_defect_of_ours) {
    EXPECT_EQ(error_of(std::bad_alloc()).kind(), ErrorKind::io);
    EXPECT_EQ(
        error_of(std::system_error(std::make_error_code(std::errc::no_space_on_device))).kind(),
        ErrorKind::io);
    EXPECT_EQ(error_of(std::logic_error("x")).kind(), ErrorKind::internal);
    const Error ours(ErrorKind::data, "m", "h", "T");
    EXPECT_EQ(error_of(ours).hint(), "h");
}

}  // namespace tb::testing
