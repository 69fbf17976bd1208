// A fast stream of random numbers that is given its place by two numbers, so that parts of a
// computation draw the same whoever runs them and in which order.
#pragma once

#include <cstdint>

namespace tb::stats {

/// SplitMix64 (Steele, Lea and Flood 2014). Not for several threads at a time.
class SplitRandom {
  public:
    /// Streams of different numbers of one seed have nothing in common.
    explicit SplitRandom(std::uint64_t seed, std::uint64_t stream = 0)
        : state_(mixed(seed + golden) ^ mixed(stream * golden + 1)) {}

    [[nodiscard]] std::uint64_t next() { return mixed(state_ += golden); }
    /// Uniform in 0 ... n - 1 (to 2^-32 of n, by multiplication), n at least 1 and below 2^32.
    [[nodiscard]] std::uint32_t below(std::uint32_t n) {
        return static_cast<std::uint32_t>(((next() >> 32U) * n) >> 32U);
    }

  private:
    static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15U;
    static std::uint64_t mixed(std::uint64_t z) {
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }
    std::uint64_t state_;
};

}  // namespace tb::stats
