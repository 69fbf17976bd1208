// Failed keys: which errors pass by themselves, and how an error is recorded with its key.
#pragma once

#include "src/db/sqlstate.hpp"
#include "src/populate/batch.hpp"
#include "src/populate/worker_context.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tb::populate {

using db::is_cancelled;
using db::is_outage;
using db::is_passing;

/// What a failed key is recorded with. Message cut at 2,000 bytes with a mark; detail whole.
struct KeyError {
    std::string type;
    std::string message;
    std::string detail;
};
[[nodiscard]] KeyError key_error_of(const std::exception& error);

/// Records errors with their keys and counts them. A passing error (as the database reported it)
/// is tried again after a growing delay; so is a statement that was cut off for its length, some
/// times.
/// @param failed  one key at least, all of one claim
/// @param database_error  null when the computation itself failed
/// @throws tb::Error (passing) when the database is lost, or cannot record for the moment (its disk
/// is full): the caller gives the keys back when it can
void record_errors(db::Session& session, const WorkerContext& context, const TableInfo& table,
                   int code_version, const std::vector<std::pair<ClaimedKey*, KeyError>>& failed,
                   const Error* database_error);

}  // namespace tb::populate
