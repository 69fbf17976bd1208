// From raw fluorescence to a z-scored signal on an even grid: bleach correction, isosbestic
// correction, z-score, resampling. Source of every formula: spec/photometry.md, 6.
#pragma once

#include "src/signal/grid.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace tb::compute::photometry {

/// What becomes of a signal and its reference: s - r, s / r, or (s - r)/r.
enum class Correction { subtract, divide, subtract_divide };
/// What the isosbestic regression minimises: mean of e^2; of |e|; pseudo-Huber d^2 (sqrt(1 +
/// (e/d)^2)
/// - 1); e^2 / max(|e|, d).
enum class RegressionLoss { mse, mae, huber, irls };
/// `aligned`: the fit of each sample is subtracted from that sample. `peer_sorted`: as the
/// reference library has it, the fit is evaluated on the sorted reference and subtracted position
/// by position (section 20, defect 1); for reproducing published files.
enum class IsosbesticMode { aligned, peer_sorted };
/// Centre of the z-score; both divide by the standard deviation.
enum class ZscoreMode { classic, median };

/// The names that parameter sets use: subtract, divide, subtract-divide; mse, mae, huber, irls;
/// aligned, peer_sorted; classic, median. @throws tb::Error (data, ValueError) for any other
[[nodiscard]] Correction correction_named(std::string_view name);
[[nodiscard]] RegressionLoss regression_loss_named(std::string_view name);
[[nodiscard]] IsosbesticMode isosbestic_mode_named(std::string_view name);
[[nodiscard]] ZscoreMode zscore_mode_named(std::string_view name);

/// A row of photometry.preprocess_params. The defaults are the reference's pipeline with the
/// reference aligned.
struct PreprocessParams {
    double bleach_cutoff_hz = 0.01;
    int bleach_order = 3;
    Correction bleach_correction = Correction::subtract_divide;
    IsosbesticMode isosbestic_mode = IsosbesticMode::aligned;
    RegressionLoss regression_loss = RegressionLoss::mse;
    double regression_scale = 0.0;  ///< d of huber and irls; 0: the reference's 3 and 1e-7
    Correction isosbestic_correction = Correction::subtract;
    ZscoreMode zscore_mode = ZscoreMode::classic;
    double output_rate_hz = 30.0;
};

/// Element by element. @throws tb::Error (data, ValueError) when lengths differ
[[nodiscard]] std::vector<double> corrected(std::span<const double> values,
                                            std::span<const double> reference, Correction how);

/// 1/median of the time differences [Hz]. @throws tb::Error (data, ValueError) with fewer than two
/// times, or where the median is not above 0
[[nodiscard]] double sampling_rate_hz(std::span<const double> times);

/// Zero-phase low-pass: what bleaching and slow drift make of a signal. NaN in a sample makes all
/// NaN. @throws tb::Error (data, ValueError) for a signal not longer than the filter's padding (12
/// samples for order 3), or an impossible cut-off
[[nodiscard]] std::vector<double> lowpass(std::span<const double> values, double rate_hz,
                                          const PreprocessParams& params = {});

/// A regression of signal on reference.
struct IsosbesticFit {
    double slope = 0.0;
    double intercept = 0.0;
    /// 1 - SSE/SST of the least-squares line: the squared correlation. NaN when one is constant.
    double correlation = 0.0;
};
/// Least squares is solved in closed form, other losses by reweighted least squares from there.
/// A constant reference has slope 0.
/// @throws tb::Error (data, ValueError) when lengths differ or are 0, a value is not finite, or the
/// iteration does not converge
[[nodiscard]] IsosbesticFit fit_isosbestic(std::span<const double> reference,
                                           std::span<const double> values,
                                           RegressionLoss loss = RegressionLoss::mse,
                                           double scale = 0.0);

/// (x - centre)/SD, SD divided by n; NaN when the SD is 0.
[[nodiscard]] std::vector<double> zscore(std::span<const double> values,
                                         ZscoreMode mode = ZscoreMode::classic);

/// A signal on an even grid that begins at its first time and excludes its last.
struct Resampled {
    signal::EvenGrid grid;
    std::vector<double> values;
};
/// @throws tb::Error (data, ValueError) for fewer than two samples, times that are not strictly
/// increasing, or a rate that is not above 0
[[nodiscard]] Resampled resample(std::span<const double> times, std::span<const double> values,
                                 double rate_hz = 30.0);

/// Signals on the way, kept when asked for: for tests and for people who want to see them.
struct PreprocessSteps {
    std::vector<double> lowpass_signal;
    std::vector<double> lowpass_reference;
    std::vector<double> bleach_corrected_signal;
    std::vector<double> bleach_corrected_reference;
    std::vector<double> isosbestic_corrected;
    std::vector<double> z;
};

struct Preprocessed {
    Resampled signal;             ///< z-scored, on the output grid
    double signal_rate_hz = 0.0;  ///< of the raw bands
    double reference_rate_hz = 0.0;
    IsosbesticFit isosbestic;
    double mean = 0.0;  ///< of the isosbestic-corrected signal, before the z-score
    double sd = 0.0;
};

/// The whole pipeline for one region. The bands pair sample i with sample i; each is filtered at
/// its own rate; the result is on the signal's times.
/// @param signal_times, reference_times  strictly increasing [s], shape (n)
/// @param signal, reference              GCaMP and isosbestic samples, shape (n), none missing
/// @param steps                          filled when not null
/// @throws tb::Error (data, ValueError) as the steps above; when a sample is not finite or the
/// corrected signal has no variance; when there is no reference (empty)
[[nodiscard]] Preprocessed preprocess(std::span<const double> signal_times,
                                      std::span<const double> signal,
                                      std::span<const double> reference_times,
                                      std::span<const double> reference,
                                      const PreprocessParams& params = {},
                                      PreprocessSteps* steps = nullptr);

}  // namespace tb::compute::photometry
