// Quality metrics of one signal. Source of every formula: spec/photometry.md, 5.2.
#pragma once

#include "src/signal/order_statistics.hpp"

#include <span>

namespace tb::compute::photometry {

/// The five metrics of the sliding quality control. Values are NaN where a metric is undefined
/// (constant signal, a missing sample, too few samples); asymmetries may be +infinity.
struct SignalMetrics {
    double n_unique_samples = 0.0;          ///< distinct values per sample, 0 to 1
    double median_absolute_deviance = 0.0;  ///< median |y - median y|, in the signal's unit
    double percentile_distance = 0.0;       ///< D(50, 95)
    double percentile_asymmetry_75 = 0.0;   ///< |D(50, 75)| / |D(25, 50)|
    double percentile_asymmetry_95 = 0.0;   ///< |D(50, 95)| / |D(5, 50)|
    double ar_score = 0.0;                  ///< see ar_score()
};

/// All of them from one sorted copy. @param sorter  work space, kept between calls
[[nodiscard]] SignalMetrics signal_metrics(std::span<const double> values,
                                           signal::ValueSorter& sorter);

/// Number of distinct values divided by the number of values; missing values count as one value.
/// NaN of nothing.
[[nodiscard]] double n_unique_samples(std::span<const double> values);
[[nodiscard]] double median_absolute_deviance(std::span<const double> values);
/// D(low, high): distance between two percentiles of the z-scored signal. @param low, high  0..100
[[nodiscard]] double percentile_distance(std::span<const double> values, double low = 50.0,
                                         double high = 95.0);
/// |D(50, c)| / |D(100 - c, 50)|: infinite where only the divisor is 0, NaN where both are.
[[nodiscard]] double percentile_asymmetry(std::span<const double> values, double c = 95.0);
/// Share of variance that the two samples before explain: 1 - SSE/SST of y[i] on y[i - 2] and
/// y[i - 1] by least squares without intercept. Below 0 where the mean predicts better. NaN for a
/// constant signal, fewer than five samples, collinear predictors, or SSE exactly 0.
[[nodiscard]] double ar_score(std::span<const double> values);

// Metrics of the reference library that are not in its default list.

/// Biased sample skewness m3 / m2^1.5; NaN for a constant signal.
[[nodiscard]] double signal_skew(std::span<const double> values);
/// Samples with |y| above m + s sqrt(2 ln n), m and s the mean and SD of y.
[[nodiscard]] double n_expmax_violations(std::span<const double> values);
/// Their mean excess over that bound; 0 when there is none.
[[nodiscard]] double expmax_violation(std::span<const double> values);
/// Share of the spectral power of y - mean at or below a frequency; the frequency axis follows the
/// median sampling interval of `times` [s].
[[nodiscard]] double low_freq_power_ratio(std::span<const double> times,
                                          std::span<const double> values, double cutoff_hz = 3.18);
/// 1 - H/log2(K): 0 for noise, 1 for a pure tone; H the entropy of the power over K frequencies.
[[nodiscard]] double spectral_entropy(std::span<const double> values);
/// Runs of samples that jump (deviate by more than `sd` MAD/0.67 after convolution with [-1, -1, 0,
/// 1, 1]) and lie as far from the running median of 5. 0 for fewer than 6 samples.
[[nodiscard]] double n_edges(std::span<const double> values, double sd = 5.0);

}  // namespace tb::compute::photometry
