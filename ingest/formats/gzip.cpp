#include "ingest/formats/gzip.hpp"

#include "ingest/formats/bytes.hpp"

#include <algorithm>
#include <limits>

#include <zlib.h>

namespace tb::formats {

namespace {

constexpr std::size_t piece_size = std::size_t{1} << 18U;
constexpr int gzip_window_bits = 15 + 16;  // zlib: the largest window, gzip header expected

class Inflater {
  public:
    explicit Inflater(std::string_view name) {
        if (inflateInit2(&stream_, gzip_window_bits) != Z_OK)
            throw_bad_bytes(name, 0, "cannot begin to unpack");
    }
    ~Inflater() { inflateEnd(&stream_); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    [[nodiscard]] z_stream& stream() noexcept { return stream_; }

  private:
    z_stream stream_{};
};

}  // namespace

bool is_gzip(std::span<const std::byte> bytes) noexcept {
    return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

std::string gunzipped(std::span<const std::byte> bytes, std::string_view name,
                      std::size_t largest_size) {
    Inflater inflater(name);
    z_stream& stream = inflater.stream();
    std::string text;
    std::size_t at = 0;  // of the input: all before it has been unpacked
    for (;;) {
        const std::size_t n_in =
            std::min<std::size_t>(bytes.size() - at, std::numeric_limits<uInt>::max());
        const std::size_t before = text.size();
        text.resize(before + piece_size);
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data() + at));
        stream.avail_in = static_cast<uInt>(n_in);
        stream.next_out = reinterpret_cast<Bytef*>(text.data() + before);
        stream.avail_out = static_cast<uInt>(piece_size);
        const int status = inflate(&stream, Z_NO_FLUSH);
        at += n_in - stream.avail_in;
        text.resize(before + piece_size - stream.avail_out);
        if (text.size() > largest_size) {
            throw_bad_bytes(name, at,
                            "unpacks to more than " + std::to_string(largest_size) + " bytes");
        }
        if (status == Z_STREAM_END) {
            if (at == bytes.size()) return text;
            if (!is_gzip(bytes.subspan(at)) || inflateReset(&stream) != Z_OK)
                throw_bad_bytes(name, at, "bytes behind the end of the gzip stream");
        } else if (status == Z_BUF_ERROR ||
                   (status == Z_OK && at == bytes.size() && stream.avail_out > 0)) {
            throw_bad_bytes(name, at, "the gzip stream is cut");
        } else if (status != Z_OK) {
            throw_bad_bytes(name, at, "damaged gzip stream");
        }
    }
}

}  // namespace tb::formats
