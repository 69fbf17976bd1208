// One column of a Parquet file: from its pages to values.
#pragma once

#include "ingest/formats/parquet_schema.hpp"
#include "ingest/formats/table.hpp"

namespace tb::formats::parquet {

/// Reads the column of `leaf` (number `index` of the schema) from all row groups of the file.
/// @throws tb::Error (data) naming file, byte offset and column
[[nodiscard]] Column read_column(const Source& source, const Footer& footer, const Leaf& leaf,
                                 std::size_t index, Allowance& allowance);

}  // namespace tb::formats::parquet
