// Workers on other machines, imitated: another host name, user, data folder and network namespace,
// and plugs that are pulled.
#include "src/populate/program.hpp"
#include "tests/src/populate/engine_fixture.hpp"
#include "tests/src/populate/processes.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

namespace tb::testing {

using namespace std::chrono_literals;

namespace {

class Machines : public engine {
  protected:
    void SetUp() override {
        if (::geteuid() != 0 || ::getpwnam("nobody") == nullptr)
            GTEST_SKIP() << "only root can make a machine of its own";
    }

    /// A worker on `far-machine`: host name and network of its own (with no way out but the relay's
    /// socket), user nobody, a home of its own.
    [[nodiscard]] std::unique_ptr<Process> start_far_worker(const Proxy& relay, bool watch) {
        auto with = options();
        with.connect.conninfo = relay.conninfo(database_.name());
        with.connect.role = "trialbase_worker";
        with.lease = 1s;
        with.poll = 100ms;
        with.watch = watch;
        const auto nobody = *::getpwnam("nobody");
        const auto home = home_.path() / "nobody";
        std::filesystem::create_directories(home);
        EXPECT_EQ(::chown(home.c_str(), nobody.pw_uid, nobody.pw_gid), 0);
        return std::make_unique<Process>([=] {
            if (::unshare(CLONE_NEWNET | CLONE_NEWUTS) != 0 ||
                ::sethostname("far-machine", 11) != 0)
                _exit(98);
            if (::setgid(nobody.pw_gid) != 0 || ::setuid(nobody.pw_uid) != 0) _exit(99);
            ::setenv("HOME", home.c_str(), 1);
            ::setenv("TB_SERVER_DIR", home.c_str(), 1);
            populate::Counters counters;
            populate::run_worker(with, counters);
        });
    }
    std::string far(const std::string& what) {
        return value("select " + what + " from engine.worker_status where host = 'far-machine'");
    }

    TemporaryFolder home_;
};

}  // namespace

TEST_F(Machines, two_machines_share_a_queue) {
    const Proxy relay(database_.conninfo(), 1, 0);
    during_ = [](const Inputs&) { std::this_thread::sleep_for(5ms); };
    add_sessions(1, 60);
    const auto far_worker = start_far_worker(relay, false);
    const auto near_worker = start_worker(options());
    EXPECT_EQ(far_worker->wait(), 0);
    EXPECT_EQ(near_worker->wait(), 0);
    EXPECT_EQ(value("select count(*) from toy.total"), "60");
    EXPECT_EQ(value("select count(*) from toy.child"), "60");
    EXPECT_EQ(value("select count(*) from engine.run_all"), "120") << "each key once";
    EXPECT_EQ(value("select string_agg(distinct host, ' ') filter (where host = 'far-machine') || "
                    "' ' || count(distinct host) from engine.run_all join engine.worker_status "
                    "using (worker_id)"),
              "far-machine 2")
        << "both took part";
    EXPECT_EQ(far("os_user || ' ' || state"), "nobody stopped");
    // Counts and rates are each worker's own.
    EXPECT_EQ(value("select count(*) from engine.worker_status as w where done_count <> (select "
                    "count(*) from engine.run_all as r where r.worker_id = w.worker_id)"),
              "0");
    EXPECT_EQ(value("select count(*) from engine.worker_status where keys_per_s > 0"), "2");
    EXPECT_EQ(mended(), 0);
}

TEST_F(Machines, a_pulled_plug_delays_its_keys_by_a_lease_and_writes_nothing_late) {
    for (int round = 0; round < 6; ++round) {
        run("delete from toy.session; delete from engine.worker");
        // Computations are under way, or (at every other round) one is about to be written.
        during_ = [](const Inputs&) { std::this_thread::sleep_for(20ms); };
        add_sessions(1, 40);
        const Proxy relay(database_.conninfo(), 1, 0);
        const auto far_worker = start_far_worker(relay, true);
        ASSERT_TRUE(eventually([&] {
            return value("select count(*) > 0 from toy.total_job where state = 'running'") == "t";
        }));
        std::this_thread::sleep_for(std::chrono::milliseconds(7 * round));
        relay.pull_plug();
        // The machine computes on and hears nothing; others must get its keys, nobody's help
        // needed.
        EXPECT_TRUE(eventually(
            [&] {
                populate([](auto& o) { o.lease = 1s; });
                return value("select count(*) from toy.child") == "40";
            },
            30s))
            << "round " << round << ": " << jobs() << "; children: " << jobs("toy.child");
        const auto runs = value("select count(*) from engine.run");
        EXPECT_EQ(runs, "80");
        EXPECT_EQ(far("state"), "silent");
        relay.plug_in();  // what it has left to write comes now, and is refused
        std::this_thread::sleep_for(500ms);
        EXPECT_FALSE(far_worker->has_ended());
        EXPECT_EQ(value("select count(*) from engine.run_all where outcome <> 'deleted'"), "80");
        EXPECT_EQ(mended(), 0);
        // It is a worker like any other again.
        add_sessions(41, 42);
        EXPECT_TRUE(eventually([&] { return value("select count(*) from toy.child") == "42"; }));
        run("delete from engine.run_history");
    }
}

TEST_F(engine, a_transaction_that_falls_silent_ends_with_its_workers_lease) {
    add_sessions(1, 1);
    run("select engine.worker_start('00000000-0000-0000-0000-00000000000a', 'h', 1, 'u', 'v', 'r', "
        "'1 second')");
    const auto keys = fmt::format("array['{}']::uuid[], array['one']", session_id(1));
    const auto claim = value(
        "select claim_id from engine.toy__total__claim('00000000-0000-0000-0000-00000000000a', 1, "
        "1, -1, 0)");
    const auto stamps =
        value(fmt::format("select stamps from engine.toy__total__stamps({})", keys));
    auto silent = database_.session();
    silent.begin();
    ASSERT_EQ(
        value_of(silent, fmt::format("select verdict from engine.toy__total__begin_write({}, {}, "
                                     "array[gen_random_uuid()], '{}'::bigint[], array[now()], "
                                     "array[0::double precision], array[0::double precision], 1, "
                                     "'00000000-0000-0000-0000-00000000000a')",
                                     claim, keys, stamps)),
        "ok");
    // It holds the key and the inputs' stamps; then nothing more is heard of it.
    EXPECT_EQ(value("select engine.reclaim_expired()"), "0");
    // Waits for the stamp, which the silent transaction gives back by its lease alone.
    run("set lock_timeout = '5min'");
    run("update toy.trial set v = 50");
    run("reset lock_timeout");
    EXPECT_TRUE(eventually([&] {
        run("select engine.reclaim_expired()");
        return jobs() == "pending 1";
    }));
    EXPECT_THROW(silent.commit(), Error);
    EXPECT_EQ(value("select count(*) from engine.run"), "0");
    EXPECT_EQ(populate().done, 2);
    EXPECT_EQ(value("select total from toy.total"), "150");
    // The limit is the writing transaction's own.
    EXPECT_EQ(value("show idle_in_transaction_session_timeout"), "0");
    EXPECT_EQ(mended(), 0);
}

TEST_F(engine, contract_16_a_terminals_interrupt_reaches_program_and_workers_in_any_order) {
    during_ = [](const Inputs&) { std::this_thread::sleep_for(60s); };
    for (int round = 0; round < 10; ++round) {
        run("delete from toy.session; delete from engine.worker");
        add_sessions(1, 5);
        Process program([&] {
            auto with = options();
            with.tables = {"toy.total"};
            with.stop_grace = 200ms;
            const auto result = populate::run_program(with, 1, -1, {});
            _exit(result.interrupted ? 130 : 0);
        });
        ASSERT_TRUE(eventually([&] {
            return value("select count(*) > 0 from toy.total_job where state = 'running'") == "t";
        }));
        const auto worker = std::stoi(value("select pid from engine.worker"));
        if (round % 2 == 0) {  // both wait when it next runs: the handler of SIGTERM comes first
            ASSERT_EQ(::kill(worker, SIGSTOP), 0);
            ASSERT_EQ(::kill(worker, SIGINT), 0);
            program.send(SIGINT);
            std::this_thread::sleep_for(50ms);  // the program passes on a SIGTERM
            ASSERT_EQ(::kill(worker, SIGCONT), 0);
        } else {
            program.send(SIGINT);
            std::this_thread::sleep_for(50ms);
            const bool is_sent = ::kill(worker, SIGINT) == 0;
            EXPECT_TRUE(is_sent || errno == ESRCH);  // it may have ended already
        }
        EXPECT_EQ(program.wait(), 130);
        EXPECT_EQ(jobs(), "pending 5") << "round " << round;
        EXPECT_EQ(value("select max(attempt) from toy.total_job"), "0");
        EXPECT_EQ(value("select count(*) from engine.worker where stopped_at is null"), "0");
    }
}

}  // namespace tb::testing
