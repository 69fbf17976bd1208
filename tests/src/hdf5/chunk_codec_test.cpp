#include "src/hdf5/chunk_codec.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <random>

#include <gtest/gtest.h>
#include <zlib.h>

namespace tb::hdf5 {
namespace {

using Bytes = std::vector<std::byte>;

Bytes random_bytes(std::size_t n, unsigned seed) {
    std::mt19937 random(seed);
    Bytes bytes(n);
    for (auto& one : bytes) one = static_cast<std::byte>(random() & 0xFF);
    return bytes;
}

template <class T>
Bytes bytes_of(const std::vector<T>& values) {
    const auto view = std::as_bytes(std::span(values));
    return {view.begin(), view.end()};
}

/// What zlib itself makes of a stream.
Bytes inflated(std::span<const std::byte> packed, std::size_t size) {
    Bytes out(size + 1);
    auto length = static_cast<uLongf>(out.size());
    const int result = uncompress(reinterpret_cast<Bytef*>(out.data()), &length,
                                  reinterpret_cast<const Bytef*>(packed.data()),
                                  static_cast<uLong>(packed.size()));
    EXPECT_EQ(result, Z_OK);
    out.resize(length);
    return out;
}

TEST(Shuffle, PutsByteNOfEveryElementTogether) {
    // By hand: three elements of four bytes.
    const std::array<unsigned char, 12> in = {1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24};
    const std::array<unsigned char, 12> expected = {1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24};
    std::array<unsigned char, 12> out{};
    shuffle_bytes(std::as_bytes(std::span(in)), std::as_writable_bytes(std::span(out)), 4);
    EXPECT_EQ(out, expected);
}

TEST(Shuffle, AgreesWithTheDefinitionAtEverySizeAndComesBack) {
    for (const std::size_t element : {1, 2, 3, 4, 8, 12}) {
        for (const std::size_t n : {0, 1, 15, 16, 17, 64, 1000}) {
            for (const std::size_t rest : {std::size_t{0}, element - 1}) {
                const auto in = random_bytes(n * element + rest, 7);
                Bytes out(in.size()), back(in.size());
                shuffle_bytes(in, out, element);
                for (std::size_t i = 0; i < n; ++i) {
                    for (std::size_t b = 0; b < element; ++b)
                        ASSERT_EQ(out[b * n + i], in[i * element + b]) << element << ' ' << n;
                }
                unshuffle_bytes(out, back, element);
                ASSERT_EQ(back, in) << element << ' ' << n;
            }
        }
    }
}

TEST(Pack, GivesStreamsThatZlibReads) {
    std::mt19937 random(3);
    std::normal_distribution<double> noise(0, 1e-3);
    std::vector<double> signal(8192), whole(8192), constant(8192, 1.5);
    for (std::size_t i = 0; i < signal.size(); ++i) {
        signal[i] = std::sin(static_cast<double>(i) / 50.0) + noise(random);
        whole[i] = static_cast<double>(i);
    }
    const std::vector<Bytes> chunks = {
        bytes_of(signal),           bytes_of(whole),    bytes_of(constant), random_bytes(65536, 1),
        random_bytes(65536 * 3, 2), random_bytes(8, 5), Bytes(65536)};
    ChunkUnpacker unpacker;
    for (std::size_t c = 0; c < chunks.size(); ++c) {
        for (const bool learned : {false, true}) {
            for (const int level : {1, 6, 12}) {
                ChunkPacker packer(8, level);
                if (learned) packer.learn(chunks[c]);
                const auto packed = packer.pack(chunks[c]);
                Bytes shuffled(chunks[c].size()), back(chunks[c].size());
                shuffle_bytes(chunks[c], shuffled, 8);
                if (packed.is_deflated) {
                    EXPECT_EQ(inflated(packed.bytes, shuffled.size()), shuffled) << c;
                }
                ASSERT_TRUE(unpacker.unpack(packed.bytes, back, 8, true, packed.is_deflated)) << c;
                EXPECT_EQ(back, chunks[c]) << c;
            }
        }
    }
}

TEST(Pack, LeavesNoiseAloneAndFindsWhatRepeats) {
    std::vector<double> repeated(8192), noisy(8192);
    std::mt19937_64 random(9);
    for (std::size_t i = 0; i < noisy.size(); ++i) {
        repeated[i] = static_cast<double>(i % 97) / 7.0;
        noisy[i] = 1.0 + static_cast<double>(random() >> 12) / 4503599627370496.0;
    }
    ChunkPacker packer(8, 1);
    const auto chunk = bytes_of(repeated);
    packer.learn(chunk);
    EXPECT_LT(packer.pack(chunk).bytes.size(), chunk.size() / 10);
    // Six planes of noise, a plane half of noise and one of the exponent: a sixth can be won at
    // most.
    const auto noise = bytes_of(noisy);
    packer.learn(noise);
    const auto packed = packer.pack(noise);
    EXPECT_TRUE(packed.is_deflated);
    EXPECT_LT(packed.bytes.size(), noise.size() * 15 / 16);
    EXPECT_GT(packed.bytes.size(), noise.size() * 12 / 16);
    // What was learned from noise does not spoil a chunk of something else.
    EXPECT_LT(packer.pack(Bytes(65536)).bytes.size(), 2000U);
}

TEST(Unpack, RefusesWhatIsNoSuchChunk) {
    const auto chunk = bytes_of(std::vector<double>(1000, 2.0));
    ChunkPacker packer(8, 6);
    const auto packed = packer.pack(chunk);
    const Bytes good(packed.bytes.begin(), packed.bytes.end());
    ChunkUnpacker unpacker;
    Bytes out(chunk.size());
    ASSERT_TRUE(unpacker.unpack(good, out, 8, true, true));
    for (std::size_t n = 0; n < good.size(); ++n)
        EXPECT_FALSE(unpacker.unpack(std::span(good).first(n), out, 8, true, true)) << n;
    Bytes longer(chunk.size() + 8), shorter(chunk.size() - 8);
    EXPECT_FALSE(unpacker.unpack(good, longer, 8, true, true));
    EXPECT_FALSE(unpacker.unpack(good, shorter, 8, true, true));
    EXPECT_FALSE(unpacker.unpack(good, out, 8, true, false));
    auto flipped = good;
    flipped.back() ^= std::byte{1};  // the checksum of the stream
    EXPECT_FALSE(unpacker.unpack(flipped, out, 8, true, true));
}

}  // namespace
}  // namespace tb::hdf5
