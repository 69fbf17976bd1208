// Who is in the way of a session that waits for a lock.
#pragma once

#include "src/db/session.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace tb::populate {

/// Looks, on a connection of its own, whom another session waits for, from the moment when it has
/// waited for a while until this object is destroyed. A watch that cannot connect sees nobody.
class LockWatch {
  public:
    /// @param pid  server process of the session that may wait
    LockWatch(db::ConnectOptions connect, int pid);
    ~LockWatch();
    LockWatch(const LockWatch&) = delete;
    LockWatch& operator=(const LockWatch&) = delete;

    /// Those seen last, in one line for people; empty when nobody was seen.
    [[nodiscard]] std::string seen() const;

  private:
    void look();

    db::ConnectOptions connect_;
    int pid_;
    mutable std::mutex mutex_;
    std::condition_variable ended_;
    bool is_over_ = false;
    std::string seen_;
    std::thread thread_;
};

}  // namespace tb::populate
