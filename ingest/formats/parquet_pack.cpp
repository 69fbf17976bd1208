#include "ingest/formats/parquet_pack.hpp"

#include "ingest/formats/thrift_writer.hpp"
#include "trialbase/error.hpp"

#include <algorithm>

#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

namespace tb::formats::parquet {

namespace {

constexpr int zstd_level = 1;

}  // namespace

void put_hybrid(std::string& out, const std::vector<std::uint32_t>& values, unsigned width) {
    const std::size_t count = values.size();
    const auto run_at = [&](std::size_t first, std::size_t most) {
        std::size_t last = first + 1;
        while (last < count && last - first < most && values[last] == values[first]) ++last;
        return last - first;
    };
    std::size_t at = 0;
    while (at < count) {
        if (const std::size_t run = run_at(at, count); run >= 8) {
            put_varint(out, run << 1U);
            for (unsigned shift = 0; shift < width; shift += 8)
                out.push_back(static_cast<char>((values[at] >> shift) & 0xFFU));
            at += run;
            continue;
        }
        std::size_t end = at;
        while (end < count && run_at(end, 8) < 8) end = std::min(end + 8, count);
        const std::size_t groups = (end - at + 7) / 8;
        put_varint(out, (groups << 1U) | 1U);
        std::uint64_t bits = 0;
        unsigned filled = 0;
        for (std::size_t i = at; i < at + groups * 8; ++i) {
            bits |= static_cast<std::uint64_t>(i < end ? values[i] : 0) << filled;
            filled += width;
            while (filled >= 8) {
                out.push_back(static_cast<char>(bits & 0xFFU));
                bits >>= 8U;
                filled -= 8;
            }
        }
        at = end;
    }
}

std::string packed(Codec codec, const std::string& raw) {
    std::string out;
    switch (codec) {
        case Codec::snappy:
            snappy::Compress(raw.data(), raw.size(), &out);
            return out;
        case Codec::gzip: {
            z_stream stream{};
            if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8,
                             Z_DEFAULT_STRATEGY) != Z_OK)
                throw Error(ErrorKind::internal, "zlib cannot start");
            out.resize(deflateBound(&stream, raw.size()));
            // zlib does not write through next_in.
            stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(raw.data()));
            stream.avail_in = static_cast<uInt>(raw.size());
            stream.next_out = reinterpret_cast<Bytef*>(out.data());
            stream.avail_out = static_cast<uInt>(out.size());
            const int status = deflate(&stream, Z_FINISH);
            out.erase(stream.total_out);
            deflateEnd(&stream);
            if (status != Z_STREAM_END) throw Error(ErrorKind::internal, "zlib cannot pack a page");
            return out;
        }
        case Codec::zstd: {
            out.resize(ZSTD_compressBound(raw.size()));
            const std::size_t size =
                ZSTD_compress(out.data(), out.size(), raw.data(), raw.size(), zstd_level);
            if (ZSTD_isError(size) != 0)
                throw Error(ErrorKind::internal, "zstd cannot pack a page");
            out.resize(size);
            return out;
        }
        default:
            return raw;
    }
}

}  // namespace tb::formats::parquet
