// Reads data sets whose chunks are shuffled and deflated, several times faster than the library
// inflates them. Runs in the child process.
#pragma once

#include "src/hdf5/chunk_codec.hpp"
#include "src/hdf5/handle.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace tb::hdf5 {

struct Box;

/// The chunks of one data set. What it does not understand (a chunk that was never written, one
/// that does not inflate) it leaves to the library, which has the words for it.
class PackedChunks {
  public:
    /// Nothing when the filters are others than deflate, or shuffle and deflate.
    /// @param creation  the data set's creation properties
    /// @param cache_bytes  of chunks kept between boxes that cut them
    [[nodiscard]] static std::optional<PackedChunks> of(hid_t creation,
                                                        std::vector<std::size_t> shape,
                                                        const std::vector<hsize_t>& chunk,
                                                        std::size_t value_size,
                                                        std::size_t cache_bytes);

    /// The values of a box as they are stored, in C order. @return false: the library must
    [[nodiscard]] bool read(hid_t dataset, const Box& box, std::span<std::byte> out);

  private:
    PackedChunks() = default;
    /// Inflates the chunk that begins at `start`. @return false: the library must
    [[nodiscard]] bool unpack(hid_t dataset, const std::vector<hsize_t>& start,
                              std::span<std::byte> into);
    /// The inflated chunk, kept for the next box; null: the library must.
    [[nodiscard]] const std::vector<std::byte>* kept(hid_t dataset,
                                                     const std::vector<hsize_t>& start);
    /// Copies what a chunk and a box have in common.
    void copy_common(std::span<const std::byte> chunk, const std::vector<hsize_t>& start,
                     const Box& box, std::span<std::byte> out) const;

    std::vector<std::size_t> shape_, chunk_;
    std::size_t value_size_ = 0, chunk_bytes_ = 0, cache_bytes_ = 0;
    bool is_shuffled_ = false;
    ChunkUnpacker unpacker_;
    std::vector<std::byte> packed_, scratch_;
    std::map<std::vector<hsize_t>, std::vector<std::byte>> kept_;
};

}  // namespace tb::hdf5
