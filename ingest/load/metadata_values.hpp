// Values that people write in tables of metadata, as the database takes them.
#pragma once

#include "ingest/load/metadata_kinds.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tb::load {

/// What became of a field: its value, or why it has none.
struct MetadataValue {
    std::optional<std::string> text;  ///< as SQL casts it; empty for an empty field and a bad one
    std::string fault;                ///< empty when the field is good
};

/// A field as its column's type has it: dates only as 2019-02-03, times as 2019-05-04T09:30[:12]
/// with or without an offset or Z, sex also as male and female, yes and no as booleans, decimal
/// commas where the table's delimiter is a semicolon. Numbers are finite and not negative.
/// Time zones are left to the database, which knows them.
[[nodiscard]] MetadataValue metadata_value(std::string_view field, MetadataType type,
                                           char delimiter);

}  // namespace tb::load
