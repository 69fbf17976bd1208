// From the schema tree of a Parquet file to the columns that a flat table has.
#pragma once

#include "ingest/formats/parquet_format.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tb::formats::parquet {

/// One leaf of the schema, which is one column of every row group.
struct Leaf {
    std::string name;  ///< parts joined by dots; a list has the name of the whole list
    SchemaElement element;
    unsigned max_definition = 0;
    unsigned max_repetition = 0;
    unsigned list_definition =
        0;  ///< definition level of the repeated part: below it the list is empty or null
    std::string unsupported;  ///< why it cannot be read; empty when it can
};

/// Leaves in the order of the column chunks. @throws tb::Error (data) when the schema is no tree
[[nodiscard]] std::vector<Leaf> schema_leaves(const Footer& footer, const Source& source,
                                              Allowance& allowance);

}  // namespace tb::formats::parquet
