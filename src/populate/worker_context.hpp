// What the parts of one worker share.
#pragma once

#include "src/populate/worker.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace tb::populate {

/// What one worker did; Counters are its program's.
struct OwnCounts {
    std::atomic<std::int64_t> done{0}, errors{0};
};

/// Belongs to the worker and outlives its parts.
struct WorkerContext {
    const WorkerOptions& options;
    Counters& counters;
    OwnCounts& own;
    std::string worker_id;
};

using Clock = std::chrono::steady_clock;

[[nodiscard]] inline double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}
[[nodiscard]] inline std::int64_t microseconds_since(Clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
}

}  // namespace tb::populate
