// Error of a statistic from samples drawn with replacement.
#pragma once

#include "src/stats/random_stream.hpp"
#include "src/stats/summary.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tb::stats {

/// How samples are drawn: as many values as there are, with replacement. The stream gives the first
/// value's choice of every sample, then the second's, and so on; each call starts it anew.
struct BootstrapSettings {
    std::size_t n_samples = 10000;
    RandomSource source;
    MissingPolicy missing = MissingPolicy::keep;
};

/// A statistic of each sample. Shape (n_samples).
/// @param statistic  mean, var, std or sem
/// @throws tb::Error (data, ValueError) for the median and its deviation, whose error this is not
/// Source: spec/openscope.md, 7.4.
[[nodiscard]] std::vector<double> bootstrap_statistics(std::span<const double> values,
                                                       Statistic statistic,
                                                       const BootstrapSettings& settings);

/// The same of several lists of values of one length: each as if it were asked for by itself.
/// @throws as bootstrap_statistics, and tb::Error (data, ValueError) for different lengths
[[nodiscard]] std::vector<std::vector<double>> bootstrap_statistics(
    std::span<const std::span<const double>> lists, Statistic statistic,
    const BootstrapSettings& settings);

/// Pearson's correlation of each sample of pairs; of x and y - x for differences. Shape
/// (n_samples). @throws tb::Error (data, ValueError) for different lengths
[[nodiscard]] std::vector<double> bootstrap_correlations(std::span<const double> x,
                                                         std::span<const double> y,
                                                         bool is_of_difference,
                                                         const BootstrapSettings& settings);

/// Standard deviation (divided by n_samples) of bootstrap_statistics. @throws as that
[[nodiscard]] double bootstrap_std(std::span<const double> values, Statistic statistic,
                                   const BootstrapSettings& settings);

/// Standard deviation of a proportion of n things: in each sample, the share of n uniforms below
/// it; the stream gives the first thing's uniforms of every sample first.
/// @param proportion  0 to 1. @param n  at least 1
/// @throws tb::Error (data, ValueError) for others
[[nodiscard]] double bootstrap_proportion_std(double proportion, std::size_t n,
                                              const BootstrapSettings& settings);

}  // namespace tb::stats
