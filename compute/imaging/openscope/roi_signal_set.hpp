// imaging.roi_signal_set: scaling, signal and noise of each cell, and how a plane's cells go
// together. Source: spec/openscope.md, 4 "Scaling" and 8.10.
#pragma once

#include "compute/imaging/openscope/signal_to_noise.hpp"
#include "compute/imaging/openscope/window_values.hpp"
#include "trialbase/computed_table.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// Numbers of values per bin of equal width between two edges; the last bin holds its upper edge.
/// Values that are NaN or outside are in none.
[[nodiscard]] std::vector<std::size_t> histogram(std::span<const double> values, double low,
                                                 double high, std::size_t n_bins);

/// What is told of a plane's traces.
struct RoiSignals {
    RoiScaling scaling;                            ///< of every ROI, bad ones too
    std::vector<std::optional<SignalToNoise>> of;  ///< shape (ROI); empty for a bad one
    std::vector<double> correlations;  ///< of every two good ROIs, those that are defined
};
/// An ROI with any sample that is not finite is bad. Correlations are computed in float32.
[[nodiscard]] RoiSignals roi_signals(const Traces<float>& traces);
[[nodiscard]] RoiSignals roi_signals(const Traces<double>& traces);

/// Adapter of imaging.roi_signal_set and its parts imaging.roi_signal and
/// imaging.roi_correlation_bin.
[[nodiscard]] ComputedTable roi_signal_set_table();

}  // namespace tb::compute::imaging::openscope
