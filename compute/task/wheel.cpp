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

TB_LANE_CLONES bool is_ascending(const double* values, std::size_t n) {
    signal::LaneBits is_wrong = {0, 0, 0, 0};
    std::size_t i = 0;
    for (; i + 5 <= n; i += 4) {
        signal::Lanes here, next;
        signal::load(here, values + i);
        signal::load(next, values + i + 1);
        is_wrong |= ~(here <= next);  // also where one is no number
    }
    bool is_right = (is_wrong[0] | is_wrong[1] | is_wrong[2] | is_wrong[3]) == 0;
    for (; i + 1 < n; ++i) is_right &= values[i] <= values[i + 1];
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
    if (!std::isfinite(first) || !std::isfinite(last) ||
        !is_ascending(timestamps.data(), timestamps.size())) {
        throw value_error("wheel timestamps: expected ascending numbers");
    }
    if ((last - first) * rate_hz > 0x1p31 - 16.0) {
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

/// Interpolated points are written this many at a time, so that what they are written to must have
/// room for as many less one after its end.
constexpr std::size_t stride = 4;

/// For samples [from, from + n): slope to the next sample, and the first grid time at or after it.
constexpr std::size_t n_in_chunk = 1024;
struct Chunk {
    std::array<double, n_in_chunk + stride> slope;
    std::array<double, n_in_chunk + stride> place;
    std::array<std::int32_t, n_in_chunk + stride> index;  ///< place as an integer
};

TB_LANE_CLONES void prepare(Chunk& chunk, const double* timestamps, const double* position,
                            std::size_t n, double begin_s, double step_s) {
    for (std::size_t j = 0; j < n; ++j) {
        chunk.slope[j] = (position[j + 1] - position[j]) / (timestamps[j + 1] - timestamps[j]);
    }
    const double per_step = 1.0 / step_s;
    constexpr double rounder = 0x1.8p52;  // added and taken away: rounds to a whole number
    const auto place_of = [&](const auto& moment, auto& place) __attribute__((always_inline)) {
        // The quotient is off by rounding at most: one place up or down.
        place = ((moment - begin_s) * per_step + rounder) - rounder;
        place = begin_s + place * step_s < moment ? place + 1.0 : place;
        place = begin_s + (place - 1.0) * step_s >= moment ? place - 1.0 : place;
    };
    std::size_t j = 0;
    for (; j + stride <= n + 1; j += stride) {
        signal::Lanes moment, place;
        signal::load(moment, timestamps + j);
        place_of(moment, place);
        signal::store(chunk.place.data() + j, place);
    }
    for (; j <= n; ++j) place_of(timestamps[j], chunk.place[j]);
    for (j = 0; j <= n; ++j) chunk.index[j] = static_cast<std::int32_t>(chunk.place[j]);
}

/// Each sample writes the points of the line to the next one from its own place on, four of them
/// whether they are its own or not: the following samples write theirs over them. So there is a
/// branch only where samples are far apart.
TB_LANE_CLONES void draw(const Chunk& chunk, const double* timestamps, const double* position,
                         std::size_t n, double begin_s, double step_s, double* out) {
    const signal::Lanes count = {0.0, 1.0, 2.0, 3.0};
    for (std::size_t j = 0; j < n; ++j) {
        const double slope = chunk.slope[j];
        const double from = timestamps[j];
        const double height = position[j];
        const std::int32_t next = chunk.index[j + 1];
        std::int32_t index = chunk.index[j];
        signal::Lanes place = chunk.place[j] + count;
        while (true) {
            const signal::Lanes line = slope * ((begin_s + place * step_s) - from) + height;
            signal::store(out + index, line);
            index += static_cast<std::int32_t>(stride);
            if (index >= next) break;
            place += static_cast<double>(stride);
        }
    }
}

/// Lines [begin, end): line j leads from sample j to the next.
/// @param out  room for times.n + stride - 1 values
void draw_lines(std::span<const double> timestamps, std::span<const double> position,
                std::size_t begin, std::size_t end_line, const EvenTimes& times, double* out) {
    Chunk chunk;
    for (std::size_t from = begin; from < end_line; from += n_in_chunk) {
        const std::size_t n = std::min(n_in_chunk, end_line - from);
        prepare(chunk, timestamps.data() + from, position.data() + from, n, times.begin_s,
                times.step_s);
        // The grid may stop short of the last samples.
        const auto end = static_cast<std::int32_t>(times.n);
        std::size_t n_drawn = n;
        while (n_drawn > 0 && chunk.index[n_drawn - 1] >= end) --n_drawn;
        chunk.index[n_drawn] = std::min(chunk.index[n_drawn], end);
        draw(chunk, timestamps.data() + from, position.data() + from, n_drawn, times.begin_s,
             times.step_s, out);
    }
}

/// At the last time itself, where the last samples may share it.
void draw_end(std::span<const double> timestamps, std::span<const double> position,
              const EvenTimes& times, double* out) {
    for (std::size_t i = times.n; i > 0 && times[i - 1] >= timestamps.back(); --i) {
        out[i - 1] = position.back();
    }
}

void interpolate(std::span<const double> timestamps, std::span<const double> position,
                 const EvenTimes& times, double* out) {
    draw_lines(timestamps, position, 0, timestamps.size() - 1, times, out);
    draw_end(timestamps, position, times, out);
}

std::vector<float> single_times(const EvenTimes& times) {
    std::vector<float> out(times.n);
    for (std::size_t i = 0; i < times.n; ++i) out[i] = static_cast<float>(times[i]);
    return out;
}

/// out[i] = (position[i + 1] - position[i]) rate.
TB_LANE_CLONES void differences(const double* position, std::size_t n, double rate_hz, float* out) {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = static_cast<float>((position[i + 1] - position[i]) * rate_hz);
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
    out.position.resize(out.times.n + stride - 1);
    interpolate(timestamps, position, out.times, out.position.data());
    out.position.resize(out.times.n);
    return out;
}

EvenTimes wheel_grid(std::span<const double> timestamps, std::span<const double> position,
                     double rate_hz) {
    return grid_of(timestamps, position, rate_hz);
}

signal::Values interpolated_stretches(std::span<const double> timestamps,
                                      std::span<const double> position, const EvenTimes& times,
                                      std::span<const Stretch> stretches) {
    signal::Values out;
    out.resize(times.n + stride - 1);
    for (const Stretch& stretch : stretches) {
        if (stretch.begin >= stretch.end) continue;
        // One sample more to either side: times of the grid are rounded.
        const double from_s = times[stretch.begin] - times.step_s;
        const double to_s = times[stretch.end - 1] + times.step_s;
        const auto after = std::ranges::upper_bound(timestamps, from_s);
        const auto until = std::lower_bound(after, timestamps.end(), to_s);
        const auto first = static_cast<std::size_t>(after - timestamps.begin());
        const auto last = static_cast<std::size_t>(until - timestamps.begin());
        draw_lines(timestamps, position, first > 0 ? first - 1 : 0,
                   std::min(last, timestamps.size() - 1), times, out.data());
    }
    draw_end(timestamps, position, times, out.data());
    out.resize(times.n);
    return out;
}

SmoothPosition::SmoothPosition(std::span<const double> position, double rate_hz, double cutoff_hz,
                               int filter_order)
    : n_(position.size()) {
    const signal::Sections sections = signal::butterworth_lowpass(filter_order, cutoff_hz, rate_hz);
    padding_ = signal::filter_padding(sections);
    values_ = std::make_unique_for_overwrite<double[]>(n_ + 2 * padding_);
    std::ranges::copy(position, values_.get() + padding_);
    signal::filter_in_place_both_ways(sections, {values_.get(), n_ + 2 * padding_});
}

WheelMotion wheel_motion(std::span<const double> position, double rate_hz, double cutoff_hz,
                         int filter_order) {
    const std::vector<double> smooth = signal::filtered_both_ways_in_reference_order(
        signal::butterworth_lowpass(filter_order, cutoff_hz, rate_hz), position);
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
    static_assert(stride <= 4);  // the least padding is 6
    // Not a vector: its elements would be zeroed first.
    const auto work = std::make_unique_for_overwrite<double[]>(total);
    interpolate(timestamps, position, out.times, work.get() + padding);
    signal::filter_in_place_both_ways(sections, {work.get(), total});
    // By pieces, so that no element is written twice.
    const double* const smooth = work.get() + padding;
    std::array<float, 2048> piece;
    out.velocity.reserve(out.times.n);
    out.velocity.push_back(0.0f);
    for (std::size_t i = 0; i + 1 < out.times.n; i += piece.size()) {
        const std::size_t n = std::min(piece.size(), out.times.n - 1 - i);
        differences(smooth + i, n, params.rate_hz, piece.data());
        out.velocity.insert(out.velocity.end(), piece.data(), piece.data() + n);
    }
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
