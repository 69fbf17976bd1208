// Where a test's random numbers come from: NumPy's legacy stream, with which published p values
// come out to the last digit, or a stream of our own.
#pragma once

#include "src/stats/legacy_random.hpp"
#include "src/stats/split_random.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace tb::stats {

/// Spelled as parameter sets spell it.
enum class RandomKind {
    numpy_legacy,  ///< LegacyRandom
    split_mix      ///< SplitRandom: its nth number depends on the seed and n alone
};
/// @throws tb::Error (data, ValueError) for another word
[[nodiscard]] RandomKind random_kind(std::string_view word);

/// A stream from its start. Whoever is given a source begins anew, so tests with one source use the
/// same draws. Source: spec/openscope.md, 7.1.
struct RandomSource {
    RandomKind kind = RandomKind::numpy_legacy;
    std::uint32_t seed = 905;
};

/// 53 of the 64 bits of two words, as NumPy joins them.
[[nodiscard]] constexpr std::uint64_t fraction_of(std::uint32_t a, std::uint32_t b) {
    return (std::uint64_t{a >> 5U} << 26U) | (b >> 6U);
}

/// The stream of a source. Not for several threads at a time.
class RandomStream {
  public:
    explicit RandomStream(RandomSource source);

    /// The next words of 32 bits. Two of them, a and b, make a uniform: fraction_of(a, b) / 2^53.
    void fill_words(std::span<std::uint32_t> out);
    /// The next uniforms of [0, 1) times 2^53, which are whole numbers.
    void fill_fractions(std::span<std::uint64_t> out);
    /// The next whole numbers from 0 to n - 1. @param n  at least 1
    void fill_below(std::uint32_t n, std::span<std::uint32_t> out);

  private:
    std::variant<LegacyRandom, SplitRandom> random_;
};

}  // namespace tb::stats
