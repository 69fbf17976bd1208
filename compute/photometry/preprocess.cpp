#include "compute/photometry/preprocess.hpp"

#include "src/signal/butterworth.hpp"
#include "src/signal/grid.hpp"
#include "src/signal/lanes.hpp"
#include "src/signal/moments.hpp"
#include "src/signal/order_statistics.hpp"
#include "src/signal/pchip.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tb::compute::photometry {

namespace {

template <class Enum, std::size_t N>
Enum named(std::string_view name, std::string_view what,
           const std::array<std::pair<std::string_view, Enum>, N>& names) {
    std::string known;
    for (const auto& [text, value] : names) {
        if (text == name) return value;
        known += known.empty() ? "" : ", ";
        known += text;
    }
    throw value_error(fmt::format("unknown {} '{}': expected one of {}", what, name, known));
}

void check_lengths(std::size_t a, std::size_t b) {
    if (a != b) {
        throw value_error(
            fmt::format("signal of {} samples and reference of {}: expected equal "
                        "lengths",
                        a, b));
    }
}

template <class Number>
inline void apply(Correction how, const Number& value, const Number& reference, Number& out) {
    switch (how) {
        case Correction::subtract:
            out = value - reference;
            return;
        case Correction::divide:
            out = value / reference;
            return;
        case Correction::subtract_divide:
            out = (value - reference) / reference;
            return;
    }
}

/// Corrects by slope * predictor + intercept. `out` may be one of the inputs.
TB_LANE_CLONES void correct(const double* values, const double* predictor, std::size_t n,
                            double slope, double intercept, Correction how, double* out) {
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        signal::Lanes value, from, to = {};
        signal::load(value, values + i);
        signal::load(from, predictor + i);
        from = slope * from + intercept;
        apply(how, value, from, to);
        signal::store(out + i, to);
    }
    for (; i < n; ++i) apply(how, values[i], slope * predictor[i] + intercept, out[i]);
}

TB_LANE_CLONES void scale(double* values, std::size_t n, double centre, double sd) {
    for (std::size_t i = 0; i < n; ++i) values[i] = (values[i] - centre) / sd;
}

/// Weight of a residual in reweighted least squares: derivative of the loss over the residual.
double weight(RegressionLoss loss, double d, double residual) {
    const double size = std::abs(residual);
    switch (loss) {
        case RegressionLoss::mse:
            return 1.0;
        case RegressionLoss::mae:
            return 1.0 / std::max(size, 1e-12);
        case RegressionLoss::huber:
            return 1.0 / std::sqrt(1.0 + (residual / d) * (residual / d));
        case RegressionLoss::irls:
            return 1.0 / std::max(size, d);
    }
    return 1.0;
}

signal::Line fit_weighted(std::span<const double> x, std::span<const double> y, signal::Line line,
                          RegressionLoss loss, double d, double spread) {
    constexpr int most_iterations = 500;
    for (int iteration = 0; iteration < most_iterations; ++iteration) {
        double w = 0.0, wx = 0.0, wy = 0.0, wxx = 0.0, wxy = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double one = weight(loss, d, y[i] - (line.slope * x[i] + line.intercept));
            w += one;
            wx += one * x[i];
            wy += one * y[i];
            wxx += one * x[i] * x[i];
            wxy += one * x[i] * y[i];
        }
        const double mean_x = wx / w;
        const double mean_y = wy / w;
        const double xx = wxx - wx * mean_x;
        signal::Line next;
        next.slope = xx > 0.0 ? (wxy - wx * mean_y) / xx : 0.0;
        next.intercept = mean_y - next.slope * mean_x;
        const double change =
            std::abs(next.slope - line.slope) * spread + std::abs(next.intercept - line.intercept);
        line = next;
        const double size = std::abs(line.slope) * spread + std::abs(line.intercept);
        if (change <= 1e-10 * size || change == 0.0) return line;
    }
    throw value_error(
        fmt::format("isosbestic fit did not converge in {} iterations", most_iterations));
}

void check_finite(std::span<const double> values, std::string_view what) {
    if (std::isfinite(signal::moments_of(values).mean)) return;
    const auto missing =
        std::ranges::count_if(values, [](double value) { return !std::isfinite(value); });
    throw value_error(
        fmt::format("{}: {} of {} samples are missing or infinite", what, missing, values.size()));
}

}  // namespace

Correction correction_named(std::string_view name) {
    return named<Correction, 3>(name, "correction mode",
                                {{{"subtract", Correction::subtract},
                                  {"divide", Correction::divide},
                                  {"subtract-divide", Correction::subtract_divide}}});
}

RegressionLoss regression_loss_named(std::string_view name) {
    return named<RegressionLoss, 4>(name, "regression loss",
                                    {{{"mse", RegressionLoss::mse},
                                      {"mae", RegressionLoss::mae},
                                      {"huber", RegressionLoss::huber},
                                      {"irls", RegressionLoss::irls}}});
}

IsosbesticMode isosbestic_mode_named(std::string_view name) {
    return named<IsosbesticMode, 2>(
        name, "isosbestic mode",
        {{{"aligned", IsosbesticMode::aligned}, {"peer_sorted", IsosbesticMode::peer_sorted}}});
}

ZscoreMode zscore_mode_named(std::string_view name) {
    return named<ZscoreMode, 2>(
        name, "z-score mode", {{{"classic", ZscoreMode::classic}, {"median", ZscoreMode::median}}});
}

std::vector<double> corrected(std::span<const double> values, std::span<const double> reference,
                              Correction how) {
    check_lengths(values.size(), reference.size());
    std::vector<double> out(values.size());
    correct(values.data(), reference.data(), values.size(), 1.0, 0.0, how, out.data());
    return out;
}

double sampling_rate_hz(std::span<const double> times) {
    const double interval_s = signal::median_difference(times);
    if (!(interval_s > 0.0)) {
        throw value_error(
            fmt::format("{} times with a median interval of {} s have no sampling rate",
                        times.size(), interval_s));
    }
    return 1.0 / interval_s;
}

std::vector<double> lowpass(std::span<const double> values, double rate_hz,
                            const PreprocessParams& params) {
    return signal::filtered_both_ways(
        signal::butterworth_lowpass(params.bleach_order, params.bleach_cutoff_hz, rate_hz), values);
}

IsosbesticFit fit_isosbestic(std::span<const double> reference, std::span<const double> values,
                             RegressionLoss loss, double scale_of_loss) {
    check_lengths(values.size(), reference.size());
    if (values.empty()) throw value_error("no samples to fit an isosbestic regression to");
    const signal::JointMoments sums = signal::joint_moments_of(reference, values);
    if (!std::isfinite(sums.xx) || !std::isfinite(sums.yy)) {
        throw value_error("isosbestic regression: a sample is missing or infinite");
    }
    signal::Line line;
    line.slope = sums.xx > 0.0 ? sums.xy / sums.xx : 0.0;
    line.intercept = sums.mean_y - line.slope * sums.mean_x;
    if (loss != RegressionLoss::mse) {
        const double d = scale_of_loss > 0.0             ? scale_of_loss
                         : loss == RegressionLoss::huber ? 3.0
                                                         : 1e-7;
        const double spread = std::sqrt(sums.xx / static_cast<double>(values.size()));
        line = fit_weighted(reference, values, line, loss, d, spread);
    }
    const double variances = sums.xx * sums.yy;
    return {line.slope, line.intercept, variances > 0.0 ? sums.xy * sums.xy / variances : nan};
}

std::vector<double> zscore(std::span<const double> values, ZscoreMode mode) {
    const signal::Moments moments = signal::moments_of(values);
    const double centre = mode == ZscoreMode::classic ? moments.mean : signal::median(values);
    std::vector<double> out(values.begin(), values.end());
    scale(out.data(), out.size(), centre, moments.sd > 0.0 ? moments.sd : nan);
    return out;
}

Resampled resample(std::span<const double> times, std::span<const double> values, double rate_hz) {
    if (!(rate_hz > 0.0) || !std::isfinite(rate_hz)) {
        throw value_error(fmt::format("output rate of {} Hz: expected above 0", rate_hz));
    }
    if (times.size() < 2) {
        throw value_error(fmt::format("{} samples to resample: expected at least 2", times.size()));
    }
    if (!std::isfinite(times.front()) || !std::isfinite(times.back())) {
        throw value_error("times of a signal are missing or infinite");
    }
    // A grid far finer than the samples is a wrong time, not a wish.
    constexpr double most = 1e9;
    if ((times.back() - times.front()) * rate_hz > most) {
        throw value_error(fmt::format("{} s of signal at {} Hz: more than {} samples",
                                      times.back() - times.front(), rate_hz, most));
    }
    Resampled out;
    out.grid = signal::even_grid(times.front(), times.back(), 1.0 / rate_hz);
    out.values = signal::pchip(times, values, out.grid);
    return out;
}

Preprocessed preprocess(std::span<const double> signal_times, std::span<const double> signal,
                        std::span<const double> reference_times, std::span<const double> reference,
                        const PreprocessParams& params, PreprocessSteps* steps) {
    const std::size_t n = signal.size();
    if (reference.empty() && n > 0) {
        throw value_error("no reference band: the isosbestic correction needs one");
    }
    check_lengths(n, reference.size());
    check_lengths(signal_times.size(), n);
    check_lengths(reference_times.size(), n);
    check_finite(signal, "signal band");
    check_finite(reference, "reference band");

    Preprocessed out;
    out.signal_rate_hz = sampling_rate_hz(signal_times);
    out.reference_rate_hz = signal_times.data() == reference_times.data()
                                ? out.signal_rate_hz
                                : sampling_rate_hz(reference_times);
    // Work space that a thread keeps from one recording to the next: fetching fresh pages from the
    // system for every recording takes about as long as a fifth of the arithmetic.
    static thread_local std::vector<double> bleached_signal;
    static thread_local std::vector<double> bleached_reference;
    bleached_signal.resize(n);
    bleached_reference.resize(n);
    signal::filter_two_both_ways(
        signal::butterworth_lowpass(params.bleach_order, params.bleach_cutoff_hz,
                                    out.signal_rate_hz),
        signal,
        signal::butterworth_lowpass(params.bleach_order, params.bleach_cutoff_hz,
                                    out.reference_rate_hz),
        reference, bleached_signal, bleached_reference);
    if (steps != nullptr) {
        steps->lowpass_signal = bleached_signal;
        steps->lowpass_reference = bleached_reference;
    }
    // In place from here on: each step reads a sample before it writes it.
    correct(signal.data(), bleached_signal.data(), n, 1.0, 0.0, params.bleach_correction,
            bleached_signal.data());
    correct(reference.data(), bleached_reference.data(), n, 1.0, 0.0, params.bleach_correction,
            bleached_reference.data());
    if (steps != nullptr) {
        steps->bleach_corrected_signal = bleached_signal;
        steps->bleach_corrected_reference = bleached_reference;
    }

    out.isosbestic = fit_isosbestic(bleached_reference, bleached_signal, params.regression_loss,
                                    params.regression_scale);
    std::span<const double> predictor = bleached_reference;
    signal::ValueSorter sorter;
    if (params.isosbestic_mode == IsosbesticMode::peer_sorted) {
        predictor = sorter.sorted(bleached_reference);
    }
    std::vector<double>& z = bleached_signal;
    correct(z.data(), predictor.data(), n, out.isosbestic.slope, out.isosbestic.intercept,
            params.isosbestic_correction, z.data());
    if (steps != nullptr) steps->isosbestic_corrected = z;

    const signal::Moments moments = signal::moments_of(z);
    out.mean = moments.mean;
    out.sd = moments.sd;
    if (!std::isfinite(moments.sd)) {
        throw value_error("corrected signal is infinite: its low-pass signal reaches 0");
    }
    if (!(moments.sd > 0.0)) throw value_error("corrected signal has no variance to z-score by");
    scale(z.data(), n, params.zscore_mode == ZscoreMode::classic ? moments.mean : signal::median(z),
          moments.sd);
    if (steps != nullptr) steps->z = z;
    out.signal = resample(signal_times, z, params.output_rate_hz);
    return out;
}

}  // namespace tb::compute::photometry
