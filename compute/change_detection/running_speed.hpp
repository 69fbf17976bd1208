// Running speed from the voltages of a wheel's encoder.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::change_detection {

/// Where the encoder's signal jumps from its top to its bottom or back: indices of the samples
/// after the jump, ascending.
struct EncoderWraps {
    std::vector<std::size_t> positive;  ///< from above 3.5 V to below 1.5 V
    std::vector<std::size_t> negative;  ///< from below 1.5 V to above 3.5 V
};
/// @param v_sig  encoder's signal [V], shape (n)
/// Source: spec/change_detection.md, section 10.
[[nodiscard]] EncoderWraps encoder_wraps(std::span<const double> v_sig);

/// Speed of the mouse at every frame before smoothing [cm/s], forwards positive; NaN where it is
/// not known (the first samples, jumps of more than 1 V, outliers). Not corrected for polarity.
/// @param v_sig  encoder's signal [V], shape (n) or (n + 1): a last surplus sample is left out
/// @param v_in   encoder's supply [V], as v_sig
/// @param time_s frame times without monitor delay, not descending, shape (n)
/// @param largest_z  a speed further from the mean than so many standard deviations is an outlier
/// @throws tb::Error (data, EncoderLength) for other lengths, (data, TimeOrder) naming the sample
/// for a time that decreases or is not finite
/// Source: the same, steps 1 to 8.
[[nodiscard]] std::vector<double> unfiltered_running_speed(std::span<const double> v_sig,
                                                           std::span<const double> v_in,
                                                           std::span<const double> time_s,
                                                           double largest_z = 10.0);

/// The low-pass filter of running speed.
struct SpeedFilter {
    int order = 3;
    double cutoff_hz = 4.0;
    double rate_hz = 60.0;  ///< of the stimulus frames
};
/// Coefficients of the filter as one fraction: H(z) = sum b[k] z^-k / sum a[k] z^-k, a[0] = 1.
struct FilterCoefficients {
    std::vector<double> b;  ///< shape (order + 1)
    std::vector<double> a;
};
/// @throws tb::Error (data, ValueError) for parameters out of range (signal::butterworth_lowpass)
[[nodiscard]] FilterCoefficients filter_coefficients(const SpeedFilter& filter);

/// The speed filtered forwards and backwards; a missing sample counts as 0. Of no more samples than
/// the filter needs (12) nothing can be filtered: all NaN.
/// @param unfiltered_cm_s  shape (n); NaN missing
[[nodiscard]] std::vector<double> filtered_running_speed(std::span<const double> unfiltered_cm_s,
                                                         const SpeedFilter& filter = {});

/// True when the encoder was mounted the other way round: the mean of what is not NaN is below -1
/// cm/s. Then all signs of the table are to be turned.
[[nodiscard]] bool is_polarity_reversed(std::span<const double> speed_cm_s);
/// The speed, its signs turned when is_polarity_reversed.
[[nodiscard]] std::vector<double> with_right_polarity(std::vector<double> speed_cm_s);

}  // namespace tb::compute::change_detection
