#include "src/populate/lock_watch.hpp"

#include <chrono>
#include <utility>

namespace tb::populate {

LockWatch::LockWatch(db::ConnectOptions connect, int pid)
    : connect_(std::move(connect)), pid_(pid), thread_([this] { look(); }) {}

LockWatch::~LockWatch() {
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    ended_.notify_all();
    thread_.join();
}

std::string LockWatch::seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
}

void LockWatch::look() {
    try {
        db::Session session(connect_);
        for (;;) {
            std::unique_lock lock(mutex_);
            if (ended_.wait_for(lock, std::chrono::milliseconds(250), [this] { return is_over_; }))
                return;
            lock.unlock();
            const auto found = session.exec({"who blocks", "select engine.who_blocks($1::integer)"},
                                            db::Params().integer(pid_));
            lock.lock();
            if (!found.is_null(0, 0)) seen_ = found.get<std::string>(0, std::size_t{0});
        }
    } catch (const Error&) {
        return;  // who waits will meet the same trouble, or none
    }
}

}  // namespace tb::populate
