// Sets of sessions whose trials are fitted together, from a table that names them.
#pragma once

#include "src/db/session.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tb::load {

struct PoolImport {
    int pools = 0;                     ///< rows of the table
    int members = 0;                   ///< sessions found
    std::vector<std::string> missing;  ///< lab/subject/date/number that are not in the database
};

/// Reads a CSV with the columns lab, subject and sessions (`date/number` separated by blanks) and
/// makes one task.session_pool a row, named `<prefix>/<lab>/<subject>`, with its members; a set
/// that exists gets just these members. Columns bias, threshold, lapselow, lapsehigh, easy_correct,
/// zero_contrast, median_rt, where present, go to task.published_fit. One transaction; the same
/// table twice changes nothing.
/// @throws tb::Error (data) for a table without these columns
[[nodiscard]] PoolImport import_pools(db::Session& session, const std::filesystem::path& csv,
                                      const std::string& prefix);

/// What became of a set's members.
struct PoolChange {
    std::int64_t members = 0;         ///< of the set now
    std::int64_t added = 0;           ///< of these, new ones
    std::int64_t removed = 0;         ///< former members that were not named
    std::int64_t without_trials = 0;  ///< sessions named that have no choice trials: no members
};

/// Makes a set of just these sessions (keys), or makes an existing one so
/// with this description. One transaction; the same sessions twice change nothing.
[[nodiscard]] PoolChange fill_pool(db::Session& session, const std::string& pool,
                                   const std::string& description,
                                   const std::vector<std::string>& session_ids);

}  // namespace tb::load
