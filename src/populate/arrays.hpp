// The array side of a worker: arrays that computations read, and arrays that they give.
#pragma once

#include "src/populate/array_cache.hpp"
#include "src/populate/batch.hpp"
#include "src/store/store_reader.hpp"

#include <optional>
#include <vector>

namespace tb::populate {

/// Order per key: set_aside() after its computation, publish() before its transaction (all files
/// of a transaction together), discard() when that surely failed. Rows of store.array are inserted
/// by write_keys and write_each. A worker that dies in between leaves orphans at most. Belongs to
/// one thread.
class KeyArrays {
  public:
    explicit KeyArrays(const store::StoreOptions& options);

    /// Keeps what it has read, up to a size.
    [[nodiscard]] const ArrayCache& reader() const noexcept { return cache_; }

    /// Writes the arrays that a computation gave to the key's file, under a temporary name, and
    /// frees them. Nothing to do for a key without arrays.
    /// @throws tb::Error (usage, NoStore) when no store is configured; (io) when it cannot be
    /// written, sqlstate 53100 when the disk is full
    void set_aside(const TableInfo& table, ClaimedKey& key);
    /// True when so many files wait that their transaction should come now.
    [[nodiscard]] bool is_full() const noexcept { return waiting_ >= 128; }
    /// Before publish(): that the store is still this database's, when files wait.
    /// @throws tb::Error (unavailable, StoreUnavailable); as StoreAccess::require_still_ours
    void require_store(db::Session& session, const std::vector<ClaimedKey*>& keys) const;
    /// Makes the files of these keys durable under their final names; published ones are left.
    /// @return per key nothing, or why its file could not be published (it is removed then)
    [[nodiscard]] std::vector<std::optional<Error>> publish(const std::vector<ClaimedKey*>& keys);
    /// Removes the key's file. Never for a transaction whose outcome is not known.
    static void discard(ClaimedKey& key) noexcept;

  private:
    store::ArrayStore store_;
    store::StoreReader reader_;
    ArrayCache cache_;
    std::size_t waiting_ = 0;
};

/// The stored arrays of some keys, in their order.
[[nodiscard]] std::vector<const store::StoredArray*> stored_arrays(
    const std::vector<const ClaimedKey*>& keys);

}  // namespace tb::populate
