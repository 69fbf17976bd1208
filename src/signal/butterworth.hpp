// Butterworth low-pass filters as cascades of second-order sections, and filtering forwards and
// backwards (no phase shift).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tb::signal {

/// One second-order section, H(z) = (b0 + b1/z + b2/z^2) / (1 + a1/z + a2/z^2).
struct Section {
    double b0 = 1.0;
    double b1 = 0.0;
    double b2 = 0.0;
    double a1 = 0.0;
    double a2 = 0.0;
};
using Sections = std::vector<Section>;

/// Digital low-pass Butterworth filter by bilinear transform with the cut-off pre-warped.
/// (order + 1)/2 sections, the poles nearest the unit circle last; the first section holds the
/// gain; with odd order one section has a single pole (a2 = 0). Coefficients of even orders equal
/// those of the reference (scipy 1.10 on numpy 1.24) in the last bit.
/// @param order      1 to 50
/// @param cutoff_hz  where the gain is 1/sqrt(2); above 0, below rate_hz/2
/// @throws tb::Error (data, ValueError) for parameters out of these ranges
/// Source: spec/photometry.md, 6.1.
[[nodiscard]] Sections butterworth_lowpass(int order, double cutoff_hz, double rate_hz);

/// Samples by which filtered_both_ways extends a signal at either end, and of which it needs more:
/// 3 (2 S + 1 - m), S sections, m = 1 when one section has a single pole or zero less.
[[nodiscard]] std::size_t filter_padding(const Sections& sections);

/// Samples after which what came before is no more than rounding: the slowest pole's 2^-53.
/// @param sections  of a stable filter
[[nodiscard]] std::size_t filter_memory(const Sections& sections);

/// A signal filtered forwards, then backwards: no phase shift, the gain squared. The signal is
/// extended at both ends by odd reflection about its end; each pass starts as if its first sample
/// had stood there for ever. Source: spec/photometry.md, 6.1.
/// @param values  shape (n), n > filter_padding(sections); evenly sampled
/// @throws tb::Error (data, ValueError) when there are too few values or no sections
[[nodiscard]] std::vector<double> filtered_both_ways(const Sections& sections,
                                                     std::span<const double> values);
/// The same with every operation in the order of the reference (scipy 1.10, sosfiltfilt), equal to
/// it in the last bit where the sections are, and slower. Both forms are about equally far from the
/// exact values, by some 1e-15 of the largest one; derivatives at 1 kHz make 1e-12 (first) and 1e-9
/// (second) of that. Published derivatives that are to be met closer need the same rounding.
/// @throws tb::Error (data, ValueError) as above
[[nodiscard]] std::vector<double> filtered_both_ways_in_reference_order(
    const Sections& sections, std::span<const double> values);
/// The same as filtered_both_ways in place.
/// @param padded  shape (n + 2 p), p = filter_padding(sections): the signal lies p values in; the
/// room before and after it takes the extension and holds nothing of use afterwards
/// @throws tb::Error (data, ValueError) as above
void filter_in_place_both_ways(const Sections& sections, std::span<double> padded);

/// The same for two signals at once, each with its own filter of equally many sections: takes
/// little longer than one. `first_out` and `second_out` have the length of the signals.
/// @throws tb::Error (data, ValueError) when there are too few values, lengths differ, or the
/// filters' sections or paddings do
void filter_two_both_ways(const Sections& first_sections, std::span<const double> first,
                          const Sections& second_sections, std::span<const double> second,
                          std::span<double> first_out, std::span<double> second_out);

}  // namespace tb::signal
