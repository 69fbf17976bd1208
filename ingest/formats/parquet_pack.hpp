// How values lie in a page, written: levels and indices as runs and bit-packed groups, pages
// packed.
#pragma once

#include "ingest/formats/parquet_format.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tb::formats::parquet {

/// Run lengths and bit-packed groups mixed: runs of eight and more as runs.
void put_hybrid(std::string& out, const std::vector<std::uint32_t>& values, unsigned width);

/// @throws tb::Error (internal) when a library fails
[[nodiscard]] std::string packed(Codec codec, const std::string& raw);

}  // namespace tb::formats::parquet
