// spec/populate_contracts.md, the contracts that need a fault or a second worker. Those marked F
// there run 20 times.
#include "src/populate/key_errors.hpp"
#include "src/populate/program.hpp"
#include "tests/src/populate/engine_fixture.hpp"
#include "tests/src/populate/lab_world.hpp"
#include "tests/src/populate/stepped_worker.hpp"

#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tb::testing {

using namespace std::chrono_literals;

namespace {

constexpr int repeats = 20;

/// A worker in a process of its own, to be killed.
class WorkerProcess {
  public:
    WorkerProcess(const populate::WorkerOptions& options,
                  const std::function<void()>& at_end = {}) {
        pid_ = fork();
        if (pid_ == 0) {
            populate::Counters counters;
            try {
                populate::run_worker(options, counters);
                if (at_end) at_end();
            } catch (...) {
                _exit(1);
            }
            _exit(0);
        }
    }
    ~WorkerProcess() {
        if (pid_ > 0) kill_now();
    }
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;
    void kill_now() {
        ::kill(pid_, SIGKILL);
        wait();
    }
    int wait() {
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    pid_t pid_ = -1;
};

/// Waits until a statement gives a value, at most 20 s.
bool becomes(db::Session& session, const std::string& sql, const std::string& wanted) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < until) {
        if (value_of(session, sql) == wanted) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

}  // namespace

TEST_F(engine, contract_10_no_transaction_is_open_while_compute_runs) {
    add_sessions(1, 2);
    std::string open = "not called";
    during_ = [&](const Inputs&) {
        std::this_thread::sleep_for(300ms);
        auto other = database_.session();
        open = value_of(other,
                        "select count(*) from pg_stat_activity where datname = current_database() "
                        "and backend_type = 'client backend' and xact_start is not null and pid <> "
                        "pg_backend_pid()");
    };
    EXPECT_EQ(populate([](auto& o) { o.tables = {"toy.total"}; }).done, 2);
    EXPECT_EQ(open, "0");
}

TEST_F(engine, contract_11_an_insert_on_changed_inputs_does_not_commit) {
    for (int round = 1; round <= repeats; ++round) {
        add_sessions(round, round);
        int changes = 0;
        during_ = [&](const Inputs&) {
            if (++changes > 2) return;  // twice the inputs change under it, then they stand still
            auto other = database_.session();
            other.exec(
                {"change",
                 fmt::format(
                     "update toy.trial set v = v + 100 where trial = 1 and session_id = '{}'",
                     session_id(round))});
        };
        const auto counted = populate([](auto& o) { o.tables = {"toy.total"}; });
        EXPECT_EQ(counted.done, 1);
        EXPECT_EQ(counted.retried, 2);
        EXPECT_EQ(
            value("select total from toy.total where session_id = '" + session_id(round) + "'"),
            std::to_string(3 * round + 200));
        EXPECT_EQ(mended(), 0);
    }
    add_sessions(100, 100);
    during_ = [&](const Inputs&) {
        auto other = database_.session();
        other.exec(
            {"change", "update toy.trial set v = v + 100 where trial = 1 and session_id = '" +
                           session_id(100) + "'"});
    };
    EXPECT_EQ(populate([](auto& o) { o.tables = {"toy.total"}; }).done, 0);
    EXPECT_EQ(value("select error_type from toy.total_job where state = 'error'"), "InputsChanged");
    during_ = {};
    run("delete from toy.session where session_id = '" + session_id(100) + "'");
    add_sessions(101, 101);
    during_ = [&](const Inputs&) {
        auto other = database_.session();
        other.exec(
            {"delete", "delete from toy.session where session_id = '" + session_id(101) + "'"});
    };
    const auto counted = populate([](auto& o) { o.tables = {"toy.total"}; });
    EXPECT_EQ(counted.lost, 1) << "a deleted parent takes the key along";
    EXPECT_EQ(value("select count(*) from toy.total where session_id = '" + session_id(101) + "'"),
              "0");
}

TEST_F(engine, contract_11_a_change_between_check_and_commit_marks_the_result) {
    for (int round = 1; round <= repeats; ++round) {
        add_sessions(round, round);
        const auto id = session_id(round);
        run("select engine.worker_start('00000000-0000-0000-0000-00000000000a', 'h', 1, 'u', 'v', "
            "'r', '1 min')");
        const auto claim = value(
            "select claim_id from engine.toy__total__claim('00000000-0000-0000-0000-00000000000a', "
            "1, 1, -1, 0)");
        const auto stamps = value(fmt::format(
            "select stamps from engine.toy__total__stamps(array['{}']::uuid[], array['one'])", id));
        const auto run_id = fmt::format("00000000-0000-0000-0001-{:012}", round);
        auto worker = database_.session();
        worker.begin();
        EXPECT_EQ(
            value_of(worker,
                     fmt::format(
                         "select verdict from engine.toy__total__begin_write({}, "
                         "array['{}']::uuid[], array['one'], array['{}']::uuid[], '{}'::bigint[], "
                         "array[now()], array[0::double precision], array[0::double precision], 1, "
                         "'00000000-0000-0000-0000-00000000000a')",
                         claim, id, run_id, stamps)),
            "ok");
        std::thread changer([&] {
            auto other = database_.session();
            other.exec(
                {"change", fmt::format("update toy.trial set v = 50 where session_id = '{}'", id)});
        });
        EXPECT_TRUE(
            becomes(session_,
                    "select count(*) from pg_stat_activity where datname = current_database() and "
                    "wait_event_type = 'Lock' and query like 'update toy.trial%'",
                    "1"));
        worker.exec({"insert", fmt::format("insert into toy.total (session_id, params_id, total, "
                                           "run_id) values ('{}', 'one', 1, '{}')",
                                           id, run_id)});
        worker.commit();
        changer.join();
        EXPECT_EQ(value(fmt::format("select count(*) from analysis.stale_result where key_text = "
                                    "'session_id={},params_id=one'",
                                    id)),
                  "1");
        EXPECT_EQ(mended(), 0);
        EXPECT_EQ(populate().done, 2);
        EXPECT_EQ(value("select total from toy.total where session_id = '" + id + "'"), "150");
    }
}

TEST_F(engine, contract_11_a_delete_of_a_parent_and_a_write_do_not_wait_in_a_circle) {
    const auto is_waiting =
        "select count(*) from pg_stat_activity where datname = current_database() and "
        "wait_event_type = 'Lock' and query like 'delete from toy.session%'";
    for (int round = 1; round <= repeats; ++round) {
        add_sessions(round, round);
        const auto id = session_id(round);
        const auto run_id = fmt::format("00000000-0000-0000-0001-{:012}", round);
        const auto insert = fmt::format(
            "insert into toy.total (session_id, params_id, total, run_id) values ('{}', 'one', 1, "
            "'{}')",
            id, run_id);
        SteppedWorker worker(database_.session(), "toy__total",
                             fmt::format("array['{}']::uuid[], array['one']", id));
        auto deleter = database_.session();
        const db::Sql remove{"delete", "delete from toy.session where session_id = '" + id + "'"};
        if (round % 2 == 0) {  // the worker first: the delete waits, and takes the result along
            ASSERT_EQ(worker.begin_write(run_id), "ok");
            std::string deleted = "well";
            std::thread thread([&] {
                try {
                    deleter.exec(remove);
                } catch (const Error& error) {
                    deleted = error.what();
                }
            });
            EXPECT_TRUE(becomes(session_, is_waiting, "1"));
            EXPECT_NO_THROW({
                worker.session().exec({"insert", insert});
                worker.session().commit();
            });
            thread.join();
            EXPECT_EQ(deleted, "well");
        } else {  // the delete first: the worker finds its key gone
            deleter.begin();
            deleter.exec(remove);
            std::string verdict;
            std::thread thread([&] {
                try {
                    verdict = worker.begin_write(run_id);
                    worker.session().commit();
                } catch (const Error& error) {
                    verdict = error.what();
                }
            });
            EXPECT_TRUE(becomes(session_,
                                "select count(*) from pg_stat_activity where datname = "
                                "current_database() and wait_event_type = 'Lock' and query like "
                                "'%begin_write%' and pid <> pg_backend_pid()",
                                "1"));
            EXPECT_NO_THROW(deleter.commit());
            thread.join();
            EXPECT_EQ(verdict, "lost");
        }
        EXPECT_EQ(value("select count(*) from toy.total"), "0");
        EXPECT_EQ(value("select count(*) from engine.run"), "0");
        EXPECT_EQ(jobs(), "");
    }
    EXPECT_EQ(mended(), 0);
}

TEST_F(engine, contract_11_a_delete_of_a_result_and_its_recomputation_do_not_wait_in_a_circle) {
    const auto waiting = [](const std::string& who) {
        return "select count(*) from pg_stat_activity where datname = current_database() and "
               "wait_event_type = 'Lock' and query like '" +
               who + "' and pid <> pg_backend_pid()";
    };
    for (int round = 1; round <= repeats; ++round) {
        add_sessions(round, round);
        populate();
        const auto id = session_id(round);
        run("update toy.trial set v = v + 1 where session_id = '" + id + "'");
        const auto run_id = fmt::format("00000000-0000-0000-0001-{:012}", round);
        SteppedWorker worker(database_.session(), "toy__total",
                             fmt::format("array['{}']::uuid[], array['one']", id));
        const auto replace = [&] {  // as write_keys does
            worker.session().exec(
                {"replace",
                 fmt::format("insert into toy.total (session_id, params_id, total, run_id) values "
                             "('{}', 'one', 1, '{}') on conflict (session_id, params_id) do update "
                             "set total = excluded.total, run_id = excluded.run_id",
                             id, run_id)});
            worker.session().commit();
        };
        auto deleter = database_.session();
        const db::Sql remove{"delete", "delete from toy.total where session_id = '" + id + "'"};
        std::string other = "well";
        if (round % 2 == 0) {  // the worker first: the delete waits, and takes the new result
            ASSERT_EQ(worker.begin_write(run_id), "ok");
            std::thread thread([&] {
                try {
                    deleter.exec(remove);
                } catch (const Error& error) {
                    other = error.what();
                }
            });
            EXPECT_TRUE(becomes(session_, waiting("delete from toy.total%"), "1"));
            EXPECT_NO_THROW(replace());
            thread.join();
        } else {  // the delete first: the worker waits at its job, and its result is a new one
            deleter.begin();
            deleter.exec(remove);
            std::thread thread([&] {
                try {
                    EXPECT_EQ(worker.begin_write(run_id), "ok");
                    replace();
                } catch (const Error& error) {
                    other = error.what();
                }
            });
            EXPECT_TRUE(becomes(session_, waiting("%begin_write%"), "1"));
            EXPECT_NO_THROW(deleter.commit());
            thread.join();
            EXPECT_EQ(value("select total from toy.total where session_id = '" + id + "'"), "1");
        }
        EXPECT_EQ(other, "well");
        populate();
        if (round % 2 == 0) {
            EXPECT_EQ(value("select total from toy.total where session_id = '" + id + "'"),
                      std::to_string(3 * round + 3));
        }
        EXPECT_EQ(jobs(), "");
    }
    EXPECT_EQ(mended(), 0);
}

/// The circle that remains (ARCHITECTURE.md): one transaction changes two sessions of a subject in
/// two statements. The first marks the subject's history, the second waits for the worker that
/// writes that session's result, and this worker waits to mark the history too.
TEST(Deadlock, of_a_change_in_two_statements_and_a_write_ends_right_for_both) {
    for (const bool worker_gives_way : {true, false}) {
        const TestDatabase database("lab", LabWorld::script());
        LabWorld world(database.conninfo());
        auto session = database.session();
        LabWorld::add_sessions(session, 1, 1);
        LabWorld::add_sessions(session, 6, 6);  // of the same subject
        populate::Counters counters;
        populate::run_worker(world.options(), counters);
        const auto one = LabWorld::session_id(1), six = LabWorld::session_id(6);
        ASSERT_EQ(value_of(session, "select count(*) from lab.history where sessions = 2"), "1");
        session.exec({"gone", "delete from lab.total where session_id = '" + one + "'"});
        session.exec({"not stale", "select engine.refresh('lab.history')"});
        const std::string run_id = "00000000-0000-0000-0001-000000000001";
        SteppedWorker worker(database.session(), "lab__total",
                             fmt::format("array['{}']::uuid[], array['one']", one));
        auto changer = database.session();
        worker.session().exec({"patience", worker_gives_way ? "set deadlock_timeout = '50ms'"
                                                            : "set deadlock_timeout = '1min'"});
        changer.exec({"patience", worker_gives_way ? "set deadlock_timeout = '1min'"
                                                   : "set deadlock_timeout = '50ms'"});
        const auto update = [&](const std::string& id) {
            changer.exec({"change",
                          "update lab.trial set v = v + 1 where trial = 1 and "
                          "session_id = '" +
                              id + "'"});
        };
        const auto change = [&] {
            changer.begin();
            update(six);
            update(one);
            changer.commit();
        };
        ASSERT_EQ(worker.begin_write(run_id), "ok");
        changer.begin();
        update(six);
        std::string ended = "well";
        std::thread thread([&] {
            try {
                update(one);
                changer.commit();
            } catch (const Error& error) {
                ended = error.sqlstate;
                EXPECT_TRUE(populate::is_passing(error));
            }
        });
        EXPECT_TRUE(becomes(session,
                            "select count(*) from pg_stat_activity where datname = "
                            "current_database() and wait_event_type = 'Lock' and query like "
                            "'update lab.trial%'",
                            "1"));
        std::string written = "well";
        try {
            worker.session().exec(
                {"insert", fmt::format("insert into lab.total (session_id, params_id, total, n, "
                                       "run_id) values ('{}', 'one', 3, 3, '{}')",
                                       one, run_id)});
            worker.session().commit();
        } catch (const Error& error) {
            written = error.sqlstate;
            EXPECT_TRUE(populate::is_passing(error));
            worker.session().rollback();
        }
        thread.join();
        EXPECT_EQ(written, worker_gives_way ? "40P01" : "well");
        EXPECT_EQ(ended, worker_gives_way ? "well" : "40P01");
        if (ended != "well") {
            changer.rollback();
            change();
        }
        // A worker goes on with such a key by itself; this one here ends, and its key comes back.
        session.exec(
            {"end", "update engine.worker set stopped_at = now() where stopped_at is null"});
        populate::run_worker(world.options(), counters);
        EXPECT_EQ(find_faults(session), "");
        EXPECT_EQ(value_of(session,
                           "select count(*) from engine.job where state in ('pending', "
                           "'running', 'blocked')"),
                  "0");
        EXPECT_EQ(value_of(session, "select total from lab.total where session_id = '" + one + "'"),
                  "4");
    }
}

TEST_F(engine, contract_12_workers_together_make_each_key_once) {
    for (int round = 0; round < repeats; ++round) {
        run("delete from toy.session");
        add_sessions(1, 60);
        const auto result = populate::run_program(options(), 4, -1, {});
        EXPECT_EQ(result.failed_workers, 0) << result.first_failure;
        EXPECT_EQ(result.total.done, 120);
        EXPECT_EQ(result.total.errors, 0);
        EXPECT_EQ(result.lost, 0);
        EXPECT_EQ(value("select count(*) from toy.child"), "60");
    }
    EXPECT_EQ(value("select count(*) from engine.run_history where outcome = 'error'"), "0");
    EXPECT_EQ(mended(), 0);
}

TEST_F(engine, contract_14_a_killed_workers_keys_come_back) {
    for (int round = 1; round <= repeats; ++round) {
        add_sessions(10 * round, 10 * round + 2);
        auto with = options();
        with.lease = 600ms;
        with.tables = {"toy.total"};
        if (round % 2 == 0) {  // in the midst of compute
            during_ = [](const Inputs&) { std::this_thread::sleep_for(60s); };
            WorkerProcess worker(with);
            ASSERT_TRUE(becomes(
                session_, "select count(*) > 0 from toy.total_job where state = 'running'", "t"));
            worker.kill_now();
        } else {  // in the midst of insert: the rows wait for a lock
            auto blocker = database_.session();
            blocker.begin();
            blocker.exec({"lock", "lock table toy.total in share mode"});
            WorkerProcess worker(with);
            ASSERT_TRUE(becomes(session_,
                                "select (count(*) > 0)::text from pg_stat_activity where datname = "
                                "current_database() and wait_event_type = 'Lock'",
                                "true"));
            worker.kill_now();
            blocker.rollback();
        }
        during_ = {};
        EXPECT_EQ(value("select count(*) from toy.total where session_id >= '" +
                        session_id(10 * round) + "'"),
                  "0");
        ASSERT_TRUE(becomes(session_,
                            "select engine.reclaim_expired() >= 0 and count(*) = 3 from "
                            "toy.total_job where state = 'pending'",
                            "t"));
        EXPECT_EQ(populate().done, 6);
        EXPECT_EQ(mended(), 0);
    }
    // Killed after the commit: the key is done.
    add_sessions(1, 1);
    WorkerProcess worker(options(), [] { std::this_thread::sleep_for(60s); });
    ASSERT_TRUE(becomes(session_,
                        "select count(*) from toy.child where session_id = '" + session_id(1) + "'",
                        "1"));
    worker.kill_now();
    EXPECT_EQ(jobs(), "");
    EXPECT_EQ(
        value("select count(*) from toy.total join engine.run using (run_id) where session_id = '" +
              session_id(1) + "'"),
        "1");
}

TEST_F(engine, contract_15_a_slow_worker_keeps_its_key_and_a_lost_claim_writes_nothing) {
    add_sessions(1, 1);
    during_ = [](const Inputs&) { std::this_thread::sleep_for(2500ms); };
    std::thread rival([&] {
        const auto until = std::chrono::steady_clock::now() + 2s;
        auto other = database_.session();
        while (std::chrono::steady_clock::now() < until) {
            other.exec({"reclaim", "select engine.reclaim_expired()"});
            std::this_thread::sleep_for(50ms);
        }
    });
    const auto kept = populate([](auto& o) { o.lease = 600ms; });
    rival.join();
    EXPECT_EQ(kept.done, 2);
    EXPECT_EQ(kept.lost, 0);
    EXPECT_EQ(value("select attempt from engine.run where key_text like '%0001,%' order by "
                    "finished_at limit 1"),
              "1");

    for (int round = 2; round < 2 + repeats; ++round) {
        add_sessions(round, round);
        std::atomic<bool> first{true};
        Counted second;
        during_ = [&](const Inputs&) {
            if (!first.exchange(false)) return;
            // Its lease runs out, the key is taken back, and another worker is done with it first.
            auto other = database_.session();
            other.exec_script({"expire",
                               "update engine.worker set lease_until = '-infinity' where "
                               "stopped_at is null; select engine.reclaim_expired()"});
            second = populate([](auto& o) { o.tables = {"toy.total"}; });
        };
        const auto counted = populate([](auto& o) { o.tables = {"toy.total"}; });
        EXPECT_EQ(second.done, 1);
        EXPECT_EQ(counted.lost, 1);
        EXPECT_EQ(counted.done, 0);
        EXPECT_EQ(value("select count(*) from engine.run where key_text like 'session_id=" +
                        session_id(round) + "%'"),
                  "1");
    }
    // Lost, and the key meanwhile deleted and made anew: still not its to write.
    add_sessions(50, 50);
    std::atomic<bool> first{true};
    during_ = [&](const Inputs&) {
        if (!first.exchange(false)) return;
        auto other = database_.session();
        other.exec_script({"again", "delete from toy.session where session_id = '" +
                                        session_id(50) +
                                        "'; insert into toy.session (session_id) values ('" +
                                        session_id(50) + "')"});
    };
    const auto counted = populate([](auto& o) { o.tables = {"toy.total"}; });
    EXPECT_EQ(counted.lost, 1);
    EXPECT_EQ(value("select total from toy.total where session_id = '" + session_id(50) + "'"), "0")
        << "of the new session, which has no trials";
    EXPECT_EQ(mended(), 0);
}

TEST_F(engine, few_connections_slow_single_commits_and_stop_nothing) {
    // A worker takes one for its work and one for its heart; the rest are for commits side by side.
    for (const int connections : {2, 4}) {
        run(fmt::format(
            "drop role if exists few; create role few login connection limit {} in role "
            "trialbase_worker",
            connections));
        add_sessions(connections * 1000, connections * 1000 + 29);  // 222 would give the sum 666
        const auto counted = populate([](auto& o) {
            o.connect.conninfo += " user=few";
            o.keys_per_transaction = 1;
        });
        EXPECT_EQ(counted.done, 60) << connections;
        EXPECT_EQ(counted.errors, 0)
            << connections << " "
            << value("select max(error_type || ' ' || error_message) from toy.total_job");
        EXPECT_EQ(jobs(), "") << connections;
    }
    EXPECT_EQ(mended(), 0);
    run("drop role few");
}

TEST_F(engine, contract_16_stopping_gives_keys_back_without_an_error) {
    for (int round = 0; round < repeats; ++round) {
        run("delete from toy.session");
        add_sessions(1, 5);
        const bool is_long = round % 4 < 2;  // each signal meets both
        during_ = [&](const Inputs&) { std::this_thread::sleep_for(is_long ? 60s : 100ms); };
        const auto pid = fork();
        if (pid == 0) {
            auto with = options();
            with.tables = {"toy.total"};
            with.stop_grace = 300ms;
            const auto result = populate::run_program(with, 1, -1, {});
            _exit(result.interrupted ? 130 : 0);
        }
        ASSERT_TRUE(becomes(
            session_, "select (count(*) > 0)::text from toy.total_job where state = 'running'",
            "true"));
        std::this_thread::sleep_for(20ms);
        ::kill(pid, round % 2 == 0 ? SIGTERM : SIGINT);
        int status = 0;
        waitpid(pid, &status, 0);
        EXPECT_EQ(WEXITSTATUS(status), 130);
        EXPECT_EQ(value("select count(*) from toy.total_job where state not in ('pending') or "
                        "error_type is not null"),
                  "0");
        EXPECT_EQ(
            value("select (select count(*) from toy.total_job) + (select count(*) from toy.total)"),
            "5");
        if (is_long) {
            EXPECT_EQ(value("select max(attempt) from toy.total_job"), "0");
        }
    }
    EXPECT_EQ(value("select count(*) from engine.worker where stopped_at is null"), "0");
}

TEST_F(engine, contract_21_losing_the_database_makes_a_worker_reconnect) {
    add_sessions(1, 30);
    std::atomic<int> kills{0};
    during_ = [&](const Inputs&) {
        if (calls_ % 5 != 0) return;
        auto other = database_.session();
        other.exec(
            {"cut",
             "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
             "current_database() and pid <> pg_backend_pid() and application_name = 'trialbase'"});
        session_ = database_.session();
        ++kills;
    };
    const auto counted = populate([](auto& o) { o.keys_per_transaction = 3; });
    EXPECT_GT(kills, 3);
    EXPECT_EQ(counted.errors, 0);
    EXPECT_EQ(value("select count(*) from toy.total"), "30");
    EXPECT_EQ(value("select count(*) from toy.child"), "30");
    EXPECT_EQ(mended(), 0);
}

TEST_F(engine, contract_21_a_claim_whose_answer_was_lost_comes_back) {
    add_sessions(1, 3);
    bool is_first = true;
    during_ = [&](const Inputs&) {
        if (!std::exchange(is_first, false)) return;
        // The server commits a claim of this worker, and the connection breaks before its answer.
        auto other = database_.session();
        const auto worker =
            value_of(other, "select worker_id from toy.total_job where state = 'running' limit 1");
        other.exec({"free",
                    "update toy.total_job set state = 'pending', worker_id = null, "
                    "claim_id = null where session_id = '" +
                        session_id(3) + "'"});
        EXPECT_NE(value_of(other, "select claim_id from engine.toy__total__claim('" + worker +
                                      "', 1, 1, -1, 0)"),
                  "");
        other.exec(
            {"cut",
             "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
             "current_database() and pid <> pg_backend_pid() and application_name = 'trialbase'"});
        session_ = database_.session();
    };
    const auto counted = populate();
    EXPECT_EQ(counted.errors, 0);
    EXPECT_EQ(value("select count(*) from toy.total"), "3");
    EXPECT_EQ(jobs(), "");
    EXPECT_EQ(mended(), 0);
}

TEST_F(engine, contract_21_a_database_too_full_to_record_errors_is_waited_for) {
    add_sessions(1, 6);
    run(R"sql(
        create table toy.disk (is_full boolean);
        insert into toy.disk values (true);
        create function toy.write_to_disk() returns trigger language plpgsql as $$
        begin
            if (select is_full from toy.disk) then
                raise exception 'could not extend file: No space left on device' using errcode = 'disk_full';
            end if;
            return new;
        end $$;
        create trigger disk before insert on toy.total for each row execute function toy.write_to_disk();
        create trigger disk before update on engine_job.toy__total for each row when (old.state = 'running')
            execute function toy.write_to_disk())sql");
    std::thread makes_room([&] {
        auto other = database_.session();
        std::this_thread::sleep_for(2s);
        other.exec({"room", "update toy.disk set is_full = false"});
    });
    const auto counted = populate([](auto& o) { o.keys_per_transaction = 2; });
    makes_room.join();
    EXPECT_EQ(counted.errors, 0);
    EXPECT_EQ(value("select count(*) from toy.total"), "6");
    EXPECT_EQ(value("select count(*) from toy.child"), "6");
    EXPECT_EQ(jobs(), "");
    EXPECT_EQ(mended(), 0);
}

TEST_F(engine, contract_22_the_queue_is_a_cache) {
    add_sessions(1, 4);
    add_sessions(5, 5, "throw");
    add_sessions(6, 6, "nothing");
    populate({}, 3);
    EXPECT_EQ(mended(), 0) << "refresh on an untouched database changes nothing";
    const auto table =
        populate::select_tables(populate::read_tables(session_), {"toy.total"}).at(0);
    populate();
    EXPECT_EQ(jobs(), "error 1, settled 1");
    run("delete from toy.total_job; delete from toy.child_job");
    EXPECT_EQ(mended(), 2) << "only errors and history are lost";
    EXPECT_EQ(jobs(), "pending 2");
    populate();
    EXPECT_EQ(jobs(), "error 1, settled 1");
    run("insert into toy.total_job (session_id, params_id) values ('" + session_id(77) +
        "', 'one'), ('" + session_id(1) + "', 'one')");
    EXPECT_EQ(mended(), 2) << "a key outside the key source and a done key have no job";
}

TEST_F(engine, contract_24_changes_show_through_every_level_and_are_recomputed_in_order) {
    add_sessions(1, 3);
    populate();
    const auto stale = [&] {
        return value(
            "select coalesce(string_agg(table_name || ' ' || state || ' ' || substr(key_text, 47, "
            "1), ', ' order by table_name, key_text), '') from analysis.stale_result");
    };
    run("update toy.trial set remark = 'nobody reads this'; update toy.session set note = 'nor "
        "this', n = 5");
    EXPECT_EQ(stale(), "");
    run("update toy.trial set v = 7 where session_id = '" + session_id(2) + "' and trial = 1");
    EXPECT_EQ(stale(), "toy.child blocked 2, toy.total pending 2");
    EXPECT_EQ(status("toy.total").stale, 1);
    EXPECT_EQ(status("toy.total").done, 2) << "a stale result is not reported as done";
    const auto before = value(
        "select string_agg(run_id::text, ',' order by session_id) from toy.total where session_id "
        "<> '" +
        session_id(2) + "'");
    EXPECT_EQ(populate().done, 2);
    EXPECT_EQ(value("select doubled from toy.child where session_id = '" + session_id(2) + "'"),
              "22");
    EXPECT_EQ(value("select string_agg(run_id::text, ',' order by session_id) from toy.total where "
                    "session_id <> '" +
                    session_id(2) + "'"),
              before);
    EXPECT_EQ(stale(), "");
    // Recomputed to the same value: the child is current again without being run.
    run("update toy.trial set v = case trial when 1 then 2 when 2 then 7 else v end where "
        "session_id = '" +
        session_id(2) + "'");
    EXPECT_EQ(stale(), "toy.child blocked 2, toy.total pending 2");
    EXPECT_EQ(populate().done, 1);
    EXPECT_EQ(stale(), "");
    // A failed recomputation blocks what hangs on it.
    run("update toy.session set behaviour = 'throw' where session_id = '" + session_id(1) + "'");
    populate();
    EXPECT_EQ(stale(), "toy.child blocked 1, toy.total error 1");
    run("update toy.session set behaviour = 'ok' where session_id = '" + session_id(1) + "'");
    populate();
    EXPECT_EQ(stale(), "");
    // New code, and a program that is too old for it.
    run("select engine.set_code_version('toy.total', 2)");
    EXPECT_EQ(stale(),
              "toy.child blocked 1, toy.child blocked 2, toy.child blocked 3, toy.total pending 1, "
              "toy.total pending 2, toy.total pending 3");
    calls_ = 0;
    EXPECT_EQ(populate().done, 0) << "version 1 claims nothing";
    EXPECT_EQ(calls_, 0);
    registry_[0].code_version = 2;
    EXPECT_EQ(populate().done, 3) << "same values: children are current";
    EXPECT_EQ(stale(), "");
    // An added parameter set makes keys, nothing stale; a changed one makes just its results stale.
    run("insert into toy.params values ('two', 2)");
    EXPECT_EQ(stale(), "");
    EXPECT_EQ(populate().done, 6);
    run("update toy.params set scale = 3 where params_id = 'two'");
    EXPECT_EQ(
        value("select count(*) from analysis.stale_result where key_text like '%params_id=one'"),
        "0");
    EXPECT_EQ(value("select count(*) from analysis.stale_result"), "6");
    EXPECT_EQ(populate().done, 6);
    EXPECT_EQ(mended(), 0);
    EXPECT_EQ(value("select count(*) from engine.run_history where outcome = 'replaced'"), "13");
}

TEST_F(engine, two_parents_of_a_key_committed_at_once_queue_it) {
    run("create table toy.left_side (session_id uuid primary key references toy.session); create "
        "table toy.right_side (session_id uuid primary key references toy.session);"
        "create table toy.both (session_id uuid primary key, foreign key (session_id) references "
        "toy.left_side on delete cascade, foreign key (session_id) references toy.right_side on "
        "delete cascade);"
        "select engine.register_computed('toy.both', about => 'x'); select engine.regenerate()");
    for (int round = 1; round <= repeats; ++round) {
        add_sessions(round, round);
        auto one = database_.session();
        one.begin();
        one.exec({"left", "insert into toy.left_side values ('" + session_id(round) + "')"});
        std::thread two([&] {
            auto other = database_.session();
            other.exec(
                {"right", "insert into toy.right_side values ('" + session_id(round) + "')"});
        });
        std::this_thread::sleep_for(20ms);
        one.commit();
        two.join();
        EXPECT_EQ(value("select count(*) from toy.both_job where session_id = '" +
                        session_id(round) + "'"),
                  "1");
    }
    for (int round = 1; round <= repeats; ++round) {  // a session and a parameter set
        auto one = database_.session();
        one.begin();
        one.exec({"session", "insert into toy.session (session_id) values ('" +
                                 session_id(100 + round) + "')"});
        std::thread two([&] {
            auto other = database_.session();
            other.exec({"params", fmt::format("insert into toy.params values ('p{}', 1)", round)});
        });
        std::this_thread::sleep_for(20ms);
        one.commit();
        two.join();
    }
    EXPECT_EQ(mended(), 0);
    EXPECT_EQ(value("select added from engine.refresh('toy.both')"), "0");
}

}  // namespace tb::testing
