// Calcium events smoothed for plots and averages.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::change_detection {

/// Frames that an event is spread over.
inline constexpr std::size_t event_filter_frames = 20;

/// Standard deviation of the filter [frames]: 2/31 s. Source: spec/change_detection.md, section 11.
[[nodiscard]] double event_filter_scale(double imaging_rate_hz);

/// Each event spread over its own and the following frames by half a normal distribution of sum 1.
/// Shape as `events`. A NaN makes what it reaches NaN.
/// @param events  amplitudes, shape (n)
/// @param scale   standard deviation [frames]
/// @throws tb::Error (data, ValueError) when the scale is not positive or there are no frames
/// Source: the same.
[[nodiscard]] std::vector<double> filtered_events(std::span<const double> events, double scale,
                                                  std::size_t n_frames = event_filter_frames);

}  // namespace tb::compute::change_detection
