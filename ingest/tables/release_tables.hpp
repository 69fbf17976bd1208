// Tables that a paper publishes beside its data: releases (which sessions and insertions were
// used), sets of sessions, and quality control by session. Real ones:
// int-brain-lab/paper-brain-wide-map.
#pragma once

#include "ingest/tables/listed.hpp"

#include <filesystem>
#include <span>
#include <vector>

namespace tb::tables {

/// The tables below these paths: files as they are named, of folders those that end in .csv, .pqt
/// or .parquet. @throws tb::Error (not_found) for a folder without any
[[nodiscard]] std::vector<std::filesystem::path> release_files(
    std::span<const std::filesystem::path> paths);

/// Reads tables by the columns that they have: with `subject` and `date` a release (with `pid` of
/// insertions), with the session's UUID alone (`eid`, `Session ID`) a set of sessions, with further
/// columns quality control: True and False, labels (PASS), other texts (MISSING). A list's name is
/// that of its file. Of a folder a table of none of these kinds is left out, and told.
/// @throws tb::Error (data) for the only file, when it is no such table
void read_release_tables(std::span<const std::filesystem::path> files, ListedTables& tables);

}  // namespace tb::tables
