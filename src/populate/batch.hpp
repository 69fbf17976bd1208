// One claimed batch of keys on its way through fetch, compute and insert.
#pragma once

#include "src/populate/catalogue.hpp"
#include "src/store/array_store.hpp"
#include "trialbase/computed_table.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tb::populate {

/// A claimed key. `parts` are the key columns in PostgreSQL's binary format, passed through
/// untouched.
struct ClaimedKey {
    std::vector<std::string> parts;
    std::string text;
    std::int64_t claim_id = 0;
    int attempt = 0;
    bool is_stale = false;
    int priority = 0;
    std::int64_t queue_no = 0;
    // Filled on the way:
    std::vector<std::int64_t> stamps;
    std::chrono::system_clock::time_point started_at;
    double fetch_s = 0;
    double compute_s = 0;
    std::string run_id;
    Output output;
    std::shared_ptr<store::ArrayFile> file;  ///< of its arrays; null when it has none
    bool is_published = false;               ///< the file is durable: rows may name it
    bool was_tried = false;  ///< its rows were sent; whether they are committed may be unknown
    bool is_ended = false;   ///< written, settled, failed or given up: nothing is left to do
};

/// The key columns of some keys as array parameters, one array per column.
void add_key_arrays(db::Params& params, const TableInfo& table,
                    const std::vector<const ClaimedKey*>& keys);
[[nodiscard]] std::vector<const ClaimedKey*> pointers_to(const std::vector<ClaimedKey>& keys);

/// Claims up to `limit` keys, after a place in the queue.
[[nodiscard]] std::vector<ClaimedKey> claim(db::Session& session, const TableInfo& table,
                                            const std::string& worker_id, int code_version,
                                            int limit, int after_priority,
                                            std::int64_t after_queue_no);
/// Claims up to `limit` keys that meet a condition over the key columns and their context views.
[[nodiscard]] std::vector<ClaimedKey> claim_where(db::Session& session, const TableInfo& table,
                                                  const std::string& worker_id, int code_version,
                                                  int limit, const std::string& where);

/// Gives claimed keys back to the queue, without an error. Keys whose claim was lost are left.
/// @param keys  one at least, all of one claim
void hand_back(db::Session& session, const TableInfo& table,
               const std::vector<const ClaimedKey*>& keys);

/// What stands after `from` where a condition of the user is put to a table's keys: its key source
/// and, joined to the key columns, their context views (engine.key_context).
[[nodiscard]] std::string key_context_source(db::Session& session, const TableInfo& table);

/// The keys of a table that meet a condition of the user.
[[nodiscard]] std::string restricted_source(db::Session& session, const TableInfo& table,
                                            const std::string& where);

/// All inputs of some keys, read in one snapshot; stamps and times are set in the keys.
class FetchedBatch {
  public:
    FetchedBatch(db::Session& session, const TableInfo& table, const ComputedTable& computation,
                 std::vector<ClaimedKey*> keys);
    [[nodiscard]] Inputs inputs_of(std::size_t key) const;  ///< by position in `keys`

  private:
    struct OneFetch {
        std::string name;
        std::vector<FetchedColumn> columns;
        std::vector<std::size_t> first_row;  ///< per key, and one past the end
    };
    std::vector<OneFetch> fetches_;
    std::vector<ClaimedKey*> keys_;
};

/// What became of a key at its insert.
enum class Verdict { ok, lost, changed, busy };

/// Writes finished keys (rows or settled) in one transaction; @return a verdict per key. Any error
/// rolls all back and is thrown. With one fresh key and no parts, all statements travel together.
[[nodiscard]] std::vector<Verdict> write_keys(db::Session& session, const TableInfo& table,
                                              int code_version, const std::string& worker_id,
                                              const std::vector<ClaimedKey*>& keys,
                                              std::int64_t& statements);

/// Writes each key in a transaction of its own, as many at a time as there are sessions, so that
/// their commits share the disk's flushes. @return per key nothing when it was written, else the
/// error (SQLSTATE TB011: lost, changed or busy; type NotPlain: not one fresh master row), after
/// which write_keys may be asked for that key
[[nodiscard]] std::vector<std::optional<Error>> write_each(
    std::vector<std::unique_ptr<db::Session>>& sessions, const TableInfo& table, int code_version,
    const std::string& worker_id, const std::vector<ClaimedKey*>& keys, std::int64_t& statements);

/// Binary form of a uuid's text.
[[nodiscard]] std::string uuid_bytes(std::string_view text);

}  // namespace tb::populate
