// Random numbers that are the same everywhere: the standard fixes its generators but not its
// distributions.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace tb::simulated {

/// SplitMix64 (Steele, Lea and Flood 2014) with the few distributions that the simulator needs.
class Random {
  public:
    /// A stream of its own for each combination of parts, for instance (seed, lab, subject).
    explicit Random(std::initializer_list<std::uint64_t> parts);

    std::uint64_t bits();
    double uniform();                         ///< [0, 1), 53 bits
    double uniform(double low, double high);  ///< [low, high)
    bool chance(double probability);
    std::uint64_t below(std::uint64_t count);  ///< 0 .. count - 1; count > 0
    double normal();  ///< mean 0, variance 1; sum of 12 uniforms, so within +-6
    double exponential(double mean);
    /// Median times exp(sigma * normal()).
    double lognormal(double median, double sigma);

  private:
    std::uint64_t state_ = 0;
};

}  // namespace tb::simulated
