#include "compute/task/wheel.hpp"

#include "src/signal/butterworth.hpp"
#include "src/signal/grid.hpp"
#include "src/signal/lanes.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <numbers>

#include <fmt/format.h>

namespace tb::compute::task {

namespace {

Error value_error(const std::string& message) {
    return Error(ErrorKind::data, message, {}, "ValueError");
}

bool is_ascending(std::span<const double> values) {
    bool is_right = true;
    for (std::size_t i = 1; i < values.size(); ++i) is_right &= values[i - 1] <= values[i];
    return is_right;
}

EvenTimes grid_of(std::span<const double> timestamps, std::span<const double> position,
                  double rate_hz) {
    if (timestamps.size() != position.size()) {
        throw value_error(fmt::format("wheel of {} timestamps but {} positions", timestamps.size(),
                                      position.size()));
    }
    if (timestamps.size() < 2) {
        throw value_error(
            fmt::format("wheel of {} samples: expected at least 2", timestamps.size()));
    }
    if (!(rate_hz > 0.0) || !std::isfinite(rate_hz)) {
        throw value_error(fmt::format("rate of {} Hz: expected a positive number", rate_hz));
    }
    const double first = timestamps.front();
    const double last = timestamps.back();
    if (!std::isfinite(first) || !std::isfinite(last) || !is_ascending(timestamps)) {
        throw value_error("wheel timestamps: expected ascending numbers");
    }
    if ((last - first) * rate_hz > 0x1p31) {
        throw value_error(fmt::format("wheel timestamps from {} to {} s: too long for {} Hz", first,
                                      last, rate_hz));
    }
    EvenTimes times = photometry::even_times(first, rate_hz, 0);
    times.n = signal::arange_size(first, last, 1.0 / rate_hz);
    while (times.n > 0 && times[times.n - 1] > last) --times.n;
    if (times.n == 0 || !(times.step_s > 0.0)) {
        throw value_error(fmt::format("wheel timestamps from {} to {} s span no sample at {} Hz",
                                      first, last, rate_hz));
    }
    return times;
}

constexpr std::size_t tile = 2048;

/// out[i] = position at the i-th of n grid times, between the samples lower[i] and lower[i] + 1.
TB_LANE_CLONES void interpolate_tile(const double* timestamps, const double* position,
                                     const std::int32_t* lower, double begin_s, double step_s,
                                     std::size_t first, std::size_t n, double* out) {
    for (std::size_t i = 0; i < n; ++i) {
        const std::int32_t low = lower[i];
        const double time =
            begin_s + static_cast<double>(static_cast<std::int64_t>(first + i)) * step_s;
        const double slope =
            (position[low + 1] - position[low]) / (timestamps[low + 1] - timestamps[low]);
        out[i] = slope * (time - timestamps[low]) + position[low];
    }
}

/// Which samples each grid time lies between is found without a search or an unpredictable branch:
/// every sample is counted at the first grid time that is not before it, and the counts are added
/// up.
void interpolate(std::span<const double> timestamps, std::span<const double> position,
                 const EvenTimes& times, double* out) {
    const std::size_t n = times.n;
    const double per_step = 1.0 / times.step_s;
    std::array<std::int32_t, tile + 2> counts;
    std::array<std::int32_t, tile> lower;
    // Samples up to `passed` lie at or before the grid times done; the last interval is the end.
    std::size_t passed = 0;
    const std::size_t last_interval = timestamps.size() - 2;
    std::int32_t low = 0;
    for (std::size_t first = 0; first < n; first += tile) {
        const std::size_t count = std::min(tile, n - first);
        counts.fill(0);
        const double last_time = times[first + count - 1];
        const auto next = static_cast<std::size_t>(
            std::upper_bound(timestamps.begin() + static_cast<std::ptrdiff_t>(passed) + 1,
                             timestamps.end(), last_time) -
            timestamps.begin());
        const double begin_s = times.begin_s;
        const double step_s = times.step_s;
        for (std::size_t j = passed + 1; j < next; ++j) {
            const double moment = timestamps[j];
            auto at = static_cast<std::int64_t>((moment - begin_s) * per_step);
            at += static_cast<std::int64_t>(begin_s + static_cast<double>(at) * step_s < moment);
            at += static_cast<std::int64_t>(begin_s + static_cast<double>(at) * step_s < moment);
            at -=
                static_cast<std::int64_t>(begin_s + static_cast<double>(at - 1) * step_s >= moment);
            const std::int64_t place = at - static_cast<std::int64_t>(first);
            ++counts[static_cast<std::size_t>(std::max<std::int64_t>(place, 0))];
        }
        passed = next - 1;
        for (std::size_t i = 0; i < count; ++i) {
            low += counts[i];
            lower[i] = low;
        }
        if (static_cast<std::size_t>(low) > last_interval) {
            // Only at the very end of the recording.
            for (std::size_t i = 0; i < count; ++i) {
                lower[i] = std::min(lower[i], static_cast<std::int32_t>(last_interval));
            }
        }
        interpolate_tile(timestamps.data(), position.data(), lower.data(), begin_s, step_s, first,
                         count, out + first);
    }
    // At the last time itself, where the last samples may share it.
    for (std::size_t i = n; i > 0 && times[i - 1] >= timestamps.back(); --i) {
        out[i - 1] = position.back();
    }
}

std::vector<float> single_times(const EvenTimes& times) {
    std::vector<float> out(times.n);
    for (std::size_t i = 0; i < times.n; ++i) out[i] = static_cast<float>(times[i]);
    return out;
}

TB_LANE_CLONES void differences(const double* position, std::size_t n, double rate_hz, float* out) {
    for (std::size_t i = 1; i < n; ++i) {
        out[i] = static_cast<float>((position[i] - position[i - 1]) * rate_hz);
    }
}

}  // namespace

double samples_to_cm(double samples, double resolution) {
    return samples / resolution * std::numbers::pi * wheel_diameter_cm;
}

double cm_to_rad(double cm) {
    return cm * (2.0 / wheel_diameter_cm);
}

double cm_to_degrees(double cm) {
    return cm / (wheel_diameter_cm * std::numbers::pi) * 360.0;
}

TimePrecision time_precision_named(std::string_view name) {
    if (name == "float64") return TimePrecision::float64;
    if (name == "float32") return TimePrecision::float32;
    throw value_error(
        fmt::format("precision of times '{}': expected float64 or float32", std::string(name)));
}

EvenPosition interpolated_position(std::span<const double> timestamps,
                                   std::span<const double> position, double rate_hz) {
    EvenPosition out;
    out.times = grid_of(timestamps, position, rate_hz);
    out.position.resize(out.times.n);
    interpolate(timestamps, position, out.times, out.position.data());
    return out;
}

WheelMotion wheel_motion(std::span<const double> position, double rate_hz, double cutoff_hz,
                         int filter_order) {
    const signal::Sections sections = signal::butterworth_lowpass(filter_order, cutoff_hz, rate_hz);
    const std::vector<double> smooth = signal::filtered_both_ways(sections, position);
    WheelMotion out{std::vector<double>(smooth.size()), std::vector<double>(smooth.size())};
    for (std::size_t i = 1; i < smooth.size(); ++i) {
        out.velocity[i] = (smooth[i] - smooth[i - 1]) * rate_hz;
        out.acceleration[i] = (out.velocity[i] - out.velocity[i - 1]) * rate_hz;
    }
    return out;
}

WheelVelocity wheel_velocity(std::span<const double> timestamps, std::span<const double> position,
                             const WheelParams& params) {
    WheelVelocity out;
    out.times = grid_of(timestamps, position, params.rate_hz);
    const signal::Sections sections =
        signal::butterworth_lowpass(params.filter_order, params.cutoff_hz, params.rate_hz);
    const std::size_t padding = signal::filter_padding(sections);
    const std::size_t total = out.times.n + 2 * padding;
    // Not a vector: its elements would be zeroed first.
    const auto work = std::make_unique_for_overwrite<double[]>(total);
    interpolate(timestamps, position, out.times, work.get() + padding);
    signal::filter_in_place_both_ways(sections, {work.get(), total});
    out.velocity.resize(out.times.n);
    differences(work.get() + padding, out.times.n, params.rate_hz, out.velocity.data());
    return out;
}

photometry::PeriEvent<float> wheel_trial_matrix(const EvenTimes& times,
                                                std::span<const float> velocity,
                                                std::span<const double> begin_s,
                                                std::span<const double> end_s,
                                                TimePrecision precision) {
    if (precision == TimePrecision::float64) {
        return photometry::peri_event_until(times, velocity, begin_s, 0.0, end_s);
    }
    const std::vector<float> rounded = single_times(times);
    return photometry::peri_event_until(std::span(rounded), velocity, begin_s, 0.0, end_s);
}

std::vector<double> wheel_peak_velocities(const EvenTimes& times, std::span<const float> velocity,
                                          std::span<const double> begin_s,
                                          std::span<const double> end_s, TimePrecision precision) {
    if (precision == TimePrecision::float64) {
        return photometry::peri_event_peaks(times, velocity, begin_s, 0.0, end_s);
    }
    const std::vector<float> rounded = single_times(times);
    return photometry::peri_event_peaks(std::span(rounded), velocity, begin_s, 0.0, end_s);
}

std::vector<double> row_peaks(std::span<const float> values, std::size_t n_samples) {
    if (n_samples == 0 ? !values.empty() : values.size() % n_samples != 0) {
        throw value_error(
            fmt::format("{} values do not fill rows of {} samples", values.size(), n_samples));
    }
    std::vector<double> peaks(n_samples == 0 ? 0 : values.size() / n_samples);
    for (std::size_t row = 0; row < peaks.size(); ++row) {
        float peak = -1.0f;
        for (const float value : values.subspan(row * n_samples, n_samples)) {
            const float size = std::abs(value);
            if (size > peak && std::isfinite(size)) peak = size;
        }
        peaks[row] = peak < 0.0f ? std::numeric_limits<double>::quiet_NaN() : peak;
    }
    return peaks;
}

}  // namespace tb::compute::task
