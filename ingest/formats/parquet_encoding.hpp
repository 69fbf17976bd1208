// The encodings inside Parquet pages: run lengths with bit packing, delta coding; and the codecs
// around them.
#pragma once

#include "ingest/formats/parquet_format.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tb::formats::parquet {

/// Where a page stands, for messages: unpacked bytes have no place of their own in the file.
struct Where {
    const Source* source = nullptr;
    std::size_t page = 0;
    [[noreturn]] void fail(std::string_view what) const { source->fail(page, what); }
};

/// Run lengths and bit-packed groups mixed (RLE of the format). Reads numbers of `width` bits
/// (0..32), front to back.
class HybridReader {
  public:
    HybridReader(std::span<const std::byte> bytes, unsigned width, const Where& where)
        : bytes_(bytes), width_(width), where_(where) {}
    /// Fills `out`. @throws tb::Error (data) when the bytes end before
    void read(std::span<std::uint32_t> out);
    /// Fills `out` with numbers that must not exceed `most`; returns how many equal it.
    [[nodiscard]] std::size_t read_levels(std::span<std::uint8_t> out, unsigned most);

  private:
    void next_run();
    [[nodiscard]] std::uint64_t bits(std::size_t first_bit) const;

    std::span<const std::byte> bytes_;
    unsigned width_;
    Where where_;
    std::size_t at_ = 0;
    std::uint64_t run_left_ = 0;
    std::uint32_t run_value_ = 0;
    std::uint64_t packed_left_ = 0;
    std::size_t packed_bit_ = 0;  // from the start of bytes_
};

/// DELTA_BINARY_PACKED: exactly `count` integers to the end of `out`; returns the bytes used.
[[nodiscard]] std::size_t read_delta_integers(std::span<const std::byte> bytes, std::size_t count,
                                              std::vector<std::int64_t>& out, const Where& where);

/// The unpacked bytes of a page, kept in `buffer` unless they were stored raw. Refuses sizes that
/// the codec cannot reach.
/// @throws tb::Error (data) also for codecs that are not supported
[[nodiscard]] std::span<const std::byte> unpack(int codec, std::span<const std::byte> stored,
                                                std::size_t raw_size, ByteBuffer& buffer,
                                                Allowance& allowance, const Where& where);

}  // namespace tb::formats::parquet
