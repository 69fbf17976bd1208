// Flat Parquet tables (spec/libraries.md, "Parquet in one page"): reading, and a plain writer.
#pragma once

#include "ingest/formats/table.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::formats {

/// A table with what its file says about itself. `codecs` and `physical_types` run parallel to the
/// table's columns.
///
/// Values: BOOLEAN to bool; INT32 and INT64 to integers (DATE in days, TIME and TIMESTAMP in the
/// unit that stored_type names); FLOAT, DOUBLE, FLOAT16 and DECIMAL to double; INT96 to integers,
/// microseconds since 1970
/// ("INT96 TIMESTAMP_MICROS"); byte arrays to text as they are, UUID as the usual 36 characters;
/// lists of numbers, booleans or decimals to lists of double (a null element is NaN, a null list is
/// missing); lists of text to lists of text. The fields of a struct become columns "struct.field".
struct ParquetTable {
    Table table;
    std::map<std::string, std::string>
        metadata;                     ///< key/value metadata (pandas, one_metadata, ...)
    std::vector<std::string> codecs;  ///< per leaf column: UNCOMPRESSED SNAPPY GZIP ZSTD BROTLI
                                      ///< LZ4_RAW
    std::vector<std::string>
        physical_types;  ///< per leaf column: BOOLEAN INT32 INT64 FLOAT DOUBLE BYTE_ARRAY ...
    std::string created_by;
};

/// Reads the named columns (all when empty; a struct's name stands for its fields). Encodings
/// PLAIN, dictionary, RLE, DELTA_*, BYTE_STREAM_SPLIT; pages v1 and v2; codecs none, snappy, gzip,
/// zstd, brotli, LZ4_RAW; optional columns; lists of numbers and of text. Others (the old LZ4,
/// maps, deeper nesting) are refused with a message that names the column and the feature; columns
/// that are not asked for are not looked at. A page whose checksum does not fit is refused.
/// @param most_rows  a table of more is refused before any value is unpacked
/// @throws tb::Error (data) naming file and byte offset; no allocation larger than the file can
/// justify
[[nodiscard]] ParquetTable read_parquet(const std::filesystem::path& file,
                                        const std::vector<std::string>& columns = {});
[[nodiscard]] ParquetTable parse_parquet(std::span<const std::byte> bytes, std::string_view name,
                                         const std::vector<std::string>& columns = {},
                                         std::size_t most_rows = SIZE_MAX);

/// How a table is written; the defaults suit pandas, R and DuckDB.
struct ParquetOptions {
    std::string codec = "ZSTD";  ///< UNCOMPRESSED SNAPPY GZIP ZSTD
    bool dictionary = false;     ///< dictionary pages for columns of at most 32768 different values
    bool data_page_v2 = false;
    bool checksums = true;              ///< CRC-32 of every page; the reader checks them
    std::size_t rows_per_page = 65536;  ///< at most; a page of text also ends after 8 MiB
    std::size_t rows_per_group = 0;     ///< 0: one row group
    std::map<std::string, std::string> metadata;
};

/// Writes a file piece by piece, so that memory holds no more than a row group. Life: add() any
/// number of times with tables of the same columns (at least one table, which may have no rows),
/// finish() once.
class ParquetWriter {
  public:
    ParquetWriter(ParquetOptions options, std::function<void(std::string_view)> write);
    ~ParquetWriter();
    ParquetWriter(const ParquetWriter&) = delete;
    ParquetWriter& operator=(const ParquetWriter&) = delete;

    /// A row group (or several, by rows_per_group). @throws tb::Error as parquet_bytes
    void add(const Table& table);
    /// The footer.
    void finish();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The bytes of a Parquet file; null where NaN or missing. Integer columns are INT64, unless their
/// stored_type is "INT32" or begins with "INT32 "; the annotations UTF8, DATE, TIMESTAMP_MILLIS,
/// TIMESTAMP_MICROS and LOCAL_TIMESTAMP_MICROS (a clock without zone) in it are kept.
/// @throws tb::Error (internal) when the columns differ in length; (data) when a value does not fit
/// its INT32
[[nodiscard]] std::string parquet_bytes(const Table& table, const ParquetOptions& options = {});

}  // namespace tb::formats
