#include "ingest/formats/parquet_encoding.hpp"

#include <algorithm>
#include <limits>

#include <brotli/decode.h>
#include <lz4.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

namespace tb::formats::parquet {
namespace {

/// Bits from `first_bit` on, at least 57 of them where the bytes reach so far, zeros behind.
std::uint64_t bits_at(std::span<const std::byte> bytes, std::size_t first_bit) {
    const std::size_t at = first_bit >> 3U;
    const unsigned shift = static_cast<unsigned>(first_bit & 7U);
    if (at + 8 <= bytes.size()) return load<std::uint64_t>(bytes.data() + at) >> shift;
    std::uint64_t value = 0;
    if (at < bytes.size()) std::memcpy(&value, bytes.data() + at, bytes.size() - at);
    return value >> shift;
}

std::uint64_t wide_bits_at(std::span<const std::byte> bytes, std::size_t first_bit,
                           unsigned width) {
    if (width == 0) return 0;
    std::uint64_t value = bits_at(bytes, first_bit);
    const unsigned have = 64 - static_cast<unsigned>(first_bit & 7U);
    if (width > have) value |= bits_at(bytes, first_bit + have) << have;
    return width == 64 ? value : value & ((std::uint64_t{1} << width) - 1);
}

std::uint64_t read_varint(std::span<const std::byte> bytes, std::size_t& at, const Where& where) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (at >= bytes.size()) where.fail("the page's values end too early");
        const auto next = std::to_integer<std::uint64_t>(bytes[at++]);
        value |= (next & 0x7FU) << shift;
        if ((next & 0x80U) == 0) return value;
    }
    where.fail("a number has too many bytes");
}

void inflate_all(std::span<const std::byte> stored, std::span<std::byte> out, const Where& where) {
    z_stream stream{};
    if (inflateInit2(&stream, MAX_WBITS + 32) != Z_OK) where.fail("zlib cannot start");
    const std::unique_ptr<z_stream, decltype(&inflateEnd)> owner(&stream, &inflateEnd);
    // zlib does not write through next_in; sizes of pages fit 31 bits.
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(stored.data()));
    stream.avail_in = static_cast<uInt>(stored.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    while (true) {
        const int status = inflate(&stream, Z_FINISH);
        if (status != Z_STREAM_END) where.fail("a gzip page is damaged");
        if (stream.avail_in == 0 || stream.avail_out == 0) break;
        if (inflateReset(&stream) != Z_OK) where.fail("a gzip page is damaged");  // several members
    }
    if (stream.avail_out != 0) where.fail("a gzip page is shorter than it claims");
}

}  // namespace

std::uint64_t HybridReader::bits(std::size_t first_bit) const {
    return bits_at(bytes_, first_bit) & ((std::uint64_t{1} << width_) - 1);
}

void HybridReader::next_run() {
    const std::uint64_t head = read_varint(bytes_, at_, where_);
    const std::size_t left = bytes_.size() - at_;
    if ((head & 1U) == 0) {
        const std::size_t size = (width_ + 7) / 8;
        if (size > left) where_.fail("the page's values end too early");
        run_value_ = 0;
        std::memcpy(&run_value_, bytes_.data() + at_, size);
        at_ += size;
        run_left_ = head >> 1U;
        return;
    }
    const std::uint64_t groups = head >> 1U;
    packed_bit_ = at_ * 8;
    if (width_ == 0) {
        packed_left_ = std::min<std::uint64_t>(groups, std::uint64_t{1} << 40U) * 8;
    } else if (groups > left / width_) {  // the last run may be cut where its padding would begin
        packed_left_ = left * 8 / width_;
        at_ = bytes_.size();
    } else {
        packed_left_ = groups * 8;
        at_ += static_cast<std::size_t>(groups) * width_;
    }
}

void HybridReader::read(std::span<std::uint32_t> out) {
    std::size_t done = 0;
    while (done < out.size()) {
        if (run_left_ > 0) {
            const auto take =
                static_cast<std::size_t>(std::min<std::uint64_t>(run_left_, out.size() - done));
            std::fill_n(out.data() + done, take, run_value_);
            run_left_ -= take;
            done += take;
        } else if (packed_left_ > 0) {
            const auto take =
                static_cast<std::size_t>(std::min<std::uint64_t>(packed_left_, out.size() - done));
            for (std::size_t i = 0; i < take; ++i) {
                out[done + i] = static_cast<std::uint32_t>(bits(packed_bit_));
                packed_bit_ += width_;
            }
            packed_left_ -= take;
            done += take;
        } else {
            next_run();
        }
    }
}

std::size_t HybridReader::read_levels(std::span<std::uint8_t> out, unsigned most) {
    std::size_t done = 0;
    std::size_t full = 0;
    const auto check = [&](std::uint64_t level) {
        if (level > most)
            where_.fail("a level is " + std::to_string(level) + ", at most " +
                        std::to_string(most));
    };
    while (done < out.size()) {
        if (run_left_ > 0) {
            check(run_value_);
            const auto take =
                static_cast<std::size_t>(std::min<std::uint64_t>(run_left_, out.size() - done));
            std::memset(out.data() + done, static_cast<int>(run_value_), take);
            if (run_value_ == most) full += take;
            run_left_ -= take;
            done += take;
        } else if (packed_left_ > 0) {
            const auto take =
                static_cast<std::size_t>(std::min<std::uint64_t>(packed_left_, out.size() - done));
            for (std::size_t i = 0; i < take; ++i) {
                const std::uint64_t level = bits(packed_bit_);
                check(level);
                out[done + i] = static_cast<std::uint8_t>(level);
                full += level == most ? 1U : 0U;
                packed_bit_ += width_;
            }
            packed_left_ -= take;
            done += take;
        } else {
            next_run();
        }
    }
    return full;
}

std::size_t read_delta_integers(std::span<const std::byte> bytes, std::size_t count,
                                std::vector<std::int64_t>& out, const Where& where) {
    std::size_t at = 0;
    const auto zigzag = [&]() {
        const std::uint64_t value = read_varint(bytes, at, where);
        return (value >> 1U) ^ (~(value & 1U) + 1U);
    };
    const std::uint64_t block = read_varint(bytes, at, where);
    const std::uint64_t miniblocks = read_varint(bytes, at, where);
    const std::uint64_t total = read_varint(bytes, at, where);
    std::uint64_t value = zigzag();
    if (miniblocks == 0 || block > (1U << 24U) || block % miniblocks != 0 ||
        block / miniblocks % 8 != 0 || block == 0)
        where.fail("delta blocks of " + std::to_string(block) + " in " +
                   std::to_string(miniblocks) + " parts");
    if (total != count)
        where.fail("delta coding of " + std::to_string(total) + " values, expected " +
                   std::to_string(count));
    const auto per_miniblock = static_cast<std::size_t>(block / miniblocks);
    if (count == 0) return at;
    out.reserve(out.size() + count);
    out.push_back(static_cast<std::int64_t>(value));
    std::size_t left = count - 1;
    while (left > 0) {
        const std::uint64_t least = zigzag();
        if (miniblocks > bytes.size() - at) where.fail("the page's values end too early");
        const auto widths = bytes.subspan(at, static_cast<std::size_t>(miniblocks));
        at += widths.size();
        for (const std::byte width_byte : widths) {
            if (left == 0) break;
            const auto width = std::to_integer<unsigned>(width_byte);
            if (width > 64) where.fail("delta coding with " + std::to_string(width) + " bits");
            const std::size_t take = std::min(left, per_miniblock);
            // Writers fill the last part up; some leave its end away.
            const std::size_t whole = per_miniblock / 8 * width;
            if ((take * width + 7) / 8 > bytes.size() - at)
                where.fail("the page's values end too early");
            const auto packed = bytes.subspan(at, std::min(whole, bytes.size() - at));
            std::size_t bit = 0;
            for (std::size_t i = 0; i < take; ++i) {
                value += least + wide_bits_at(packed, bit, width);
                bit += width;
                out.push_back(static_cast<std::int64_t>(value));
            }
            at += packed.size();
            left -= take;
        }
    }
    return at;
}

std::span<const std::byte> unpack(int codec, std::span<const std::byte> stored,
                                  std::size_t raw_size, ByteBuffer& buffer, Allowance& allowance,
                                  const Where& where) {
    if (codec == static_cast<int>(Codec::uncompressed)) {
        if (stored.size() != raw_size)
            where.fail("a page that is not packed has two sizes, " + std::to_string(stored.size()) +
                       " and " + std::to_string(raw_size));
        return stored;
    }
    std::size_t reachable = 0;  // the most that so many packed bytes can unpack to
    switch (static_cast<Codec>(codec)) {
        case Codec::snappy:
            reachable = stored.size() * 22 + 64;
            break;  // a copy of 64 bytes takes 3
        case Codec::gzip:
            reachable = stored.size() * 1032 + 64;
            break;  // zlib's technical notes
        case Codec::zstd:
            reachable = (stored.size() / 4 + 1) << 17U;
            break;  // a block of 128 KiB takes 4
        case Codec::lz4_raw:
            reachable = stored.size() * 255 + 64;
            break;  // a byte of a length stands for 255
        case Codec::brotli:
            reachable = SIZE_MAX;
            break;  // a block may repeat one byte as often as it likes; the allowance holds
        default:
            where.fail("codec " + codec_name(codec) + " is not supported");
    }
    if (raw_size > reachable)
        where.fail("a page of " + std::to_string(stored.size()) + " bytes cannot unpack to " +
                   std::to_string(raw_size));
    if (raw_size == 0) return {};
    if (buffer.size() < raw_size) {
        allowance.charge(raw_size - buffer.size(), 1, where.page, "a page");
        buffer.clear();
        buffer.resize(raw_size);
    }
    const std::span<std::byte> out(buffer.data(), raw_size);
    if (codec == static_cast<int>(Codec::snappy)) {
        const char* from = reinterpret_cast<const char*>(stored.data());
        std::size_t size = 0;
        if (!snappy::GetUncompressedLength(from, stored.size(), &size) || size != raw_size ||
            !snappy::RawUncompress(from, stored.size(), reinterpret_cast<char*>(out.data())))
            where.fail("a snappy page is damaged");
    } else if (codec == static_cast<int>(Codec::gzip)) {
        inflate_all(stored, out, where);
    } else if (codec == static_cast<int>(Codec::lz4_raw)) {
        // Sizes of pages fit 31 bits.
        const int size = LZ4_decompress_safe(
            reinterpret_cast<const char*>(stored.data()), reinterpret_cast<char*>(out.data()),
            static_cast<int>(stored.size()), static_cast<int>(out.size()));
        if (size < 0 || static_cast<std::size_t>(size) != raw_size)
            where.fail("an LZ4 page is damaged");
    } else if (codec == static_cast<int>(Codec::brotli)) {
        std::size_t size = out.size();
        const auto status = BrotliDecoderDecompress(
            stored.size(), reinterpret_cast<const std::uint8_t*>(stored.data()), &size,
            reinterpret_cast<std::uint8_t*>(out.data()));
        if (status != BROTLI_DECODER_RESULT_SUCCESS || size != raw_size)
            where.fail("a brotli page is damaged");
    } else {
        const std::size_t size =
            ZSTD_decompress(out.data(), out.size(), stored.data(), stored.size());
        if (ZSTD_isError(size) != 0 || size != raw_size) where.fail("a zstd page is damaged");
    }
    return out;
}

}  // namespace tb::formats::parquet
