// The random stream of NumPy's RandomState: MT19937 seeded with one whole number, doubles of 53
// bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace tb::stats {

/// One stream. Not for several threads at a time. Source: spec/ibl_behavior.md, "Psychometric
/// fits".
class LegacyRandom {
  public:
    explicit LegacyRandom(std::uint32_t seed) : engine_(seed) {}

    /// Uniform in [0, 1): ((a >> 5) 2^26 + (b >> 6)) / 2^53 of the next two words.
    [[nodiscard]] double uniform();
    /// The next n of them.
    [[nodiscard]] std::vector<double> uniforms(std::size_t n);

  private:
    std::mt19937 engine_;
};

}  // namespace tb::stats
