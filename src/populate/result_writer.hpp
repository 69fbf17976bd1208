// From finished keys to committed results.
#pragma once

#include "src/populate/arrays.hpp"
#include "src/populate/batch.hpp"
#include "src/populate/worker_context.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace tb::populate {

/// Writes what a worker has computed: arrays made durable first, then rows, many keys in a
/// transaction or each in its own. What cannot be written is recorded with its key, and all is
/// counted. Belongs to the worker's thread.
class ResultWriter {
  public:
    ResultWriter(const WorkerContext& context, KeyArrays& arrays)
        : context_(context), arrays_(arrays) {}

    /// Writes finished keys together; when that fails, each alone, so that an error is its key's
    /// own. Keys that have ended are passed over; of keys that were sent before, over a connection
    /// that died, it finds out first whether they are committed. So the same keys may be given
    /// again, with a new session, after an outage.
    /// @param each_alone  a transaction a key, several of them under way at once
    /// @throws tb::Error (passing) when the database is lost or takes nothing for the moment: some
    /// keys may be committed
    void write(db::Session& session, const TableInfo& table, int code_version,
               const std::vector<ClaimedKey*>& computed, bool each_alone = false);

  private:
    /// A transaction a key, several of them under way at once: their commits share the disk's
    /// flushes.
    void write_alone(db::Session& session, const TableInfo& table, int code_version,
                     const std::vector<ClaimedKey*>& keys);
    /// Opens sessions until the ring has `most`, or this worker's share of the server's
    /// connections, or the server gives no more.
    void fill_ring(db::Session& session, std::size_t most);
    /// Counts and logs a key whose rows, or whose reason for none, are committed.
    void count_written(const TableInfo& table, ClaimedKey& key);
    /// Keys that have not ended; those found committed end here.
    std::vector<ClaimedKey*> still_to_write(db::Session& session, const TableInfo& table,
                                            const std::vector<ClaimedKey*>& keys);
    /// Records an error with its key, which ends.
    void record(db::Session& session, const TableInfo& table, int code_version, ClaimedKey& key,
                const Error& error);
    /// Makes the arrays of finished keys durable, so that rows may name them. @return the keys
    /// that may be written; the others' errors are recorded
    std::vector<ClaimedKey*> publish_arrays(db::Session& session, const TableInfo& table,
                                            int code_version, const std::vector<ClaimedKey*>& keys);

    const WorkerContext& context_;
    KeyArrays& arrays_;
    std::vector<std::unique_ptr<db::Session>> ring_;  ///< for tables that ask for a commit a key
    std::optional<std::size_t> share_;                ///< most that the ring may have
};

}  // namespace tb::populate
