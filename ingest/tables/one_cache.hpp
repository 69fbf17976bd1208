// ONE's cache: the tables sessions.pqt and datasets.pqt of old and new layout.
// Source: spec/ibl_behavior.md, 11.3.
#pragma once

#include "ingest/tables/listed.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace tb::tables {

struct OneCacheFiles {
    std::filesystem::path sessions;
    std::optional<std::filesystem::path> datasets;
};

/// The tables that a path has: a folder's sessions.pqt and, if it is there, datasets.pqt; or a
/// table of sessions alone. @throws tb::Error (not_found) for a folder without sessions.pqt
[[nodiscard]] OneCacheFiles one_cache_files(const std::filesystem::path& path);

/// Reads a cache. The list's name is the origin that the tables tell, else that of its folder.
/// A row that cannot be used costs itself and is among the problems. Datasets are read when they
/// are asked for, so that their problems come then; the result must stay where it is until then.
/// @throws tb::Error (data) for a file that is no such table
void read_one_cache(const OneCacheFiles& files, const std::string& name, ListedTables& tables);

}  // namespace tb::tables
