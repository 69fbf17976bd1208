// The wheel's position on an even grid and how fast it turned. Source of the rules:
// spec/photometry.md, 9, and spec/ibl_behavior.md, 7.
#pragma once

#include "compute/photometry/responses.hpp"
#include "src/signal/values.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tb::compute::task {

using photometry::EvenTimes;

/// Encoder counts per turn with X4 decoding, and the wheel's diameter. Source: spec/photometry.md,
/// 9.
inline constexpr double encoder_counts = 4096.0;
inline constexpr double wheel_diameter_cm = 6.2;

/// counts / resolution x pi x diameter.
[[nodiscard]] double samples_to_cm(double samples, double resolution = encoder_counts);
[[nodiscard]] double cm_to_rad(double cm);
[[nodiscard]] double cm_to_degrees(double cm);

/// How times of samples are rounded when trials are cut: `float64` not at all; `float32` as the
/// reference does, which shifts samples late in long sessions (spec/photometry.md, 20, defect 11).
enum class TimePrecision { float64, float32 };
/// @throws tb::Error (data, ValueError) for another name
[[nodiscard]] TimePrecision time_precision_named(std::string_view name);

/// A row of task.wheel_params. The defaults are the reference's, but for the precision of times.
struct WheelParams {
    double rate_hz = 100.0;
    double cutoff_hz = 20.0;
    int filter_order = 8;
    TimePrecision time_precision = TimePrecision::float64;
};

/// A position sampled evenly.
struct EvenPosition {
    EvenTimes times;
    signal::Values position;
};

/// Linear interpolation at arange(first time, last time, 1/rate), a last point beyond the last time
/// left out. Where two samples have the same time the later one counts from then on.
/// @param timestamps  ascending [s], shape (n), at least 2
/// @param position    any unit, shape (n)
/// @throws tb::Error (data, ValueError) when lengths differ, timestamps descend or are not finite
/// or span no time, the rate is not above 0 or asks for more than 2^31 points
[[nodiscard]] EvenPosition interpolated_position(std::span<const double> timestamps,
                                                 std::span<const double> position, double rate_hz);

/// Samples begin, begin + 1, ..., end - 1 of an even grid.
struct Stretch {
    std::size_t begin = 0;
    std::size_t end = 0;
};
/// The grid of interpolated_position. @throws tb::Error (data, ValueError) as it does
[[nodiscard]] EvenTimes wheel_grid(std::span<const double> timestamps,
                                   std::span<const double> position, double rate_hz);
/// Positions of interpolated_position, to the last bit, in some stretches of its grid alone: what
/// lies between them is not set.
/// @param stretches  in order, apart from one another, within times.n
[[nodiscard]] signal::Values interpolated_stretches(std::span<const double> timestamps,
                                                    std::span<const double> position,
                                                    const EvenTimes& times,
                                                    std::span<const Stretch> stretches);

/// The position low-pass filtered both ways, on as many samples.
/// @param position  evenly sampled, more samples than the filter's padding (27 for order 8)
/// @throws tb::Error (data, ValueError) for too few samples or an impossible filter
class SmoothPosition {
  public:
    explicit SmoothPosition(std::span<const double> position, double rate_hz,
                            double cutoff_hz = 20.0, int filter_order = 8);
    [[nodiscard]] std::span<const double> samples() const { return {values_.get() + padding_, n_}; }

  private:
    std::size_t n_;
    std::size_t padding_ = 0;
    std::unique_ptr<double[]>
        values_;  ///< with the padding; not zeroed first, as a vector would be
};

/// Low-pass filtered velocity and acceleration [unit/s, unit/s^2], each a first difference times
/// the rate with a leading 0. Rounded as the reference rounds: with positions of 1e5 (encoder
/// counts) at 1 kHz, rounding alone is 3e-7 of velocity and 1e-4 of acceleration. @param position
/// evenly sampled, more samples than the filter's padding (27 for order 8)
/// @throws tb::Error (data, ValueError) for too few samples or an impossible filter
struct WheelMotion {
    std::vector<double> velocity;
    std::vector<double> acceleration;
};
[[nodiscard]] WheelMotion wheel_motion(std::span<const double> position, double rate_hz,
                                       double cutoff_hz = 20.0, int filter_order = 8);

/// Velocity on an even grid, as it is stored.
struct WheelVelocity {
    EvenTimes times;
    std::vector<float> velocity;  ///< unit of the position per second
};
/// interpolated_position and wheel_motion in one, without keeping what lies between.
/// @throws tb::Error (data, ValueError) as these do
[[nodiscard]] WheelVelocity wheel_velocity(std::span<const double> timestamps,
                                           std::span<const double> position,
                                           const WheelParams& params = {});

/// Velocity of each trial from `begin` to `end` (stimulus onset to feedback): one row per trial,
/// one column per sample from 0 on, as wide as the longest trial, NaN after the trial's end; a row
/// is NaN when the longest trial would not fit between its begin and the recording's end. Not
/// stored: made again from the stored velocity where a file needs it.
/// @throws tb::Error (data, ValueError) when lengths differ
/// Source: spec/photometry.md, 9.5.
[[nodiscard]] photometry::PeriEvent<float> wheel_trial_matrix(
    const EvenTimes& times, std::span<const float> velocity, std::span<const double> begin_s,
    std::span<const double> end_s, TimePrecision precision = TimePrecision::float64);

/// Largest |velocity| of each row of wheel_trial_matrix, NaN where it has none. The matrix is not
/// made. Source: spec/photometry.md, 9.6.
[[nodiscard]] std::vector<double> wheel_peak_velocities(
    const EvenTimes& times, std::span<const float> velocity, std::span<const double> begin_s,
    std::span<const double> end_s, TimePrecision precision = TimePrecision::float64);

/// Largest finite |value| of each row of `n_samples` values, NaN where there is none.
[[nodiscard]] std::vector<double> row_peaks(std::span<const float> values, std::size_t n_samples);

}  // namespace tb::compute::task
