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
    std::span<const std::uint64_t> draw(std::size_t n);
    /// The least fraction that `count` of them do not exceed. @param count  1 to fractions.size()
    std::uint64_t threshold(std::span<const std::uint64_t> fractions, std::size_t count);

    RandomStream stream_;
    std::vector<std::uint64_t> fractions_;
    std::vector<std::uint64_t> candidates_;
    // Where uniforms lie, one bit per slot, and how many slots are taken before each word of it.
    std::vector<std::uint64_t> taken_;
    std::vector<std::uint32_t> before_;
    std::vector<std::uint32_t> late_;  ///< places whose slot was taken already
};

}  // namespace tb::stats
