// How far a trace's transients stand above its noise.
#pragma once

#include <span>

namespace tb::compute::imaging::openscope {

/// Of one trace, in its units; `ratio` has none.
struct SignalToNoise {
    double ratio = 0.0;            ///< signal_mean / noise_sd
    double median = 0.0;           ///< of all samples
    double noise_mean = 0.0;       ///< of samples up to the median and their mirror images about it
    double noise_sd = 0.0;         ///< of the same, divided by their number
    double noise_threshold = 0.0;  ///< 95th percentile of a normal with the noise's mean and sd
    double signal_mean = 0.0;      ///< of samples above the threshold; NaN when there are none
};

/// Computed in the precision of the samples, as the published analysis does.
/// @param trace  samples in any unit, shape (frame), no NaN
/// @throws tb::Error (data): ValueError for an empty trace, UnexpectedNaN for a missing sample
/// Source: spec/openscope.md, 8.10.
[[nodiscard]] SignalToNoise signal_to_noise(std::span<const float> trace);
[[nodiscard]] SignalToNoise signal_to_noise(std::span<const double> trace);

}  // namespace tb::compute::imaging::openscope
