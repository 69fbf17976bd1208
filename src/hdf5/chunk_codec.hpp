// Chunks as the HDF5 filters shuffle and gzip leave them, made and undone several times faster than
// the library's own: shuffling by vector instructions, deflate by libdeflate, and byte planes that
// hold nothing but noise are not searched for repetitions at all. Knows nothing of HDF5.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace tb::hdf5 {

/// Puts byte i of every element together, for i from 0: HDF5's filter `shuffle`. `out` has the size
/// of `in` and does not overlap it; bytes beyond the last whole element are copied.
void shuffle_bytes(std::span<const std::byte> in, std::span<std::byte> out,
                   std::size_t element_size);
/// The reverse.
void unshuffle_bytes(std::span<const std::byte> in, std::span<std::byte> out,
                     std::size_t element_size);

/// Shuffles and compresses the chunks of one array. Belongs to one thread.
class ChunkPacker {
  public:
    /// @param level  1 to 12, of libdeflate
    ChunkPacker(std::size_t element_size, int level);
    ~ChunkPacker();
    ChunkPacker(const ChunkPacker&) = delete;
    ChunkPacker& operator=(const ChunkPacker&) = delete;

    /// Looks at one chunk to find out which byte planes are noise; optional, once per array.
    void learn(std::span<const std::byte> chunk);

    struct Packed {
        std::span<const std::byte> bytes;  ///< valid until the next call
        bool is_deflated = true;           ///< false: only shuffled, deflate did not pay
    };
    /// A zlib stream (RFC 1950) of the shuffled chunk.
    [[nodiscard]] Packed pack(std::span<const std::byte> chunk);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Undoes chunks. Belongs to one thread.
class ChunkUnpacker {
  public:
    ChunkUnpacker();
    ~ChunkUnpacker();
    ChunkUnpacker(ChunkUnpacker&&) noexcept;
    ChunkUnpacker& operator=(ChunkUnpacker&&) noexcept;

    /// Undoes deflate (when `is_deflated`), then shuffle (when `is_shuffled`) into `chunk`, whose
    /// size is the chunk's. @return false when the bytes are no such chunk
    [[nodiscard]] bool unpack(std::span<const std::byte> bytes, std::span<std::byte> chunk,
                              std::size_t element_size, bool is_shuffled, bool is_deflated);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tb::hdf5
