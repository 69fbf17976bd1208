// Workers that wait for keys (`populate --watch`), by notification and by polling, directly and
// through a connection pooler.
#include "tests/src/populate/engine_fixture.hpp"
#include "tests/src/populate/processes.hpp"

#include <chrono>
#include <optional>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace tb::testing {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

/// A waiting worker in a thread; told to stop and joined at the end.
class Watch : public engine {
  protected:
    ~Watch() override { stop(); }

    void start(populate::WorkerOptions options) {
        options.watch = true;
        options.stop_signal = &stop_signal_;
        thread_.emplace([this, options = std::move(options)] {
            try {
                populate::run_worker(options, counters_);
            } catch (const std::exception& error) {
                failure_ = error.what();
            }
            has_ended_ = true;
        });
    }
    void stop() {
        stop_signal_ = SIGTERM;
        if (thread_) thread_->join();
        thread_.reset();
    }
    /// Waits until the worker has nothing to do and sleeps.
    [[nodiscard]] bool becomes_idle() {
        return eventually([this] {
            return value("select count(*) from engine.worker where stopped_at is null") == "1" &&
                   value("select count(*) from engine.job where state in ('pending', 'running')") ==
                       "0";
        });
    }
    /// Adds a session; @return whether its results come, in time before the next poll of an hour
    [[nodiscard]] bool becomes_done(int number) {
        add_sessions(number, number);
        return eventually(
            [&] {
                return value("select count(*) from toy.child where session_id = '" +
                             session_id(number) + "'") == "1";
            },
            300s);
    }

    std::atomic<int> stop_signal_{0};
    std::atomic<bool> has_ended_{false};
    populate::Counters counters_;
    std::string failure_;
    std::optional<std::thread> thread_;
};

/// Catches what is logged.
class CaughtLog {
  public:
    CaughtLog() : old_(spdlog::default_logger()) {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_, true);
        spdlog::set_default_logger(std::make_shared<spdlog::logger>("caught", sink));
        spdlog::set_level(spdlog::level::warn);
    }
    ~CaughtLog() {
        spdlog::set_default_logger(old_);
        spdlog::set_level(spdlog::level::off);
    }
    CaughtLog(const CaughtLog&) = delete;
    CaughtLog& operator=(const CaughtLog&) = delete;
    [[nodiscard]] std::string text() const { return text_.str(); }

  private:
    std::ostringstream text_;
    std::shared_ptr<spdlog::logger> old_;
};

}  // namespace

TEST_F(Watch, new_keys_wake_a_waiting_worker_long_before_its_poll) {
    auto with = options();
    with.poll = 1h;
    add_sessions(1, 1);
    start(with);
    ASSERT_TRUE(eventually([&] { return value("select count(*) from toy.child") == "1"; }));
    for (int round = 2; round <= 6; ++round) {
        ASSERT_TRUE(becomes_idle());
        std::this_thread::sleep_for(100ms);  // it sleeps
        EXPECT_TRUE(becomes_done(round)) << "long before the next poll";
    }
    stop();
    EXPECT_EQ(failure_, "");
    EXPECT_EQ(counters_.done, 12);
    EXPECT_EQ(value("select count(*) from engine.worker where stopped_at is null"), "0")
        << "it ended in order";
}

TEST_F(Watch, a_stop_signal_ends_a_sleeping_worker) {
    auto with = options();
    with.poll = 1h;
    start(with);
    ASSERT_TRUE(becomes_idle());
    stop_signal_ = SIGTERM;
    const bool has_ended = eventually([&] { return has_ended_.load(); }, 300s);
    if (!has_ended) add_sessions(1, 1);  // wakes it, so that the test ends
    EXPECT_TRUE(has_ended) << "long before the next poll";
    stop();
    EXPECT_EQ(failure_, "");
}

TEST_F(Watch, polling_backs_up_lost_notifications) {
    auto with = options();
    with.poll = 500ms;
    start(with);
    ASSERT_TRUE(becomes_idle());
    // Keys come without any notification.
    run("set session_replication_role = replica");
    add_sessions(1, 1);
    run("insert into toy.total_job (session_id, params_id) values ('" + session_id(1) +
        "', 'one')");
    run("set session_replication_role = origin");
    EXPECT_TRUE(eventually([&] { return value("select count(*) from toy.child") == "1"; }));
    stop();
    EXPECT_EQ(failure_, "");
}

TEST_F(Watch, a_lost_listening_connection_is_opened_again) {
    auto with = options();
    with.poll = 1s;
    start(with);
    ASSERT_TRUE(becomes_idle());
    const std::string listeners =
        "from pg_stat_activity where datname = current_database() and query = 'listen "
        "\"trialbase_queue\"'";
    ASSERT_TRUE(eventually([&] { return value("select count(*) " + listeners) == "1"; }));
    const auto pid = value("select pid " + listeners);
    run("select pg_terminate_backend(" + pid + ")");
    EXPECT_TRUE(eventually(
        [&] { return value("select count(*) " + listeners + " and pid <> " + pid) == "1"; }));
    EXPECT_TRUE(becomes_done(1));
    EXPECT_FALSE(has_ended_);
    stop();
    EXPECT_EQ(failure_, "");
}

TEST_F(Watch, populate_works_through_a_transaction_pooler) {
    if (!Pooler::is_installed()) GTEST_SKIP() << "pgbouncer is not installed";
    const Pooler pooler(database_.conninfo());
    add_sessions(1, 30);
    add_sessions(31, 32, "throw");
    auto with = options();
    with.connect.conninfo = pooler.conninfo(database_.name());
    with.keys_per_transaction = 7;
    std::vector<std::unique_ptr<Process>> workers;
    for (int i = 0; i < 3; ++i) workers.push_back(start_worker(with));
    for (auto& worker : workers) EXPECT_EQ(worker->wait(), 0);
    EXPECT_EQ(value("select count(*) from toy.child"), "30");
    EXPECT_EQ(value("select string_agg(distinct error_type, ',') from toy.total_job"),
              "InsufficientTrials");
    // Recomputation stages rows in a temporary table, which lives on one server process.
    run("update toy.trial set v = v + 1");
    workers.clear();
    for (int i = 0; i < 3; ++i) workers.push_back(start_worker(with));
    for (auto& worker : workers) EXPECT_EQ(worker->wait(), 0);
    EXPECT_EQ(value("select count(*) from toy.child join toy.total using (session_id, params_id) "
                    "where doubled = 2 * "
                    "total and total = 3 * (substr(session_id::text, 25)::integer + 1)"),
              "30");
    EXPECT_EQ(mended(), 0);
    // Statements kept on the server do not work there, so sessions do without.
    db::Session pooled(with.connect);
    EXPECT_TRUE(pooled.is_pooled());
    EXPECT_FALSE(session_.is_pooled());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(pooled.exec_prepared({"kept", "select 1"}).rows(), 1u);
    EXPECT_EQ(value_of(pooled, "select count(*) from pg_prepared_statements"), "0");
    try {
        const db::Session as_worker({with.connect.conninfo, "trialbase tests", "trialbase_worker"});
        ADD_FAILURE() << "a role would stay with the shared connection";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("through a connection pooler"));
    }
}

TEST_F(Watch, behind_a_pooler_a_direct_connection_wakes_and_without_one_it_polls_and_says_so) {
    if (!Pooler::is_installed()) GTEST_SKIP() << "pgbouncer is not installed";
    const Pooler pooler(database_.conninfo());
    CaughtLog log;
    auto with = options();
    with.connect.conninfo = pooler.conninfo(database_.name());
    with.listen_conninfo = database_.conninfo();
    with.poll = 1h;
    start(with);
    ASSERT_TRUE(becomes_idle());
    std::this_thread::sleep_for(200ms);
    EXPECT_TRUE(becomes_done(1));
    stop();
    EXPECT_EQ(failure_, "");
    EXPECT_THAT(log.text(), Not(HasSubstr("event=cannot_listen")));

    stop_signal_ = 0;
    with.listen_conninfo.clear();
    with.poll = 300ms;
    start(with);
    ASSERT_TRUE(becomes_idle());
    EXPECT_TRUE(becomes_done(2));
    EXPECT_TRUE(becomes_done(3));
    stop();
    EXPECT_EQ(failure_, "");
    const auto said = log.text();
    const auto first = said.find("event=cannot_listen");
    ASSERT_NE(first, std::string::npos);
    EXPECT_THAT(said, HasSubstr("found by polling every 300 ms"));
    EXPECT_EQ(said.find("event=cannot_listen", first + 1), std::string::npos)
        << "once, not at every poll";
}

}  // namespace tb::testing
