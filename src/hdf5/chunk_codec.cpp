#include "src/hdf5/chunk_codec.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include <libdeflate.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tb::hdf5 {

namespace {

/// Bytes of `n` elements, elements of `size` bytes apart, one plane after another.
void shuffle_plainly(const std::byte* in, std::byte* out, std::size_t from, std::size_t n,
                     std::size_t size) {
    for (std::size_t b = 0; b < size; ++b) {
        for (std::size_t i = from; i < n; ++i) out[b * n + i] = in[i * size + b];
    }
}

void unshuffle_plainly(const std::byte* in, std::byte* out, std::size_t from, std::size_t n,
                       std::size_t size) {
    for (std::size_t b = 0; b < size; ++b) {
        for (std::size_t i = from; i < n; ++i) out[i * size + b] = in[b * n + i];
    }
}

#if defined(__SSE2__)
// Sixteen elements fill Size registers. Interleaving register r with register r + Size/2, byte by
// byte, rotates the bits of every byte's address (register bits before position bits) by one to the
// left; so 4 rounds bring the element's number to the position (shuffled), and log2(Size) rounds
// bring it back.
template <int Size>
struct Registers {
    __m128i r[Size];

    void rotate_once() {
        __m128i next[Size];
        for (std::size_t i = 0; i < Size / 2; ++i) {
            next[2 * i] = _mm_unpacklo_epi8(r[i], r[i + Size / 2]);
            next[2 * i + 1] = _mm_unpackhi_epi8(r[i], r[i + Size / 2]);
        }
        for (std::size_t i = 0; i < Size; ++i) r[i] = next[i];
    }
};

template <int Size>
std::size_t shuffle_16(const std::byte* in, std::byte* out, std::size_t n) {
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        Registers<Size> x;
        for (std::size_t k = 0; k < Size; ++k)
            x.r[k] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i * Size + 16 * k));
        for (int round = 0; round < 4; ++round) x.rotate_once();
        for (std::size_t k = 0; k < Size; ++k)
            _mm_storeu_si128(reinterpret_cast<__m128i*>(out + k * n + i), x.r[k]);
    }
    return i;
}

template <int Size>
std::size_t unshuffle_16(const std::byte* in, std::byte* out, std::size_t n) {
    constexpr int rounds = Size == 2 ? 1 : Size == 4 ? 2 : 3;
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        Registers<Size> x;
        for (std::size_t k = 0; k < Size; ++k)
            x.r[k] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + k * n + i));
        for (int round = 0; round < rounds; ++round) x.rotate_once();
        for (std::size_t k = 0; k < Size; ++k)
            _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i * Size + 16 * k), x.r[k]);
    }
    return i;
}
#endif

/// True when a plane's bytes are spread about as evenly as random ones: pairs of equal bytes are at
/// most three tenths more frequent than one in 256, which leaves 0.2 of 8 bits to be won (the
/// lowest bytes of rounded sums are like that). Every fourth byte is looked at.
bool is_spread_evenly(const std::byte* plane, std::size_t n) {
    std::array<std::uint32_t, 256> counts{};
    std::size_t seen = 0;
    for (std::size_t i = 0; i < n; i += 4, ++seen) ++counts[static_cast<std::uint8_t>(plane[i])];
    double pairs = 0;
    for (const auto count : counts) pairs += static_cast<double>(count) * (count - 1.0);
    const auto all = static_cast<double>(seen);
    return pairs * 256.0 < 1.3 * all * (all - 1.0);
}

constexpr std::size_t longest_stored_block = 65535;

std::size_t stored_size(std::size_t n) {
    return n + 5 * ((n + longest_stored_block - 1) / longest_stored_block);
}

/// Blocks without compression (RFC 1951, 3.2.4). @return the place after them
std::byte* put_stored(std::byte* out, const std::byte* in, std::size_t n, bool is_last) {
    while (n > 0) {
        const auto length = std::min(n, longest_stored_block);
        const auto size = static_cast<std::uint16_t>(length);
        const auto complement = static_cast<std::uint16_t>(~size);
        *out++ = static_cast<std::byte>(is_last && length == n ? 1 : 0);
        *out++ = static_cast<std::byte>(size & 0xFF);
        *out++ = static_cast<std::byte>(size >> 8);
        *out++ = static_cast<std::byte>(complement & 0xFF);
        *out++ = static_cast<std::byte>(complement >> 8);
        std::memcpy(out, in, length);
        out += length;
        in += length;
        n -= length;
    }
    return out;
}

struct CompressorEnd {
    void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
};
struct DecompressorEnd {
    void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};

/// Compressors are large and slow to make: one per thread and level is kept.
libdeflate_compressor* compressor(int level) {
    thread_local std::array<std::unique_ptr<libdeflate_compressor, CompressorEnd>, 13> kept;
    auto& one = kept.at(static_cast<std::size_t>(level));
    if (!one) one.reset(libdeflate_alloc_compressor(level));
    if (!one) throw std::bad_alloc();
    return one.get();
}

}  // namespace

void shuffle_bytes(std::span<const std::byte> in, std::span<std::byte> out,
                   std::size_t element_size) {
    const auto n = element_size > 0 ? in.size() / element_size : 0;
    std::size_t done = 0;
#if defined(__SSE2__)
    if (element_size == 8) done = shuffle_16<8>(in.data(), out.data(), n);
    if (element_size == 4) done = shuffle_16<4>(in.data(), out.data(), n);
    if (element_size == 2) done = shuffle_16<2>(in.data(), out.data(), n);
#endif
    shuffle_plainly(in.data(), out.data(), done, n, element_size);
    std::copy(in.begin() + static_cast<std::ptrdiff_t>(n * element_size), in.end(),
              out.begin() + static_cast<std::ptrdiff_t>(n * element_size));
}

void unshuffle_bytes(std::span<const std::byte> in, std::span<std::byte> out,
                     std::size_t element_size) {
    const auto n = element_size > 0 ? in.size() / element_size : 0;
    std::size_t done = 0;
#if defined(__SSE2__)
    if (element_size == 8) done = unshuffle_16<8>(in.data(), out.data(), n);
    if (element_size == 4) done = unshuffle_16<4>(in.data(), out.data(), n);
    if (element_size == 2) done = unshuffle_16<2>(in.data(), out.data(), n);
#endif
    unshuffle_plainly(in.data(), out.data(), done, n, element_size);
    std::copy(in.begin() + static_cast<std::ptrdiff_t>(n * element_size), in.end(),
              out.begin() + static_cast<std::ptrdiff_t>(n * element_size));
}

struct ChunkPacker::Impl {
    std::size_t element_size;
    int level;
    std::size_t noisy_planes = 0;  ///< planes from the lowest that may be noise
    std::vector<std::byte> shuffled;
    std::vector<std::byte> packed;
};

ChunkPacker::ChunkPacker(std::size_t element_size, int level)
    : impl_(std::make_unique<Impl>(Impl{element_size, level, 0, {}, {}})) {}
ChunkPacker::~ChunkPacker() = default;

void ChunkPacker::learn(std::span<const std::byte> chunk) {
    auto& impl = *impl_;
    impl.noisy_planes = 0;
    const auto plane = chunk.size() / impl.element_size;
    if (plane < 512 || impl.element_size < 2) return;
    impl.shuffled.resize(chunk.size());
    shuffle_bytes(chunk, impl.shuffled, impl.element_size);
    impl.packed.resize(libdeflate_deflate_compress_bound(nullptr, plane));
    while (impl.noisy_planes < impl.element_size) {
        const auto* start = impl.shuffled.data() + impl.noisy_planes * plane;
        if (!is_spread_evenly(start, plane)) break;
        const auto size = libdeflate_deflate_compress(compressor(1), start, plane,
                                                      impl.packed.data(), impl.packed.size());
        if (size != 0 && static_cast<double>(size) < 0.97 * static_cast<double>(plane)) break;
        ++impl.noisy_planes;
    }
}

ChunkPacker::Packed ChunkPacker::pack(std::span<const std::byte> chunk) {
    auto& impl = *impl_;
    impl.shuffled.resize(chunk.size());
    shuffle_bytes(chunk, impl.shuffled, impl.element_size);
    const auto plane = chunk.size() / impl.element_size;
    std::size_t noisy = 0;
    while (noisy < impl.noisy_planes &&
           is_spread_evenly(impl.shuffled.data() + noisy * plane, plane))
        ++noisy;
    const auto head = noisy == impl.element_size ? chunk.size() : noisy * plane;
    const auto tail = chunk.size() - head;
    impl.packed.resize(6 + stored_size(head) + libdeflate_deflate_compress_bound(nullptr, tail));
    auto* out = impl.packed.data();
    *out++ = std::byte{0x78};
    *out++ = std::byte{0x01};
    out = put_stored(out, impl.shuffled.data(), head, tail == 0);
    if (tail > 0 || chunk.empty()) {
        out += libdeflate_deflate_compress(
            compressor(impl.level), impl.shuffled.data() + head, tail, out,
            impl.packed.size() - static_cast<std::size_t>(out - impl.packed.data()));
    }
    const auto sum = libdeflate_adler32(1, impl.shuffled.data(), impl.shuffled.size());
    for (int shift = 24; shift >= 0; shift -= 8)
        *out++ = static_cast<std::byte>((sum >> shift) & 0xFF);
    const auto size = static_cast<std::size_t>(out - impl.packed.data());
    if (size >= chunk.size()) return {impl.shuffled, false};
    return {std::span(impl.packed).first(size), true};
}

struct ChunkUnpacker::Impl {
    std::unique_ptr<libdeflate_decompressor, DecompressorEnd> decompressor;
    std::vector<std::byte> shuffled;
};

ChunkUnpacker::ChunkUnpacker() : impl_(std::make_unique<Impl>()) {
    impl_->decompressor.reset(libdeflate_alloc_decompressor());
    if (!impl_->decompressor) throw std::bad_alloc();
}
ChunkUnpacker::~ChunkUnpacker() = default;
ChunkUnpacker::ChunkUnpacker(ChunkUnpacker&&) noexcept = default;
ChunkUnpacker& ChunkUnpacker::operator=(ChunkUnpacker&&) noexcept = default;

bool ChunkUnpacker::unpack(std::span<const std::byte> bytes, std::span<std::byte> chunk,
                           std::size_t element_size, bool is_shuffled, bool is_deflated) {
    if (!is_deflated) {
        if (bytes.size() != chunk.size()) return false;
        if (is_shuffled) {
            unshuffle_bytes(bytes, chunk, element_size);
        } else {
            std::copy(bytes.begin(), bytes.end(), chunk.begin());
        }
        return true;
    }
    auto target = chunk;
    if (is_shuffled) {
        impl_->shuffled.resize(chunk.size());
        target = impl_->shuffled;
    }
    std::size_t written = 0;
    const auto result =
        libdeflate_zlib_decompress(impl_->decompressor.get(), bytes.data(), bytes.size(),
                                   target.data(), target.size(), &written);
    if (result != LIBDEFLATE_SUCCESS || written != target.size()) return false;
    if (is_shuffled) unshuffle_bytes(target, chunk, element_size);
    return true;
}

}  // namespace tb::hdf5
