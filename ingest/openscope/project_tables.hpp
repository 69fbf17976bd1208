// The experiment's tables of sessions: mouse_df.csv and metadata.csv. Source: spec/openscope.md, 1.
#pragma once

#include "ingest/allen/project_table.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tb::openscope {

/// One row a session, key `sessid`.
[[nodiscard]] const allen::ProjectTableKind& mouse_table();
/// The archive's list, one row a session, key `allen_session_id`.
[[nodiscard]] const allen::ProjectTableKind& metadata_table();

/// Reads one of the two. A row with a cell that cannot be read is among the faults (TableCell). A
/// session in several rows is a DuplicateSession: rows that differ are all left out, of equal ones
/// the first stays. Columns that are not known are kept as text.
/// @throws tb::Error (data) when the file is no CSV, of type MissingColumn when it lacks a required
/// column; (io) when it cannot be read
[[nodiscard]] allen::ProjectTable read_table(const std::filesystem::path& file,
                                             const allen::ProjectTableKind& kind);

/// Which of the two a CSV file is, by its header; null when it is none. @throws tb::Error (io)
[[nodiscard]] const allen::ProjectTableKind* kind_of_table(const std::filesystem::path& file);

/// `20180926` as 2018-09-26; nothing for a day that no calendar has.
[[nodiscard]] std::optional<std::string> iso_day(std::string_view text);
/// `20180926T172917`, which is UTC, as 2018-09-26T17:29:17Z; nothing for no such time.
[[nodiscard]] std::optional<std::string> iso_moment(std::string_view text);

}  // namespace tb::openscope
