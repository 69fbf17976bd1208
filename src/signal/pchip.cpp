#include "src/signal/pchip.hpp"

#include "src/signal/lanes.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>

#include <fmt/format.h>

namespace tb::signal {

namespace {

Error value_error(const std::string& message) {
    return Error(ErrorKind::data, message, {}, "ValueError");
}

/// Slope at an end, from the two nearest pieces (0 is the end's own).
double end_slope(double step0, double step1, double rise0, double rise1) {
    const double slope = ((2.0 * step0 + step1) * rise0 - step0 * rise1) / (step0 + step1);
    const auto sign = [](double v) { return (v > 0.0) - (v < 0.0); };
    if (sign(slope) != sign(rise0)) return 0.0;
    if (sign(rise0) != sign(rise1) && std::abs(slope) > 3.0 * std::abs(rise0)) return 3.0 * rise0;
    return slope;
}

/// 1/h and (y1 - y0)/h of every piece. @return whether every h is above 0
TB_LANE_CLONES bool rises(const double* times, const double* values, std::size_t n_pieces,
                          double* inverse, double* rise) {
    std::size_t increasing = 0;
    for (std::size_t k = 0; k < n_pieces; ++k) {
        const double step = times[k + 1] - times[k];
        increasing += step > 0.0;
        inverse[k] = 1.0 / step;
        rise[k] = (values[k + 1] - values[k]) * inverse[k];
    }
    return increasing == n_pieces;
}

/// Slopes at the inner knots 1..n_pieces-1: 0 at turns and plateaus, else the weighted harmonic
/// mean of the rises to either side.
TB_LANE_CLONES void inner_slopes(const double* times, const double* rise, std::size_t n_pieces,
                                 double* slope) {
    for (std::size_t k = 1; k < n_pieces; ++k) {
        const double before = times[k] - times[k - 1];
        const double after = times[k + 1] - times[k];
        const double w1 = 2.0 * after + before;
        const double w2 = after + 2.0 * before;
        const double a = rise[k - 1];
        const double b = rise[k];
        // (w1 + w2)/(w1/a + w2/b) with one division; scaled so that small rises do not underflow.
        const double mean = (w1 + w2) * a * (b / (w1 * b + w2 * a));
        const bool is_same_way = ((a > 0.0) & (b > 0.0)) | ((a < 0.0) & (b < 0.0));
        slope[k] = is_same_way ? mean : 0.0;
    }
}

}  // namespace

std::vector<double> pchip(std::span<const double> times, std::span<const double> values,
                          std::span<const double> at) {
    const std::size_t n = times.size();
    if (values.size() != n) {
        throw value_error(fmt::format("{} times but {} values to interpolate", n, values.size()));
    }
    if (n < 2) throw value_error(fmt::format("{} samples to interpolate: expected at least 2", n));
    const std::size_t n_pieces = n - 1;
    const auto inverse = std::make_unique_for_overwrite<double[]>(n_pieces);
    const auto rise = std::make_unique_for_overwrite<double[]>(n_pieces);
    const auto slope = std::make_unique_for_overwrite<double[]>(n);
    if (!rises(times.data(), values.data(), n_pieces, inverse.get(), rise.get())) {
        std::size_t k = 0;
        while (times[k + 1] > times[k]) ++k;
        throw value_error(fmt::format(
            "times of a signal are not strictly increasing: sample {} at {} s is followed by {} s",
            k, times[k], times[k + 1]));
    }
    if (n_pieces == 1) {
        slope[0] = slope[1] = rise[0];
    } else {
        inner_slopes(times.data(), rise.get(), n_pieces, slope.get());
        slope[0] = end_slope(times[1] - times[0], times[2] - times[1], rise[0], rise[1]);
        slope[n - 1] = end_slope(times[n - 1] - times[n - 2], times[n - 2] - times[n - 3],
                                 rise[n - 2], rise[n - 3]);
    }

    std::vector<double> out(at.size());
    std::size_t k = 0;
    double last = at.empty() ? 0.0 : at[0];
    for (std::size_t i = 0; i < at.size(); ++i) {
        const double x = at[i];
        if (!(x >= last)) throw value_error("points of an interpolation are not ascending");
        last = x;
        if (k + 1 < n_pieces && times[k + 1] <= x) {
            ++k;
            // Near the next knot mostly; far after a gap in the points.
            std::size_t more = 1;
            while (k + 1 < n_pieces && times[k + 1] <= x) {
                ++k;
                if (++more == 16) {
                    const auto next = std::upper_bound(
                        times.begin() + static_cast<std::ptrdiff_t>(k + 1), times.end() - 1, x);
                    k = static_cast<std::size_t>(next - times.begin()) - 1;
                    break;
                }
            }
        }
        const double s = x - times[k];
        const double h = inverse[k];
        const double c = (3.0 * rise[k] - 2.0 * slope[k] - slope[k + 1]) * h;
        const double d = (slope[k] + slope[k + 1] - 2.0 * rise[k]) * (h * h);
        out[i] = values[k] + s * (slope[k] + s * (c + s * d));
    }
    return out;
}

}  // namespace tb::signal
