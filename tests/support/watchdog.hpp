#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace tb::testing {

/// Ends what hangs, so that a test fails where it would wait for ever. Whatever only is slow stays
/// alone: nobody depends on how fast the machine is.
class Watchdog {
  public:
    /// @param bite  what ends the wait; called from another thread after five minutes, unless the
    ///              watchdog has gone by then
    explicit Watchdog(std::function<void()> bite)
        : thread_([this, bite = std::move(bite)] {
              std::unique_lock lock(mutex_);
              if (gone_.wait_for(lock, std::chrono::minutes(5), [this] { return is_gone_; }))
                  return;
              has_bitten_ = true;
              bite();
          }) {}
    ~Watchdog() {
        {
            const std::lock_guard lock(mutex_);
            is_gone_ = true;
        }
        gone_.notify_all();
        thread_.join();
    }
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;
    [[nodiscard]] bool has_bitten() const noexcept { return has_bitten_; }

  private:
    std::mutex mutex_;
    std::condition_variable gone_;
    bool is_gone_ = false;
    std::atomic<bool> has_bitten_{false};
    std::thread thread_;  ///< last: it uses the others
};

}  // namespace tb::testing
