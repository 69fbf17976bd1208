// Where PostgreSQL's server programs are installed.
#pragma once

#include <filesystem>

namespace tb::db {

/// The folder with initdb, pg_ctl and postgres: the newest installation that is new enough, or the
/// one of exactly `wanted` when that is not 0.
/// @param named  where to look; empty: $TRIALBASE_POSTGRES_BIN, else the usual places and the path
/// @throws tb::Error (unavailable) when there is none; (conflict) when there are others than
/// `wanted`
[[nodiscard]] std::filesystem::path find_binaries(const std::filesystem::path& named, int wanted);

}  // namespace tb::db
