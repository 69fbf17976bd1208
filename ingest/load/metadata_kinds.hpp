// The tables of metadata that a lab writes by hand: which columns each has and what they mean.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tb::load {

enum class MetadataType { text, date, time, number, fraction, integer, boolean, sex, time_zone };

/// A column of such a table.
struct MetadataColumn {
    std::string name;
    std::vector<std::string> other_names;  ///< that are taken, too
    MetadataType type = MetadataType::text;
    bool is_key = false;  ///< the row means nothing without it
    std::string about;    ///< for people, with the unit
    std::string example;
};

/// A kind of table. The statement of the same name in ingest/load/sql gets the columns' values in
/// order as $1, $2, ... (text or null) and answers with one row per thing that it made or changed.
struct MetadataKind {
    std::string name;  ///< subjects, labs, members, weighings, water
    std::string one;   ///< what a row of it is called: subject, lab, member, weighing, water
    std::string about;
    std::vector<MetadataColumn> columns;
};

[[nodiscard]] const std::vector<MetadataKind>& metadata_kinds();

/// @throws tb::Error (usage) naming the nearest kind
[[nodiscard]] const MetadataKind& metadata_kind(std::string_view name);

/// A table of the kind with its header and one row as an example.
[[nodiscard]] std::string metadata_template(const MetadataKind& kind);

}  // namespace tb::load
