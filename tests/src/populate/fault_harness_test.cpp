// Workers killed, connections cut, servers restarted, disks filled and clocks set: after each
// history every key is done once, pending, or failed for a reason of its own, and the books are
// true. TRIALBASE_LONG=1 makes the histories long, TRIALBASE_SEED=n repeats one.
#include "src/populate/status.hpp"
#include "tests/src/populate/lab_world.hpp"
#include "tests/src/populate/processes.hpp"
#include "tests/support/test_database.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/mount.h>
#include <unistd.h>

namespace tb::testing {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

bool is_long() {
    const char* given = std::getenv("TRIALBASE_LONG");
    return given != nullptr && std::string_view(given) == "1";
}

/// Four workers over a world, and the means to disturb them.
class FaultHarness : public ::testing::Test {
  protected:
    FaultHarness() {
        spdlog::set_level(spdlog::level::off);  // faults are the point of these tests
        if (const char* given = std::getenv("TRIALBASE_SEED"))
            seed_ = std::strtoull(given, nullptr, 10);
        random_.seed(seed_);
        std::printf("TRIALBASE_SEED=%llu\n", static_cast<unsigned long long>(seed_));
    }

    int number(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }

    static populate::WorkerOptions options_of(const LabWorld& world) {
        auto options = world.options();
        options.lease = 400ms;
        options.poll = 100ms;
        options.watch = true;  // a worker stays until it is killed
        options.keys_per_transaction = 0;
        return options;
    }
    /// Computations take a few milliseconds, so that kills meet them.
    static void slow_down(LabWorld& world, std::chrono::microseconds time = 2ms) {
        world.during = [time](const std::string&) { std::this_thread::sleep_for(time); };
    }

    /// A change of inputs, of the kind that an ingest makes.
    void change_something(db::Session& session) {
        const auto id = LabWorld::session_id(number(1, sessions_));
        const std::vector<std::string> changes{
            "update lab.trial set v = v + 1 where trial = 1 and session_id = '" + id + "'",
            "delete from lab.total where session_id = '" + id + "'",
            "update lab.session set n = 100 - n where session_id = '" + id + "'",
            "delete from lab.session where session_id = '" + id +
                "'; insert into lab.session (session_id, subject_id, n) values ('" + id + "', '" +
                LabWorld::subject_id(number(1, 5)) +
                "', 100); insert into lab.trial (session_id, trial, v) values ('" + id +
                "', 1, 4)"};
        for (int attempt = 0;; ++attempt) {
            try {
                session.exec_script({"change", changes[static_cast<std::size_t>(number(0, 3))]});
                return;
            } catch (const Error& error) {
                // PostgreSQL ends one of two that wait for each other; whoever it is tries again.
                if (error.sqlstate != "40P01" || attempt > 5) throw;
                ++deadlocks_;
            }
        }
    }
    void add_sessions(db::Session& session, int count) {
        for (int attempt = 0;; ++attempt) {
            try {
                LabWorld::add_sessions(session, sessions_ + 1, sessions_ + count);
                break;
            } catch (const Error& error) {  // as ingest does
                if (error.sqlstate != "40P01" || attempt > 5) throw;
                ++deadlocks_;
            }
        }
        sessions_ += count;
    }

    /// Lets undisturbed workers finish, then checks everything.
    void finish_and_check(LabWorld& world, db::Session& session, int computed_tables = 5) {
        auto options = world.options();
        world.during = {};
        // What dead workers hold comes back when their leases run out.
        session.exec_script(
            {"time passes",
             "update engine.worker set lease_until = '-infinity' "
             "where stopped_at is null and lease_until > now() + interval '1 hour'"});
        EXPECT_TRUE(eventually(
            [&] {
                populate::Counters counters;
                populate::run_worker(options, counters);
                return value_of(session,
                                "select count(*) from engine.job where state in "
                                "('pending', 'running', 'blocked') and not (state = 'blocked' and "
                                "exists "
                                "(select from engine.job as e where e.state = 'error'))") == "0";
            },
            90s))
            << value_of(session,
                        "select string_agg(j::text, e'\\n') from (select * from engine.job limit "
                        "5) as j");
        EXPECT_EQ(find_faults(session), "") << "TRIALBASE_SEED=" << seed_;
        // Only what cannot be computed by its nature is set aside.
        EXPECT_EQ(
            value_of(session,
                     "select coalesce(string_agg(distinct error_type, ','), '') from engine.job "
                     "where state = 'error' and error_type <> 'QCValidationError'"),
            "");
        EXPECT_EQ(value_of(session, "select count(*) from lab.total"),
                  value_of(session, "select count(*) from engine_key.lab__total"));
        EXPECT_EQ(value_of(session, "select count(*) from lab.history"), "5");
        // Done exactly once: one current run a result, and no two runs of one key.
        EXPECT_EQ(value_of(session,
                           "select count(*) from (select table_no, key_text from engine.run "
                           "group by 1, 2 having count(*) > 1) as twice"),
                  "0");
        EXPECT_EQ(value_of(session, "select count(distinct table_no) from engine.run"),
                  std::to_string(computed_tables));
    }

    std::uint64_t seed_ = std::random_device{}();
    std::mt19937_64 random_;
    int sessions_ = 0;
    int deadlocks_ = 0;
};

}  // namespace

TEST_F(FaultHarness, killed_workers_lose_nothing_and_do_nothing_twice) {
    const TestDatabase database("lab", LabWorld::script());
    LabWorld world(database.conninfo());
    auto session = database.session();
    slow_down(world);
    add_sessions(session, 150);
    const auto options = options_of(world);
    std::vector<std::unique_ptr<Process>> workers;
    for (int i = 0; i < 4; ++i) workers.push_back(start_worker(options));
    const int kills = is_long() ? 1000 : 50;
    for (int kill = 0; kill < kills; ++kill) {
        std::this_thread::sleep_for(std::chrono::milliseconds(number(0, 120)));
        auto& worker = workers[static_cast<std::size_t>(number(0, 3))];
        EXPECT_FALSE(worker->has_ended()) << "a worker ended by itself with " << worker->wait();
        worker->send(SIGKILL);
        worker->wait();
        worker = start_worker(options);
        change_something(session);
        if (kill % 5 == 0 && sessions_ < 400) add_sessions(session, 5);
        if (kill % 7 == 0) {  // clocks are set
            session.exec_script(
                {"clock", fmt::format("update engine.worker set lease_until = lease_until + "
                                      "interval '{} day' where worker_id in (select worker_id from "
                                      "engine.worker order by random() limit 3)",
                                      number(0, 1) == 0 ? -1 : 1)});
        }
    }
    workers.clear();
    finish_and_check(world, session);
    if (deadlocks_ > 0) std::printf("deadlocks met by changes: %d\n", deadlocks_);
}

TEST_F(FaultHarness, cut_connections_lose_nothing) {
    const TestDatabase database("lab", LabWorld::script());
    LabWorld world(database.conninfo());
    auto session = database.session();
    add_sessions(session, 150);
    const Proxy proxy(database.conninfo(), seed_, 60'000);
    auto options = options_of(world);
    options.connect.conninfo = proxy.conninfo(database.name());
    std::vector<std::unique_ptr<Process>> workers;
    for (int i = 0; i < 4; ++i) workers.push_back(start_worker(options));
    const auto until = std::chrono::steady_clock::now() + (is_long() ? 120s : 3s);
    while (std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(number(0, 50)));
        change_something(session);
    }
    for (auto& worker : workers) EXPECT_FALSE(worker->has_ended()) << "gave up: " << worker->wait();
    workers.clear();
    // Connections were lost indeed: four workers would have made four sessions and no more.
    finish_and_check(world, session);
}

TEST_F(FaultHarness, restarts_of_the_server_lose_nothing) {
    DurableServer server;
    LabWorld world(server.conninfo());
    slow_down(world);
    {
        db::Session session({server.conninfo(), "trialbase tests", {}});
        add_sessions(session, 150);
    }
    const auto options = options_of(world);
    std::vector<std::unique_ptr<Process>> workers;
    for (int i = 0; i < 4; ++i) workers.push_back(start_worker(options));
    const int restarts = is_long() ? 30 : 3;
    for (int restart = 0; restart < restarts; ++restart) {
        std::this_thread::sleep_for(std::chrono::milliseconds(number(200, 600)));
        server.restart(restart % 2 == 0 ? "immediate" : "fast");
        db::Session session({server.conninfo(), "trialbase tests", {}});
        change_something(session);
    }
    for (auto& worker : workers) EXPECT_FALSE(worker->has_ended()) << "gave up: " << worker->wait();
    db::Session session({server.conninfo(), "trialbase tests", {}});
    const auto done = value_of(session, "select count(*) from lab.total");
    EXPECT_TRUE(eventually([&] {
        return value_of(session, "select count(*) from lab.total") == "150";
    })) << "workers find their way back by themselves; "
        << done << " were done";
    workers.clear();
    finish_and_check(world, session);
}

TEST_F(FaultHarness, a_full_disk_delays_and_loses_nothing) {
    const TestDatabase database("lab", LabWorld::script());
    LabWorld world(database.conninfo());
    auto session = database.session();
    session.exec_script({"full disk", R"sql(
        create table lab.disk (is_full boolean);
        insert into lab.disk values (true);
        create function lab.write_to_disk() returns trigger language plpgsql as $$
        begin
            if (select is_full from lab.disk) then
                raise exception 'could not extend file: No space left on device' using errcode = 'disk_full';
            end if;
            return new;
        end $$;
        create trigger disk before insert on lab.total_item for each row execute function lab.write_to_disk();)sql"});
    add_sessions(session, 20);
    auto options = options_of(world);
    {
        const auto worker = start_worker(options);
        EXPECT_TRUE(eventually([&] {
            return value_of(
                       session,
                       "select count(*) from lab.total_job where error_type = 'SQLSTATE 53100'") ==
                   "20";
        })) << "keys are tried, and stay pending";
        EXPECT_EQ(value_of(session, "select count(*) from lab.total_job where state = 'error'"),
                  "0");
        EXPECT_EQ(
            value_of(
                session,
                "select bool_and(state = 'running' or run_after > updated_at) from lab.total_job"),
            "t");
        session.exec_script({"space again", "update lab.disk set is_full = false"});
        EXPECT_TRUE(eventually([&] {
            return value_of(session, "select count(*) from lab.total") == "20";
        })) << "the worker tries again by itself";
    }
    finish_and_check(world, session);
    EXPECT_NE(
        value_of(session,
                 "select count(*) from engine.run_history where message like 'SQLSTATE 53100%'"),
        "0");
}

TEST_F(FaultHarness, a_disk_that_is_really_full_delays_and_loses_nothing) {
    const TemporaryFolder folder;
    const auto small = folder.path() / "small";
    fs::create_directory(small);
    if (::geteuid() != 0 || ::mount("none", small.c_str(), "tmpfs", 0, "size=4m") != 0)
        GTEST_SKIP() << "cannot mount a small file system (this needs root): "
                     << std::strerror(errno);
    struct Unmount {
        const fs::path& path;
        ~Unmount() { ::umount2(path.c_str(), MNT_DETACH); }
    } const unmount{small};
    folder.give_to_server(small);
    const auto space = "tb_small_" + std::to_string(::getpid());
    const TestDatabase database("lab", LabWorld::script());
    {
        LabWorld world(database.conninfo());
        auto session = database.session();
        session.exec({"tablespace",
                      fmt::format("create tablespace {} location '{}'", space, small.string())});
        session.exec({"small", "alter table lab.total_item set tablespace " + space});
        session.exec({"small", "alter index lab.total_item_pkey set tablespace " + space});
        const auto filler = small / "filler";
        {
            std::ofstream out(filler, std::ios::binary);
            const std::string block(4096, 'x');
            while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
            }
        }
        add_sessions(session, 40);
        {
            const auto worker = start_worker(options_of(world));
            EXPECT_TRUE(eventually([&] {
                return value_of(session,
                                "select count(*) > 0 from lab.total_job where error_type = "
                                "'SQLSTATE 53100'") == "t";
            }));
            fs::remove(filler);
            EXPECT_TRUE(eventually([&] {
                return value_of(session, "select count(*) from lab.total") == "40";
            })) << "the worker tries again by itself";
        }
        finish_and_check(world, session);
        session.exec({"large", "alter table lab.total_item set tablespace pg_default"});
        session.exec({"large", "alter index lab.total_item_pkey set tablespace pg_default"});
        session.exec({"tablespace", "drop tablespace " + space});
    }
}

namespace {

/// Writes until the disk is full; the file takes all that is left.
void fill_disk(const fs::path& file) {
    std::ofstream out(file, std::ios::binary);
    const std::string block(4096, 'x');
    while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
}

std::string text_of(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> runs_of(db::Session& session) {
    const auto result = session.exec({"runs", "select run_id::text from engine.run"});
    std::set<std::string> runs;
    for (std::size_t row = 0; row < result.rows(); ++row)
        runs.insert(result.get<std::string>(row, 0));
    return runs;
}

}  // namespace

/// A folder of the server is full: all of its data, or the write-ahead log alone. PostgreSQL cannot
/// go on without its log: it panics, and does not come up before there is room.
class FullServer : public FaultHarness, public ::testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(, FullServer, ::testing::Values("data", "data/pg_wal"),
                         [](const auto& given) {
                             return std::string(given.param) == "data" ? "data" : "wal";
                         });

TEST_P(FullServer, panics_and_after_room_is_made_nothing_is_lost_or_doubled) {
    DurableServer server;
    const bool is_wal = std::string(GetParam()) == "data/pg_wal";
    if (!server.move_to_small_disk(GetParam(), is_wal ? 64 : 160))
        GTEST_SKIP()
            << "cannot mount a small file system (this needs root and the right to mount): "
            << std::strerror(errno);
    LabWorld world(server.conninfo());
    slow_down(world, 20ms);
    const auto log = db::LocalServer::status(server.options()).log_file;
    std::set<std::string> committed;
    std::vector<std::unique_ptr<Process>> workers;
    const auto filler = server.small_disk() / "filler";
    {
        db::Session session({server.conninfo(), "trialbase tests", {}});
        add_sessions(session, 150);
        for (int i = 0; i < 4; ++i) workers.push_back(start_worker(options_of(world)));
        ASSERT_TRUE(eventually(
            [&] { return value_of(session, "select count(*) >= 20 from lab.total") == "t"; }));
        committed = runs_of(session);
        fill_disk(filler);
        // What writes only to the log, and more than its present file holds.
        std::optional<Error> ended;
        for (int message = 0; message < 200 && !ended; ++message) {
            try {
                session.exec({"write",
                              "select pg_logical_emit_message(true, 'fill', "
                              "string_agg(md5(random()::text), '')) "
                              "from generate_series(1, 20000)"});
            } catch (const Error& error) {
                if (error.kind() == ErrorKind::unavailable) ended = error;
            }
        }
        ASSERT_TRUE(ended) << "the log found room";
        EXPECT_STRNE(ended->what(), "");
    }
    EXPECT_TRUE(eventually([&] { return !db::LocalServer::status(server.options()).is_running; }))
        << "it cannot recover on a full disk";
    const auto said = text_of(log);
    EXPECT_NE(said.find("PANIC:  could not write to file \"pg_wal/"), std::string::npos) << said;
    EXPECT_NE(said.find("No space left on device"), std::string::npos);

    // Workers that wait for keys wait for the server too; a new one says at once what is missing;
    // and so does whoever tries to start the server.
    std::this_thread::sleep_for(1s);
    for (auto& worker : workers) EXPECT_FALSE(worker->has_ended()) << "gave up: " << worker->wait();
    try {
        populate::Counters counters;
        populate::run_worker(world.options(), counters);
        ADD_FAILURE() << "a worker found a server";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable) << error.what();
        EXPECT_NE(std::string(error.what()).find("cannot connect"), std::string::npos)
            << error.what();
    }
    try {
        server.start();
        ADD_FAILURE() << "the server started on a full disk";
    } catch (const Error& error) {
        EXPECT_TRUE(error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::io);
        EXPECT_NE(std::string(error.what()).find("No space left on device"), std::string::npos)
            << error.what();
    }

    if (is_wal) {
        server.resize_small_disk(256);
    } else {
        fs::remove(filler);
    }
    server.start();
    db::Session session({server.conninfo(), "trialbase tests", {}});
    const auto kept = runs_of(session);
    EXPECT_TRUE(std::includes(kept.begin(), kept.end(), committed.begin(), committed.end()))
        << "what was committed before the disk was full is there";
    EXPECT_TRUE(eventually([&] {
        return value_of(session, "select count(*) from lab.total") == "150";
    })) << "workers find their way back by themselves; "
        << value_of(
               session,
               "select count(*) || ' done; open: ' || coalesce((select string_agg(w, '; ') from "
               "(select concat_ws(' ', table_name, state, error_type, error_message, count(*), "
               "min(attempt), max(run_after)) as w from engine.job group by table_name, state, "
               "error_type, error_message) as j), '') from lab.total");
    for (auto& worker : workers) EXPECT_FALSE(worker->has_ended()) << "gave up: " << worker->wait();
    workers.clear();
    finish_and_check(world, session);
}

}  // namespace tb::testing
