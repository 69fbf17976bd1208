// What a populate leaves, and why: keys that are open, by what they wait for.
#pragma once

#include "src/populate/catalogue.hpp"
#include "trialbase/computed_table.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tb::populate {

/// Keys of one table that wait for the same.
struct LeftKeys {
    enum class Reason {
        pending,    ///< may be taken, unless others hold their rows
        put_back,   ///< come again in a moment: rows that they need were held
        retry,      ///< wait for their next try after an error that passes
        running,    ///< claimed by a living worker
        abandoned,  ///< claimed by a worker that is dead
        newer,      ///< of a later code version than this program's
        nobody      ///< this program has no computation for the table
    };
    std::string table;
    Reason reason = Reason::pending;
    std::int64_t count = 0;
    double wait_s = 0;  ///< until the first may be taken; for retry and put_back
    std::string about;  ///< the last error, who works on them or who holds rows; may be empty
    [[nodiscard]] std::string text() const;  ///< the reason in words
};
[[nodiscard]] std::string_view to_string(LeftKeys::Reason reason) noexcept;

/// Keys that are pending or running, by table (in the order given) and reason.
/// @param where  as for populate, empty for all
[[nodiscard]] std::vector<LeftKeys> read_left(db::Session& session,
                                              const std::vector<TableInfo>& tables,
                                              const std::string& where);

/// Names the keys that this program cannot compute as such (newer, nobody).
void judge_left(std::vector<LeftKeys>& left, const std::vector<TableInfo>& tables,
                const std::vector<ComputedTable>& registry);

/// The jobs of a table, or those that meet a condition, as what stands after `from`.
[[nodiscard]] std::string restricted_jobs(db::Session& session, const TableInfo& table,
                                          const std::string& where);

}  // namespace tb::populate
