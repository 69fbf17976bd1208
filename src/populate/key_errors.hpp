// Failed keys: which errors pass by themselves, and how an error is recorded with its key.
#pragma once

#include "src/populate/batch.hpp"
#include "src/populate/worker_context.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tb::populate {

/// True for errors known to pass: lost connection, serialization, deadlock, lock not available,
/// disk full, server stopping.
[[nodiscard]] bool is_passing(const Error& error);

/// What a failed key is recorded with. Message cut at 2,000 bytes with a mark; detail whole.
struct KeyError {
    std::string type;
    std::string message;
    std::string detail;
};
[[nodiscard]] KeyError key_error_of(const std::exception& error);

/// Records errors with their keys and counts them. A passing error (as the database reported it)
/// is tried again after a growing delay.
/// @param failed  one key at least, all of one claim
/// @param database_error  null when the computation itself failed
/// @throws tb::Error (passing) when the database is lost, or cannot record for the moment (its disk
/// is full): the caller gives the keys back when it can
void record_errors(db::Session& session, const WorkerContext& context, const TableInfo& table,
                   int code_version, const std::vector<std::pair<ClaimedKey*, KeyError>>& failed,
                   const Error* database_error);

}  // namespace tb::populate
