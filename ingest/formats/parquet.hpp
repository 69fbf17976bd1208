// Flat Parquet tables (spec/libraries.md, "Parquet in one page"): reading, and a plain writer.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/formats/table.hpp"

namespace tb::formats {

/// A table with what its file says about itself.
struct ParquetTable {
    Table table;
    std::map<std::string, std::string> metadata;  ///< key/value metadata (pandas, one_metadata, ...)
    std::vector<std::string> codecs;              ///< per leaf column: UNCOMPRESSED SNAPPY GZIP ZSTD
    std::vector<std::string> physical_types;      ///< per leaf column: BOOLEAN INT32 INT64 FLOAT DOUBLE BYTE_ARRAY ...
    std::string created_by;
};

/// Reads the named columns (all when empty). Encodings PLAIN, dictionary, RLE, DELTA_*; pages v1 and v2; codecs none,
/// snappy, gzip, zstd; optional columns; lists of primitives. Others (brotli, LZ4, maps, deeper nesting) are
/// refused with a message that names the column and the feature.
/// @throws tb::Error (data) naming file and byte offset; no allocation larger than the file can justify
[[nodiscard]] ParquetTable read_parquet(const std::filesystem::path& file,
                                        const std::vector<std::string>& columns = {});
[[nodiscard]] ParquetTable parse_parquet(std::span<const std::byte> bytes, std::string_view name,
                                         const std::vector<std::string>& columns = {});

/// One row group, plain values, zstd; null where NaN or missing.
[[nodiscard]] std::string parquet_bytes(const Table& table);

}  // namespace tb::formats
