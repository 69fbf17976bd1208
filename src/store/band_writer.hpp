// Writes one array's values piece by piece: a band of chunks at a time, compressed as it fills.
#pragma once

#include "src/hdf5/chunk_codec.hpp"
#include "src/store/array_store.hpp"
#include "src/store/hdf5.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace tb::store {

/// Index metadata of a stored chunk, at most [bytes].
inline constexpr std::size_t metadata_of_chunk = 1024;

/// A hash as store.array has it.
[[nodiscard]] std::string hex(const XXH128_hash_t& hash);

/// Gathers the pieces of an array until a band of chunks is full (as many rows as a chunk is long),
/// and writes it.
class BandWriter {
  public:
    /// @param dataset  open, and made with these chunks; stays the caller's
    /// @param reserve  called with the bytes that are written next
    BandWriter(hid_t dataset, const StoredArray& row, std::vector<std::size_t> chunk,
               const StoreOptions& options, std::string doing,
               std::function<void(std::size_t)> reserve);

    /// @throws tb::Error (io) when it cannot be written
    void take(std::span<const std::byte> bytes);
    /// Writes the rest; checksum and length in the file go into the row.
    void finish(StoredArray& row);

  private:
    void write_band();
    void pack_band(std::size_t rows);
    void copy_band(std::size_t rows);

    hid_t dataset_;
    std::vector<std::size_t> shape_;
    std::string dtype_;
    std::vector<std::size_t> chunk_;
    Codec codec_;
    std::string doing_;
    std::function<void(std::size_t)> reserve_;
    hdf5::ChunkPacker packer_;
    bool has_learnt_ = false, is_packed_ = false;
    std::size_t row_bytes_ = 0, n_columns_ = 1, chunk_columns_ = 1, cell_bytes_ = 0;
    std::size_t first_row_ = 0;
    std::int64_t stored_ = 0;
    std::vector<std::byte> band_, tile_;
    XXH3_state_t hash_{};
};

}  // namespace tb::store
