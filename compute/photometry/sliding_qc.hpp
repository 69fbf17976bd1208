// Quality metrics of a signal as a whole and in windows that slide over it.
#pragma once

#include "compute/photometry/quality_metrics.hpp"

#include <span>
#include <vector>

namespace tb::compute::photometry {

/// A row of photometry.signal_qc_params, as far as windows go.
struct SlidingQcParams {
    double window_s = 120.0;
    double step_s = 60.0;
};

struct QcWindow {
    double start_s = 0.0;   ///< samples with start <= t < start + window
    double centre_s = 0.0;  ///< start + window/2: what the reference calls the window
    SignalMetrics metrics;  ///< of the window less its least-squares line; NaN with no sample in it
};

/// One value per metric as the reference stores it: which percentile its asymmetry means differs
/// between the whole signal (75) and windows (95), and its aggregate mixes both.
struct ReferenceMetrics {
    double n_unique_samples = 0.0;
    double median_absolute_deviance = 0.0;
    double percentile_distance = 0.0;
    double percentile_asymmetry = 0.0;
    double ar_score = 0.0;
};

struct SlidingQc {
    SignalMetrics whole;  ///< of the signal as it is, no line subtracted
    std::vector<QcWindow> windows;
    /// Means over the windows, NaN ignored; all NaN when there is none.
    SignalMetrics window_mean;
    /// Mean over the whole-signal value and all windows, NaN ignored, as the reference aggregates.
    ReferenceMetrics reference_aggregate;
};

/// @param times   ascending [s], shape (n)
/// @param values  shape (n)
/// @throws tb::Error (data, ValueError) when lengths differ, there are no samples, times are not
/// ascending, or a window or step is not above 0
/// Source: spec/photometry.md, 5.3; section 20, defects 3 and 4.
[[nodiscard]] SlidingQc sliding_qc(std::span<const double> times, std::span<const double> values,
                                   const SlidingQcParams& params = {});

/// A metric as the reference stores it: the whole signal's with asymmetry at 75, a window's at 95.
[[nodiscard]] ReferenceMetrics reference_whole(const SignalMetrics& metrics);
[[nodiscard]] ReferenceMetrics reference_window(const SignalMetrics& metrics);

}  // namespace tb::compute::photometry
