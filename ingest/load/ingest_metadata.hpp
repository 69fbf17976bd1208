// Metadata that a lab writes by hand: labs, people, subjects, weights and water from CSV tables.
#pragma once

#include "ingest/load/metadata_kinds.hpp"
#include "src/db/session.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace tb::load {

/// A field or row that was not taken.
struct MetadataIssue {
    std::size_t line = 0;
    std::string column;  ///< empty: the whole row
    std::string type;    ///< BadValue, BadKey, UnknownName, DuplicateRow, ExtraFields
    std::string message;
    bool is_row_lost = false;
};

struct MetadataSummary {
    std::size_t rows = 0;
    std::size_t added = 0;
    std::size_t updated = 0;
    std::size_t unchanged = 0;
    std::size_t refused = 0;             ///< rows that gave nothing
    std::string new_key;                 ///< UUID of the row that was added last; empty: it has none
    std::vector<std::string> new_names;  ///< names that rows brought along: `strain C57BL/6J`
    std::vector<MetadataIssue> issues;
};

struct MetadataOptions {
    std::string lab;       ///< of rows that name none
    bool dry_run = false;  ///< find the same issues, write nothing
};

/// Loads a table in one transaction, each row by its natural key: an empty field leaves what is
/// known; a bad value costs itself, a bad key its row. Issues are kept in core.session_error
/// (source csv, identifier <file>:<line>) until the file is loaded without them; so is what is
/// thrown of the file (identifier <file>), until it is loaded.
/// @throws tb::Error (data) naming file, line and column for a file that is no such table:
/// encoding,
///         quotes, an unknown, repeated or missing column
[[nodiscard]] MetadataSummary ingest_metadata(db::Session& session, const MetadataKind& kind,
                                              const std::filesystem::path& file,
                                              const MetadataOptions& options = {});

/// A value of one row: name of its column and what is told of it.
using MetadataField = std::pair<std::string, std::string>;

/// Stores one row that somebody tells, by its natural key as a row of a table; all of it or
/// nothing. The lab may be left out where one subject alone has the name.
/// @throws tb::Error (data) for a value that a table's row would lose, naming its column; (data)
///         for a subject of several labs or of none; (usage) for a column that the kind has not
[[nodiscard]] MetadataSummary add_metadata(db::Session& session, const MetadataKind& kind,
                                           const std::vector<MetadataField>& fields,
                                           bool is_dry_run = false);

}  // namespace tb::load
