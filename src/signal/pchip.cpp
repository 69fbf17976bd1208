#include "src/signal/pchip.hpp"

#include "src/signal/lanes.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>

#include <fmt/format.h>

namespace tb::signal {

namespace {

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
    LaneBits increasing = {-1, -1, -1, -1};
    std::size_t k = 0;
    for (; k + 4 <= n_pieces; k += 4) {
        Lanes t0, t1, y0, y1;
        load(t0, times + k);
        load(t1, times + k + 1);
        load(y0, values + k);
        load(y1, values + k + 1);
        const Lanes step = t1 - t0;
        increasing &= step > 0.0;
        const Lanes one_over = 1.0 / step;
        store(inverse + k, one_over);
        store(rise + k, (y1 - y0) * one_over);
    }
    bool all = (increasing[0] & increasing[1] & increasing[2] & increasing[3]) != 0;
    for (; k < n_pieces; ++k) {
        const double step = times[k + 1] - times[k];
        all = all && step > 0.0;
        inverse[k] = 1.0 / step;
        rise[k] = (values[k + 1] - values[k]) * inverse[k];
    }
    return all;
}

/// Slope at a knot between two pieces: 0 at turns and plateaus, else the weighted harmonic mean of
/// the rises a and b to either side, (w1 + w2)/(w1/a + w2/b), with one division, which is done
/// such that small rises do not underflow.
template <class Number>
inline void harmonic(const Number& before, const Number& after, const Number& a, const Number& b,
                     Number& mean) {
    const Number w1 = 2.0 * after + before;
    const Number w2 = after + 2.0 * before;
    mean = (w1 + w2) * a * (b / (w1 * b + w2 * a));
}

/// slope[k] for k = 1..n_pieces-1.
TB_LANE_CLONES void inner_slopes(const double* times, const double* rise, std::size_t n_pieces,
                                 double* slope) {
    std::size_t k = 1;
    for (; k + 4 <= n_pieces; k += 4) {
        Lanes t0, t1, t2, a, b, mean;
        load(t0, times + k - 1);
        load(t1, times + k);
        load(t2, times + k + 1);
        load(a, rise + k - 1);
        load(b, rise + k);
        const Lanes before = t1 - t0;
        const Lanes after = t2 - t1;
        harmonic(before, after, a, b, mean);
        const LaneBits up = (a > 0.0) & (b > 0.0);
        const LaneBits down = (a < 0.0) & (b < 0.0);
        const Lanes none = {};
        mean = (up | down) ? mean : none;
        store(slope + k, mean);
    }
    for (; k < n_pieces; ++k) {
        const double a = rise[k - 1];
        const double b = rise[k];
        double mean = 0.0;
        harmonic(times[k] - times[k - 1], times[k + 1] - times[k], a, b, mean);
        slope[k] = (a > 0.0 && b > 0.0) || (a < 0.0 && b < 0.0) ? mean : 0.0;
    }
}

/// Times, values and cubics of some pieces that follow each other.
struct Pieces {
    const double* times;
    const double* values;
    const double* inverse;
    const double* rise;
    const double* slope;
    std::size_t n;
};

/// Values at ascending points first, ..., last - 1; those beyond the last piece are on its cubic.
template <class Points>
void evaluate(const Pieces& pieces, const Points& at, std::size_t first, std::size_t last,
              double* out) {
    const double* times = pieces.times;
    std::size_t k = 0;
    for (std::size_t i = first; i < last; ++i) {
        const double x = at[i];
        // Mostly the next piece or the one after. Whether it is the one or the other hangs on the
        // samples' jitter and is not to be guessed by the processor: no branch.
        if (k + 3 <= pieces.n) {
            k += static_cast<std::size_t>(times[k + 1] <= x) +
                 static_cast<std::size_t>(times[k + 2] <= x);
        }
        if (k + 1 < pieces.n && times[k + 1] <= x) {  // after a gap in the points, or at the end
            k = static_cast<std::size_t>(std::upper_bound(times + k + 1, times + pieces.n, x) -
                                         times) -
                1;
        }
        const double s = x - times[k];
        const double h = pieces.inverse[k];
        const double rise = pieces.rise[k];
        const double left = pieces.slope[k];
        const double right = pieces.slope[k + 1];
        const double c = (3.0 * rise - 2.0 * left - right) * h;
        const double d = (left + right - 2.0 * rise) * (h * h);
        out[i] = pieces.values[k] + s * (left + s * (c + s * d));
    }
}

void check_times(std::span<const double> times) {
    for (std::size_t k = 0; k + 1 < times.size(); ++k) {
        if (times[k + 1] > times[k]) continue;
        throw value_error(fmt::format(
            "times of a signal are not strictly increasing: sample {} at {} s is followed by {} s",
            k, times[k], times[k + 1]));
    }
}

/// Points in an array, as the even grid has them.
struct Points {
    std::span<const double> at;
    std::size_t n;
    double operator[](std::size_t i) const { return at[i]; }
    [[nodiscard]] std::size_t lower_bound(double time) const {
        return static_cast<std::size_t>(std::ranges::lower_bound(at, time) - at.begin());
    }
};

template <class At>
std::vector<double> interpolate(std::span<const double> times, std::span<const double> values,
                                const At& at) {
    const std::size_t n = times.size();
    if (values.size() != n) {
        throw value_error(fmt::format("{} times but {} values to interpolate", n, values.size()));
    }
    if (n < 2) throw value_error(fmt::format("{} samples to interpolate: expected at least 2", n));
    // Some pieces at a time, so that what is worked out of them stays in the nearest cache. A
    // block needs one piece more on either side for the slopes at its ends.
    constexpr std::size_t block = 512;
    std::array<double, block + 2> inverse, rise;
    std::array<double, block + 3> slope;
    const std::size_t n_pieces = n - 1;
    std::vector<double> out(at.n);
    std::size_t done = 0;
    for (std::size_t first = 0; first < n_pieces; first += block) {
        const std::size_t last = std::min(n_pieces, first + block);  // of pieces, excluded
        const std::size_t from = first == 0 ? 0 : first - 1;
        const std::size_t to = std::min(n_pieces, last + 1);
        const std::size_t m = to - from;
        if (!rises(times.data() + from, values.data() + from, m, inverse.data(), rise.data())) {
            check_times(times);
        }
        inner_slopes(times.data() + from, rise.data(), m, slope.data());
        if (n_pieces == 1) {
            slope[0] = slope[1] = rise[0];
        } else {
            if (first == 0) {
                slope[0] = end_slope(times[1] - times[0], times[2] - times[1], rise[0], rise[1]);
            }
            if (last == n_pieces) {
                slope[m] = end_slope(times[n - 1] - times[n - 2], times[n - 2] - times[n - 3],
                                     rise[m - 1], rise[m - 2]);
            }
        }
        const std::size_t end = last == n_pieces ? at.n : at.lower_bound(times[last]);
        const std::size_t skipped = first - from;
        const Pieces pieces{times.data() + first,  values.data() + first,  inverse.data() + skipped,
                            rise.data() + skipped, slope.data() + skipped, last - first};
        evaluate(pieces, at, done, end, out.data());
        done = std::max(done, end);
    }
    return out;
}

}  // namespace

std::vector<double> pchip(std::span<const double> times, std::span<const double> values,
                          std::span<const double> at) {
    if (!std::ranges::is_sorted(at) || (!at.empty() && std::isnan(at.front() + at.back()))) {
        throw value_error("points of an interpolation are not ascending");
    }
    return interpolate(times, values, Points{at, at.size()});
}

std::vector<double> pchip(std::span<const double> times, std::span<const double> values,
                          const EvenGrid& at) {
    if (!(at.interval >= 0.0) || std::isnan(at.begin)) {
        throw value_error("points of an interpolation are not ascending");
    }
    return interpolate(times, values, at);
}

}  // namespace tb::signal
