// One column's part of a row group, written: its pages.
#pragma once

#include "ingest/formats/parquet.hpp"
#include "ingest/formats/parquet_format.hpp"

#include <cstddef>
#include <string>

namespace tb::formats::parquet {

/// How a column of ours is stored.
struct Storage {
    Physical type = Physical::real64;
    int converted = -1;  // number of the old annotation, which all readers know
    bool is_list = false;
    bool is_local_time = false;  // microseconds of a clock without zone: only the new annotation
};

[[nodiscard]] Storage storage_of(const Column& column);

/// Where a column chunk came to lie.
struct Chunk {
    std::size_t begin = 0;
    std::size_t dictionary = 0;
    bool has_dictionary = false;
    std::size_t data = 0;
    std::size_t raw_size = 0;
    std::size_t values = 0;
};

/// Adds the pages of some rows to `out`. @return where they lie in it
/// @throws tb::Error (data) when a value does not fit its type, or a page would be too large
[[nodiscard]] Chunk write_chunk(std::string& out, const Column& column, const Storage& storage,
                                Codec codec, const ParquetOptions& options, std::size_t first_row,
                                std::size_t end_row);

}  // namespace tb::formats::parquet
