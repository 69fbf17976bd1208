// The random stream of NumPy's RandomState: MT19937 seeded with one whole number, doubles of 53
// bits, whole numbers by mask and rejection. Blocks are made at once, which the processor can do
// for eight words together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tb::stats {

/// One stream. Not for several threads at a time. Source: spec/openscope.md, 7.1;
/// spec/ibl_behavior.md, "Psychometric fits".
class LegacyRandom {
  public:
    explicit LegacyRandom(std::uint32_t seed);

    /// The next 32 bits: the outputs of std::mt19937(seed).
    [[nodiscard]] std::uint32_t word();
    /// The next out.size() of them.
    void fill_words(std::span<std::uint32_t> out);

    /// Uniform in [0, 1): ((a >> 5) 2^26 + (b >> 6)) / 2^53 of the next two words.
    [[nodiscard]] double uniform();
    /// The next n of them.
    [[nodiscard]] std::vector<double> uniforms(std::size_t n);
    void fill_uniforms(std::span<double> out);
    /// The next out.size() uniforms times 2^53, which are whole numbers: they order as the uniforms
    /// do.
    void fill_fractions(std::span<std::uint64_t> out);

    /// Whole number from 0 to n - 1 (RandomState.randint, choice with replacement): the next words
    /// under the least mask that holds n - 1, until one is not greater; for n = 1 none is drawn.
    /// @param n  at least 1
    [[nodiscard]] std::uint32_t below(std::uint32_t n);
    /// The next out.size() of them.
    void fill_below(std::uint32_t n, std::span<std::uint32_t> out);

  private:
    static constexpr std::size_t size = 624;

    void refill();

    std::array<std::uint32_t, size> state_;
    std::array<std::uint32_t, size> words_{};  ///< outputs of the state, taken from next_ on
    std::size_t next_ = size;
};

}  // namespace tb::stats
