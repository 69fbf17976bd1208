// The workers of one program: processes, because a crash or a leak in one computation must not take
// the others with it, and because HDF5 works under one lock per process.
#pragma once

#include "src/populate/worker.hpp"

#include <functional>

namespace tb::populate {

/// What is shown while workers run.
struct Progress {
    std::int64_t done = 0, settled = 0, errors = 0, retried = 0;
    double seconds = 0;
};

struct ProgramResult {
    Progress total;
    std::int64_t lost = 0, commits = 0, statements = 0;
    double fetch_s = 0, compute_s = 0, write_s = 0, claim_s = 0;
    bool interrupted = false;    ///< SIGINT or SIGTERM
    bool limit_reached = false;  ///< the limit of calls ended it
    int failed_workers = 0;      ///< processes that ended by an error or a signal of their own
    std::string first_failure;   ///< message of the first of these
    std::string failure_hint;    ///< its hint
    int failure_status = 0;      ///< its exit status
};

/// Runs `workers` processes and waits for them, passing SIGINT and SIGTERM on (second one kills).
/// Must be called before the program starts threads or opens connections. `limit` < 0: no limit of
/// calls.
/// @param show called about five times a second in this process
[[nodiscard]] ProgramResult run_program(const WorkerOptions& options, int workers,
                                        std::int64_t limit,
                                        const std::function<void(const Progress&)>& show);

}  // namespace tb::populate
