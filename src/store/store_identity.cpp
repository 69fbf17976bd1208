#include "src/store/store_identity.hpp"

#include "src/base/uuid.hpp"
#include "src/store/check.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>

namespace tb::store {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, const std::string& hint) {
    throw Error(ErrorKind::unavailable, what, hint, "StoreUnavailable");
}

/// What the database says.
struct Known {
    std::string database_identity;
    std::string database_name;
    bool has_arrays = false;
    bool has_store = false;
    std::string store_id, root, token, next_token;
    std::string owner_identity;  // of the database that opened the store last, as its row says
    /// A copy of the database that owns the store, which has not taken it over.
    [[nodiscard]] bool is_copy() const { return has_store && owner_identity != database_identity; }
    /// Its row was made by a program that has not written the mark yet.
    [[nodiscard]] bool is_new() const { return has_store && token == next_token; }
};

Known look_up(db::Session& session) {
    const auto row =
        session.exec({"store identity",
                      "select s.system_identifier || '/' || d.oid as database_identity, d.datname, "
                      "exists (select from store.array) as has_arrays, o.store_id::text, o.root, "
                      "o.token::text, o.next_token::text, o.database_identity as owner_identity "
                      "from pg_catalog.pg_control_system() as s "
                      "join pg_catalog.pg_database as d on d.datname = current_database() "
                      "left join store.store as o on true"});
    Known known;
    known.database_identity = row.get<std::string>(0, "database_identity");
    known.database_name = row.get<std::string>(0, "datname");
    known.has_arrays = row.get<bool>(0, "has_arrays");
    known.has_store = !row.is_null(0, row.column("store_id"));
    if (known.has_store) {
        known.store_id = row.get<std::string>(0, "store_id");
        known.root = row.get<std::string>(0, "root");
        known.token = row.get<std::string>(0, "token");
        known.owner_identity = row.get<std::string>(0, "owner_identity");
        known.next_token = row.optional<std::string>(0, "next_token").value_or("");
    }
    return known;
}

/// Nobody else changes the row until the transaction ends.
void hold(db::Session& session) {
    session.exec({"hold store", "select from store.store for update"});
    session.exec({"store waits for the disk", "set local synchronous_commit = on"});
}

[[noreturn]] void fail_absent(const fs::path& root, const Known& known) {
    fail(fmt::format("the array store {} is not there: it has no file {}{}", root.string(),
                     mark_name,
                     known.has_store && known.root != root.string()
                         ? fmt::format(" (it was last used at {})", known.root)
                         : ""),
         "Is its disk mounted? --store or TRIALBASE_STORE name another place. When its files are "
         "lost for good, trialbase store adopt begins anew there.");
}

[[noreturn]] void fail_foreign(const fs::path& root, const std::string& whose) {
    fail(fmt::format("the array store {} belongs to {}", root.string(), whose),
         "Name another root with --store or TRIALBASE_STORE. If this database is to take the store "
         "over: trialbase store adopt.");
}

bool names_one_of(db::Session& session, const std::vector<FoundFile>& files) {
    std::vector<std::string> names;
    for (const auto& file : files) {
        if (!file.is_temporary) names.push_back(file.file);
    }
    return session
        .exec({"store files known",
               "select exists (select from store.array where file = any ($1::text[])) as found"},
              db::Params().text_array(names))
        .get<bool>(0, "found");
}

/// A root without a mark: new, or from before there were marks.
void check_unmarked(db::Session& session, const Known& known, const fs::path& root) {
    if (known.is_new()) return;
    if (known.has_store && known.has_arrays) fail_absent(root, known);
    const auto files = list_files(root);
    if (files.empty()) {
        if (known.has_arrays) fail_absent(root, known);
    } else if (!names_one_of(session, files)) {
        fail_foreign(root, "another database: this one names none of its files");
    }
}

void check_owned(db::Session& session, const Known& known, const std::optional<StoreMark>& mark,
                 const fs::path& root) {
    if (!mark) return check_unmarked(session, known, root);
    const auto other = fmt::format("another database, {}", mark->database_name);
    if (known.has_store && mark->store_id != known.store_id) fail_foreign(root, other);
    if (mark->database_identity != known.database_identity) {
        fail_foreign(root, known.has_store
                               ? fmt::format("the database {} of which this one is a copy",
                                             mark->database_name)
                               : other);
    }
    const bool is_left =
        known.has_store && mark->token != known.token && mark->token != known.next_token;
    if (is_left && known.root != root.string()) {
        fail(fmt::format("this database has gone on with the array store at {}, not at {}",
                         known.root, root.string()),
             "Name that root with --store or TRIALBASE_STORE, or none. If this one is to be its "
             "store: trialbase store adopt.");
    }
    if (is_left) fail_foreign(root, "another copy of this database, which has gone on with it");
}

/// A copy of the owner may add files, whose names nobody else gives; the owner then collects no
/// garbage before it is told that the copy's files may go.
bool write_as_guest(const Known& known, const std::optional<StoreMark>& mark,
                    const fs::path& root) {
    if (!known.is_copy() || !mark || mark->store_id != known.store_id) return false;
    add_guest(root, fmt::format("{} {}", known.database_identity, known.database_name));
    return true;
}

void make_root(const fs::path& root) {
    if (::mkdir(root.c_str(), 0777) == 0 || errno == EEXIST) return;
    fail(fmt::format("cannot make the root of the array store {}: {}", root.string(),
                     std::strerror(errno)),
         "The folder that it is to lie in must exist. Is its disk mounted?");
}

void insert_row(db::Session& session, const Known& known, const std::string& store_id,
                const fs::path& root) {
    session.exec({"new store",
                  "insert into store.store as s (store_id, root, database_identity, token, "
                  "next_token) values ($1::uuid, $2, $3, $4::uuid, $4::uuid) on conflict do "
                  "nothing"},
                 db::Params()
                     .text(store_id)
                     .text(root.string())
                     .text(known.database_identity)
                     .text(new_run_id().to_string()));
}

/// The second step: the mark gets the token that the row announces, and then the row does.
StoreMark renew_mark(db::Session& session, const Known& known, const fs::path& root) {
    const StoreMark mark{known.store_id, known.database_identity, known.database_name,
                         known.next_token};
    make_root(root);
    write_mark(root, mark);
    session.exec({"store opened",
                  "update store.store set token = next_token, next_token = null, root = $1, "
                  "database_identity = $2, opened_at = now()"},
                 db::Params().text(root.string()).text(known.database_identity));
    return mark;
}

}  // namespace

bool is_store_unavailable(const Error& error) {
    return error.type() == "StoreUnavailable";
}

std::optional<fs::path> known_root(db::Session& session) {
    const auto row = session.exec({"store root", "select root from store.store"});
    if (row.rows() == 0) return std::nullopt;
    return row.get<std::string>(0, "root");
}

StoreMark open_for_writing(db::Session& session, const fs::path& root) {
    // The token is announced and committed before the mark shows it: whatever is cut short, the
    // mark has a token that the row knows.
    for (;;) {
        {
            db::Transaction announcing(session);
            hold(session);
            const auto known = look_up(session);
            const auto mark = read_mark(root);
            if (write_as_guest(known, mark, root)) return *mark;
            check_owned(session, known, mark, root);
            if (!known.has_store) {
                insert_row(session, known, mark ? mark->store_id : new_run_id().to_string(), root);
            } else if (known.next_token.empty()) {
                session.exec({"next token", "update store.store set next_token = $1::uuid"},
                             db::Params().text(new_run_id().to_string()));
            }
            announcing.commit();
        }
        db::Transaction writing(session);
        hold(session);
        const auto known = look_up(session);
        auto mark = read_mark(root);
        check_owned(session, known, mark, root);
        if (!known.has_store) continue;
        if (!known.next_token.empty()) {
            mark = renew_mark(session, known, root);
            writing.commit();
        }
        // Else another program has done it meanwhile.
        if (mark) return *mark;
    }
}

void require_owned(db::Session& session, const fs::path& root) {
    check_owned(session, look_up(session), read_mark(root), root);
    const auto others = guests(root);
    if (others.empty()) return;
    fail(
        fmt::format("the array store {} also holds files of {}", root.string(),
                    others.size() == 1
                        ? fmt::format("a copy of this database ({})",
                                      others.front().substr(others.front().find(' ') + 1))
                        : fmt::format("{} copies of this database", others.size())),
        "Files that only a copy names would be removed. When no copy is needed any more: trialbase "
        "store adopt, then again.");
}

void require_readable(db::Session& session, const fs::path& root) {
    const auto known = look_up(session);
    if (!known.has_store || !known.has_arrays || known.is_new()) return;
    const auto mark = read_mark(root);
    if (!mark) fail_absent(root, known);
    if (mark->store_id != known.store_id)
        fail_foreign(root, fmt::format("another database, {}", mark->database_name));
}

StoreMark adopt(db::Session& session, const fs::path& root) {
    make_root(root);
    std::optional<StoreMark> before;
    try {
        before = read_mark(root);
    } catch (const Error&) {
        // Damaged: written anew.
    }
    {
        db::Transaction announcing(session);
        hold(session);
        const auto known = look_up(session);
        const auto store_id = before            ? before->store_id
                              : known.has_store ? known.store_id
                                                : new_run_id().to_string();
        if (!known.has_store) insert_row(session, known, store_id, root);
        session.exec(
            {"adopt store", "update store.store set store_id = $1::uuid, next_token = $2::uuid"},
            db::Params().text(store_id).text(new_run_id().to_string()));
        announcing.commit();
    }
    db::Transaction writing(session);
    hold(session);
    const auto mark = renew_mark(session, look_up(session), root);
    std::error_code none;
    fs::remove(root / guests_name, none);
    writing.commit();
    return mark;
}

void StoreAccess::require_writable() {
    const std::lock_guard lock(mutex_);
    if (!opened_) {
        auto session = connect_();
        opened_ = open_for_writing(session, root_);
        return;
    }
    if (read_mark(root_) == opened_) return;
    // Another program of this database may have opened the store meanwhile: the database knows.
    auto session = connect_();
    renew(session);
}

void StoreAccess::require_still_ours(db::Session& session) {
    const std::lock_guard lock(mutex_);
    if (opened_) renew(session);
}

void StoreAccess::renew(db::Session& session) {
    for (auto mark = read_mark(root_);;) {
        const auto known = look_up(session);
        if (!mark) fail_absent(root_, known);
        // Another program may have opened the store between the two looks.
        const bool is_known =
            known.has_store && (mark->token == known.token || mark->token == known.next_token);
        if (!is_known) {
            auto again = read_mark(root_);
            if (again != mark) {
                mark = std::move(again);
                continue;
            }
        }
        if (!write_as_guest(known, mark, root_)) check_owned(session, known, mark, root_);
        opened_ = mark;
        return;
    }
}

void StoreAccess::require_readable() {
    auto session = connect_();
    store::require_readable(session, root_);
}

}  // namespace tb::store
