// Parquet files: bytes to a table; what is read must be rectangular, and survive being written and
// read again. Checksums are not looked at in fuzzing builds.
#include "ingest/formats/bytes.hpp"
#include "ingest/formats/parquet.hpp"
#include "trialbase/error.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tb::formats;
    ParquetTable read;
    try {
        read = parse_parquet(std::as_bytes(std::span(data, size)), "fuzz.parquet");
    } catch (const tb::Error&) {
        return 0;
    }
    for (const Column& column : read.table.columns) {
        if (column.size() != read.table.rows) std::abort();
        if (!column.missing.empty() && column.missing.size() != read.table.rows) std::abort();
    }
    if (read.table.rows > 10'000 || read.table.columns.size() > 100) return 0;
    ParquetOptions options;
    options.dictionary = size % 2 == 0;
    options.data_page_v2 = size % 3 == 0;
    std::string written;
    try {
        written = parquet_bytes(read.table, options);
    } catch (const tb::Error&) {
        return 0;  // a value beyond its INT32 (UINT_32)
    }
    const ParquetTable again = parse_parquet(as_bytes(written), "again.parquet");
    if (again.table.rows != read.table.rows ||
        again.table.columns.size() != read.table.columns.size())
        std::abort();
    for (std::size_t c = 0; c < again.table.columns.size(); ++c) {
        const Column& one = read.table.columns[c];
        const Column& other = again.table.columns[c];
        if (one.values.index() != other.values.index()) std::abort();
        for (std::size_t row = 0; row < read.table.rows; ++row)
            if (one.is_missing(row) != other.is_missing(row)) std::abort();
        if (std::holds_alternative<std::vector<std::string>>(one.values) &&
            one.values != other.values)
            std::abort();
    }
    return 0;
}
