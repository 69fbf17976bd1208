// Deleting rows with everything that hangs on them: what would go, and exactly that.
#pragma once

#include "src/db/session.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tb::populate {

/// Which rows: those of a table that meet a condition.
struct CascadeRequest {
    std::string table;          ///< as to_regclass reads it
    std::string where;          ///< SQL condition over its columns
    bool with_masters = false;  ///< masters whose part rows go may go along
};

/// What a delete takes and what it leaves without a reference.
struct CascadePlan {
    struct Table {
        std::string name;
        std::int64_t rows = 0;
        std::string tier;  ///< empty for a table that nobody registered
        bool is_master_of_part = false;
        friend bool operator==(const Table&, const Table&) = default;
    };
    struct Kept {  ///< rows that stay; these columns are set to null or to their default
        std::string name;
        std::int64_t rows = 0;
        std::string columns;
        std::string becomes;
        friend bool operator==(const Kept&, const Kept&) = default;
    };
    std::vector<Table> tables;  ///< from the table asked for to what hangs on it
    std::vector<Kept> kept;
    std::string
        identity;  ///< equal for the same rows by their keys; empty when it was not asked for

    [[nodiscard]] std::int64_t rows() const;
    friend bool operator==(const CascadePlan&, const CascadePlan&) = default;
};

/// What would go at this moment, as one snapshot has it. Locks nothing and leaves no transaction.
/// @throws tb::Error (conflict, TB009) when masters would have to go along and may not
[[nodiscard]] CascadePlan preview_cascade(db::Session& session, const CascadeRequest& request);

/// How long to wait for others that hold the rows, and whom to tell.
struct CascadeWait {
    std::chrono::seconds longest{60};
    std::chrono::milliseconds lock_timeout{2000};  ///< after which all is let go and tried again
    std::function<void(const std::string& who)> tell = [](const std::string&) {};
    db::ConnectOptions connect;  ///< for looking who is in the way
};

/// Locks the rows, and deletes them when they are those that were shown.
struct CascadeResult {
    bool is_deleted = false;  ///< false: they are no longer the same; nothing was changed
    CascadePlan plan;
};
/// @param shown  what somebody agreed to; null: whatever there is
/// @throws tb::Error (conflict) when others still hold the rows after the longest wait, naming them
[[nodiscard]] CascadeResult delete_cascade(db::Session& session, const CascadeRequest& request,
                                           const CascadePlan* shown, const CascadeWait& wait);

}  // namespace tb::populate
