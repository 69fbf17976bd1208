// A populate worker: claims keys, fetches their inputs, computes, writes the results.
#pragma once

#include "src/populate/catalogue.hpp"
#include "src/store/array_store.hpp"
#include "trialbase/computed_table.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace tb::populate {

/// How far the queue of a table has been claimed. A hint, which spares a claim the look at all that
/// others have claimed before: what it passes over is found when its end is reached, and from time
/// to time. Its two halves may be of different claims, which does no harm.
struct SharedPlace {
    std::atomic<std::int64_t> queue_no{0};
    std::atomic<int> priority{std::numeric_limits<int>::min()};
    std::atomic<int> claims_since_start{0};

    void restart() {
        queue_no = 0;
        priority = std::numeric_limits<int>::min();
        claims_since_start = 0;
    }
};

/// Counts shared by the workers of one program (in memory shared between its processes).
struct Counters {
    std::atomic<std::int64_t> budget{-1};  ///< calls that may still be made; negative: no limit
    std::atomic<std::int64_t> done{0};     ///< keys with rows written
    std::atomic<std::int64_t> settled{0};  ///< keys with nothing to compute
    std::atomic<std::int64_t> errors{0};   ///< keys that failed
    std::atomic<std::int64_t> retried{
        0};  ///< keys put back for a passing error, changed inputs, or a stop
    std::atomic<std::int64_t> lost{0};     ///< keys whose claim was lost to the fence
    std::atomic<std::int64_t> commits{0};  ///< writing transactions
    std::atomic<std::int64_t> statements{
        0};  ///< statements from claim to commit, begin and commit included
    std::atomic<std::int64_t> fetch_us{0}, compute_us{0}, write_us{0}, claim_us{0};
    std::atomic<bool> failed_stop{false};  ///< --stop-on-error met an error
    std::atomic<int> working{0};           ///< workers that have claimed keys at this moment
    std::atomic<int> ended{0};             ///< workers that found nothing left to do

    /// Keys that came to an end, whichever: what those who wait call progress.
    [[nodiscard]] std::int64_t finished() const { return done + settled + errors; }
    std::array<SharedPlace, 256> places;  ///< of tables by a hash of their names; may be shared

    [[nodiscard]] SharedPlace& place_of(const std::string& table) {
        return places[std::hash<std::string>{}(table) % places.size()];
    }
};

struct WorkerOptions {
    db::ConnectOptions connect;
    std::string listen_conninfo;      ///< direct connection for LISTEN; empty: the same
    std::vector<std::string> tables;  ///< names; empty: the whole graph
    std::string where;  ///< SQL condition over key columns and their context; empty: none
    std::chrono::milliseconds lease{60000};
    std::chrono::milliseconds poll{2000};  ///< --watch: longest sleep between looks at the queue
    /// How long to wait, since the last key that the program finished, for keys that are held by
    /// others, delayed, or claimed by workers that may be dead.
    std::chrono::milliseconds wait{0};
    int workers = 1;  ///< of this program, which share what connections there are
    std::chrono::milliseconds stop_grace{
        10000};          ///< after a stop request, longest wait for the running computation
    bool watch = false;  ///< wait for new keys instead of ending
    bool stop_on_error = false;
    bool owns_process = false;     ///< may end the process when a stop request outlasts stop_grace
    int keys_per_transaction = 0;  ///< 0: as each table says
    int max_attempts = 8;          ///< of passing errors, per key
    std::string program_version = "0";
    std::string git_revision = "unknown";
    const std::vector<ComputedTable>* registry = nullptr;
    store::StoreOptions
        store;  ///< where arrays are read and written; without a root there are none
    const std::atomic<int>* stop_signal =
        nullptr;  ///< set by a signal handler: finish and hand back
};

/// Runs until no key is left that it may take (or for ever with watch, until stopped); what is left
/// after `wait` read_left tells. Errors of keys are recorded with them and counted. Losing the
/// database, or one that takes nothing (its disk is full, it is read-only), makes it reconnect,
/// with growing delay, for up to a minute (for ever with watch); finished results are written once
/// it is back. A worker of a program that gets no connection at all leaves the work to the others.
/// Thread-safe: several may run in one process.
/// @throws tb::Error (unavailable) when the database stays away, (io) when its disk stays full;
/// (conflict) when every table wanted
/// is computed by a newer version than this program's
void run_worker(const WorkerOptions& options, Counters& counters);

}  // namespace tb::populate
