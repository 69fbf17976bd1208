// Keys whose state is decided while another transaction finishes what they wait for: none may be
// left waiting for ever, none may look current on a stale input.
#include "tests/src/populate/lab_world.hpp"
#include "tests/src/populate/processes.hpp"
#include "tests/src/populate/stepped_worker.hpp"

#include <optional>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tb::testing {

namespace {

/// A session whose total is stale, and whose child failed earlier, with a worker about to write
/// the total anew, which comes out as it was: so its readers' stamps stay, and nothing but the jobs
/// tells the two transactions of each other.
class BlockedKeys : public ::testing::Test {
  protected:
    void SetUp() override {
        LabWorld::add_sessions(session_, 2, 2);
        populate();
        session_.exec({"change", "update lab.trial set v = trial"});
        session_.exec({"failed",
                       "update engine_job.lab__child set state = 'error', error_type = "
                       "'InsufficientTrials'"});
        worker_.emplace(database_.session(), "lab__total", key_);
    }
    void populate() {
        populate::Counters counters;
        populate::run_worker(world_.options(), counters);
    }
    void write() {
        worker_->session().exec(
            {"write", fmt::format("update lab.total set run_id = '{}'", run_id_)});
        worker_->session().exec({"parts", "update lab.total_item set v = item"});
    }
    static void retry(db::Session& session, const std::string& key) {
        ASSERT_EQ(value_of(session, "select engine.lab__child__set_state(" + key +
                                        ", array['error']::engine.job_state[], 'pending')"),
                  "1");
    }
    void retry_child(db::Session& session) { retry(session, key_); }
    std::string child_state() {
        return value_of(session_,
                        "select coalesce(string_agg(state::text || case when is_stale "
                        "then ' stale' else '' end, ','), 'none') from "
                        "engine_job.lab__child");
    }
    /// The stepped worker has ended; another one does what is left.
    void finish_and_check() {
        session_.exec(
            {"end", "update engine.worker set stopped_at = now() where stopped_at is null"});
        populate();
        EXPECT_EQ(find_faults(session_), "");
        EXPECT_EQ(value_of(session_,
                           "select count(*) from engine.job where state in ('pending', "
                           "'running', 'blocked')"),
                  "0");
        EXPECT_EQ(value_of(session_, "select doubled from lab.child"), "12");
    }

    const TestDatabase database_{"lab", LabWorld::script()};
    LabWorld world_{database_.conninfo()};
    db::Session session_ = database_.session();
    const std::string key_ =
        fmt::format("array['{}']::uuid[], array['one']", LabWorld::session_id(2));
    const std::string run_id_ = "00000000-0000-0000-0001-000000000001";
    std::optional<SteppedWorker> worker_;
};

TEST_F(BlockedKeys, one_released_while_its_input_is_written_is_pending) {
    ASSERT_EQ(worker_->begin_write(run_id_), "ok");
    write();
    retry_child(session_);  // sees the total as it was before
    worker_->session().commit();
    EXPECT_EQ(child_state(), "pending stale");
    finish_and_check();
}

TEST_F(BlockedKeys, one_released_while_a_write_fails_in_the_end_is_computed_again_all_the_same) {
    ASSERT_EQ(worker_->begin_write(run_id_), "ok");
    write();
    retry_child(session_);
    worker_->session().rollback();
    finish_and_check();
}

TEST_F(BlockedKeys, one_called_blocked_makes_the_writer_of_its_input_wait_and_release_it) {
    auto operator_session = database_.session();
    operator_session.begin();
    retry_child(operator_session);
    std::string verdict;
    std::thread thread([&] {
        verdict = worker_->begin_write(run_id_);
        write();
        worker_->session().commit();
    });
    EXPECT_TRUE(eventually([&] {
        return value_of(session_,
                        "select count(*) from pg_stat_activity where datname = current_database() "
                        "and wait_event_type = 'Lock'") == "1";
    }));
    operator_session.commit();
    EXPECT_EQ(child_state(), "blocked stale");
    thread.join();
    EXPECT_EQ(verdict, "ok");
    EXPECT_EQ(child_state(), "none");  // its input came out as it was: current again
    finish_and_check();
}

TEST_F(BlockedKeys, a_result_whose_input_is_written_meanwhile_is_stale_until_it_is_made_again) {
    // A worker computes the child from the stale total, and writes while the total is written.
    session_.exec({"retry", "update engine_job.lab__child set state = 'pending'"});
    SteppedWorker child(database_.session(), "lab__child", key_);
    const std::string child_run = "00000000-0000-0000-0001-000000000002";
    ASSERT_EQ(child.begin_write(child_run), "ok");
    ASSERT_EQ(worker_->begin_write(run_id_), "ok");
    write();
    child.session().exec(
        {"write", fmt::format("update lab.child set run_id = '{}', doubled = 12", child_run)});
    child.session().commit();
    worker_->session().rollback();
    EXPECT_EQ(child_state(), "pending stale");
    finish_and_check();
}

}  // namespace

}  // namespace tb::testing
