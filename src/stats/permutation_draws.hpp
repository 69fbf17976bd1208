// Random permutations of values, one after another, as NumPy's argsort of uniforms gives them.
#pragma once

#include "src/stats/random_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tb::stats {

/// Draws permutations from a stream. Each takes as many uniforms as it orders, so how many are
/// asked for at a time changes nothing. Keeps its work space; not for several threads at a time.
/// Equal uniforms (once in 2^53) keep their order. Source: spec/openscope.md, 7.2.
class PermutationDraws {
  public:
    explicit PermutationDraws(RandomSource source) : stream_(source) {}

    /// The argsort of the next out.size() uniforms: out[k] is the place of the kth smallest.
    /// @param out  fewer than 2^31
    void next_order(std::span<std::uint32_t> out);

    /// Of the argsort of the next out.size() uniforms only which places come among its first
    /// `count`: all bits set there, 0 elsewhere. Faster than the order.
    /// @param count  at most out.size()
    void next_members(std::size_t count, std::span<std::int64_t> out);

    /// Of each pair of the next 2 out.size() uniforms, whether the second is the smaller one (the
    /// pair is exchanged): all bits set, else 0.
    void next_swaps(std::span<std::int64_t> out);

  private:
    /// The words of the next n uniforms, two each.
    const std::uint32_t* draw(std::size_t n);
    /// The least fraction that `count` of n do not exceed. @param count  1 to n
    std::uint64_t threshold(const std::uint32_t* words, std::size_t n, std::size_t count);
    void settle_late(const std::uint32_t* words, unsigned shift, std::size_t n_late,
                     std::span<std::uint32_t> out);

    RandomStream stream_;
    std::vector<std::uint32_t> words_;
    std::vector<std::uint64_t> candidates_;
    // Where uniforms lie, one bit per slot, and how many lie before each word of it.
    std::vector<std::uint64_t> taken_;
    std::vector<std::uint32_t> before_;
    std::vector<std::uint32_t> late_;  ///< places whose slot was taken already
};

}  // namespace tb::stats
