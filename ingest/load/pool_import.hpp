// Sets of sessions whose trials are fitted together, from a table that names them.
#pragma once

#include "src/db/session.hpp"

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

}  // namespace tb::load
