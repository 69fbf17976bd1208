// What a database says of the migrations and objects that were applied to it. For migrate.cpp.
#pragma once

#include "src/db/schema_files.hpp"
#include "src/db/session.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tb::db {

/// Makes the tables, where they are not there.
void make_bookkeeping(Session& session);
[[nodiscard]] bool has_bookkeeping(Session& session);

/// A migration that the database has gone through.
struct Applied {
    int number = 0;
    std::string name;
    std::string chain;
    std::string applied_at;
    std::string program_version;
};

/// In order of number; none without bookkeeping.
[[nodiscard]] std::vector<Applied> read_applied(Session& session);
/// Compares what was applied with the files; returns how many of the files are applied.
/// @param allow_newer  migrations that only the database has, after all of the files', are no error
/// @throws tb::Error (conflict) when one was edited, is missing, or the database is newer
[[nodiscard]] std::size_t compare(const Schema& schema, const std::vector<Applied>& applied,
                                  bool allow_newer);

void record(Session& session, const Migration& one, const MigrateOptions& options);

/// Hash of a set of objects (or of one file of it) as it was applied last; empty when it was not.
[[nodiscard]] std::string recorded_state(Session& session, std::string_view set);
void record_state(Session& session, std::string_view set, const std::string& hash,
                  const MigrateOptions& options);
[[nodiscard]] bool has_object_set(Session& session);

}  // namespace tb::db
