// The heartbeat of a worker.
#pragma once

#include "src/db/session.hpp"
#include "src/populate/worker_context.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace tb::populate {

/// Makes the worker known in the database, with its first lease.
void announce(db::Session& session, const WorkerContext& context);

/// Prolongs the worker's lease from a thread and a connection of its own, so that a long
/// computation keeps its keys; takes back the keys of dead workers; gives up the running
/// computation when a stop request outlasts its grace. Beats from construction to destruction,
/// which waits for the beat under way; a lost database is tried again.
class Heart {
  public:
    explicit Heart(const WorkerContext& context);
    ~Heart();
    Heart(const Heart&) = delete;
    Heart& operator=(const Heart&) = delete;

    /// What the worker is at, as operators see it. From any thread.
    void set_doing(std::string doing);
    /// Beats with the worker's own session when the thread has not for half a lease, as on a server
    /// that has no connection left for it. Between transactions of the session.
    void help(db::Session& session);
    /// What to give back when the process must end in the midst of a computation. From any thread.
    void set_give_up(std::function<void(db::Session&)> give_up);

  private:
    void beat_until_stopped();
    void beat(db::Session& session, const std::string& doing);
    void give_up(std::unique_ptr<db::Session>& session);

    const WorkerContext& context_;
    std::atomic<Clock::time_point> last_beat_{Clock::now()};
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::string doing_;
    std::function<void(db::Session&)> give_up_;
    std::thread thread_;
};

}  // namespace tb::populate
