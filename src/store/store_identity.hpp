// Whose store it is. The database knows its store (store.store) and the store its database (the
// mark in its root), so that a disk that is not mounted, another database's store, and a copy of
// the database are told apart. Writers and the collector of garbage must own the store; readers
// need only the right one.
#pragma once

#include "src/db/session.hpp"
#include "src/store/store_mark.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace tb::store {

/// Root as the database last used it; nothing when it has had no store.
[[nodiscard]] std::optional<std::filesystem::path> known_root(db::Session& session);

/// Opens the store for writing: makes it at its first use (its parent folder must exist), else
/// finds out that it is this database's, and changes its token. A copy of the database that owns
/// the store writes as a guest: it is noted beside the mark, and nobody collects garbage before
/// adopt(). No transaction may be open.
/// @return the mark as it is now
/// @throws tb::Error (unavailable, type StoreUnavailable) when the store is not there, belongs to
/// another database, or cannot be written
StoreMark open_for_writing(db::Session& session, const std::filesystem::path& root);

/// The same without writing anything: for what removes files. Nothing is wrong with a root that
/// does not exist and a database without arrays.
void require_owned(db::Session& session, const std::filesystem::path& root);

/// That the store below `root` is the one that this database's arrays are in, be it its own or that
/// of the database which this one is a copy of. @throws as open_for_writing
void require_readable(db::Session& session, const std::filesystem::path& root);

/// Lets this database take over the store below `root`, whosever it was; made when it is absent.
/// The database that had it may only read it afterwards. @throws as open_for_writing
StoreMark adopt(db::Session& session, const std::filesystem::path& root);

/// Whether an error says that the store, and not the database, is not to be had.
[[nodiscard]] bool is_store_unavailable(const Error& error);

/// The way of one program to its store, opened when the first array is written. Shared by threads;
/// processes forked before its first use have one each.
class StoreAccess {
  public:
    using Connect = std::function<db::Session()>;
    StoreAccess(std::filesystem::path root, Connect connect)
        : root_(std::move(root)), connect_(std::move(connect)) {}

    /// Cheap after the first call, which opens the store: looks whether the mark is still ours.
    /// @throws as open_for_writing; as `connect`
    void require_writable();
    /// Before rows that name what this program has written are committed: asks the database, too,
    /// which may have gone on with the store at another place. Nothing without a call of
    /// require_writable(). No transaction may be open. @throws as open_for_writing
    void require_still_ours(db::Session& session);
    /// As store::require_readable(). @throws as `connect`
    void require_readable();

  private:
    void renew(db::Session& session);

    const std::filesystem::path root_;
    const Connect connect_;
    std::mutex mutex_;
    std::optional<StoreMark> opened_;
};

}  // namespace tb::store
