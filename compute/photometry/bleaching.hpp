// How fast a signal bleaches.
#pragma once

#include <span>

namespace tb::compute::photometry {

/// Where the time constant is looked for. A row of photometry.signal_qc_params, as far as bleaching
/// goes.
struct BleachingParams {
    double min_tau_s = 1.0;
    double max_tau_s = 1e6;
};

/// amplitude * exp(-(t - t0)/tau) + offset, t0 the first sample's time.
struct BleachingFit {
    double tau_s = 0.0;      ///< NaN for a constant signal
    double amplitude = 0.0;  ///< at the first sample, in the signal's unit
    double offset = 0.0;
    double squared_error = 0.0;  ///< sum of squared residuals
    bool is_at_limit = false;    ///< tau is the least or greatest that was looked at
    /// The signal decays: amplitude above 0, and tau inside its limits. Otherwise tau describes
    /// something else (a rise, a start-up transient, nothing).
    [[nodiscard]] bool is_bleaching() const { return amplitude > 0.0 && !is_at_limit; }
};

/// Least squares by variable projection: for every tau amplitude and offset follow linearly, so the
/// error is a function of tau alone; it is looked at on a grid of ln tau and then minimised to
/// 1e-6 of tau. Source: spec/photometry.md, 6.5 and section 20, defect 2.
/// @param times   ascending [s], shape (n), n >= 4
/// @param values  raw samples, shape (n)
/// @throws tb::Error (data, ValueError) when lengths differ, there are fewer than 4 samples, one is
/// not finite, times are not ascending, or the limits are not 0 < min < max
[[nodiscard]] BleachingFit fit_bleaching(std::span<const double> times,
                                         std::span<const double> values,
                                         const BleachingParams& params = {});

}  // namespace tb::compute::photometry
