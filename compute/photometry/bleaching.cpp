#include "compute/photometry/bleaching.hpp"

#include "src/signal/lanes.hpp"
#include "src/signal/moments.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

namespace tb::compute::photometry {

namespace {

using signal::LaneBits;
using signal::Lanes;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Error value_error(const std::string& message) {
    return Error(ErrorKind::data, message, {}, "ValueError");
}

/// Samples, or means of blocks of samples: times from the first sample on, values less their mean,
/// times the block's size.
struct Samples {
    std::vector<double> time;
    std::vector<double> value;  ///< sum over the block
    double block = 1.0;         ///< samples per entry
};

/// Sums over the samples with E = exp(-t/tau) and G = dE/dln tau = (t/tau) E.
struct Sums {
    double e = 0.0, ee = 0.0, ye = 0.0, g = 0.0, eg = 0.0, yg = 0.0;
};

/// e^-x for 0 <= x <= 700, to 1e-15 of it: 2^k times the series of the rest, |rest| <= ln 2/2.
inline void exp_of_minus(const Lanes& x, Lanes& out) {
    constexpr double shifter = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to an integer
    constexpr double log2_e = 1.4426950408889634;
    constexpr double ln2_high = 0.6931471803691238;     // its low bits are 0
    constexpr double ln2_low = 1.9082149292705877e-10;  // the rest of ln 2
    const Lanes shifted = x * -log2_e + shifter;
    const Lanes k = shifted - shifter;
    const Lanes r = (-x - k * ln2_high) - k * ln2_low;
    Lanes p = r * (1.0 / 6227020800.0) + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    // The integer k stands in the low bits of `shifted`; moved to the exponent it multiplies by
    // 2^k.
    LaneBits bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    LaneBits power;
    std::memcpy(&power, &p, sizeof power);
    power += bits << 52;
    std::memcpy(&out, &power, sizeof out);
}

TB_LANE_CLONES Sums sums_of(const double* time, const double* value, std::size_t n, double tau) {
    const double rate = 1.0 / tau;
    Lanes e_sum = {}, ee = {}, ye = {}, g_sum = {}, eg = {}, yg = {};
    const auto add = [&](const Lanes& t, const Lanes& y, const Lanes& counts) {
        const Lanes x = t * rate;
        Lanes e;
        exp_of_minus(x, e);
        e *= counts;
        const Lanes g = x * e;
        e_sum += e;
        ee += e * e;
        ye += y * e;
        g_sum += g;
        eg += e * g;
        yg += y * g;
    };
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        Lanes t, y;
        signal::load(t, time + i);
        signal::load(y, value + i);
        add(t, y, Lanes{1.0, 1.0, 1.0, 1.0});
    }
    if (i < n) {
        Lanes t = {}, y = {}, counts = {};
        for (int lane = 0; i < n; ++i, ++lane) {
            t[lane] = time[i];
            y[lane] = value[i];
            counts[lane] = 1.0;
        }
        add(t, y, counts);
    }
    return {signal::sum_of(e_sum), signal::sum_of(ee), signal::sum_of(ye),
            signal::sum_of(g_sum), signal::sum_of(eg), signal::sum_of(yg)};
}

/// What the best amplitude and offset for a tau leave, and how that changes with ln tau.
struct Projected {
    double amplitude = 0.0;
    double mean_e = 0.0;
    double explained = 0.0;  ///< part of the sum of squares that the fit takes away
    double slope = 0.0;      ///< of the squared error over ln tau
};

Projected project(const Samples& samples, std::size_t n_all, double tau) {
    // Beyond 40 tau nothing is left of the exponential.
    const auto end = std::upper_bound(samples.time.begin(), samples.time.end(), 40.0 * tau);
    const auto n = static_cast<std::size_t>(end - samples.time.begin());
    Sums sums = sums_of(samples.time.data(), samples.value.data(), n, tau);
    sums.e *= samples.block;
    sums.ee *= samples.block;
    sums.g *= samples.block;
    sums.eg *= samples.block;
    Projected out;
    out.mean_e = sums.e / static_cast<double>(n_all);
    const double spread = sums.ee - sums.e * out.mean_e;
    if (!(spread > 0.0)) return out;
    out.amplitude = sums.ye / spread;
    out.explained = sums.ye * out.amplitude;
    out.slope = -2.0 * out.amplitude * (sums.yg - out.amplitude * (sums.eg - out.mean_e * sums.g));
    return out;
}

Samples in_blocks(const Samples& samples, std::size_t size) {
    Samples out;
    out.block = samples.block * static_cast<double>(size);
    const std::size_t n = samples.time.size() / size;
    out.time.reserve(n);
    out.value.reserve(n);
    for (std::size_t b = 0; b < n; ++b) {
        double time = 0.0;
        double value = 0.0;
        for (std::size_t i = b * size; i < (b + 1) * size; ++i) {
            time += samples.time[i];
            value += samples.value[i];
        }
        out.time.push_back(time / static_cast<double>(size));
        out.value.push_back(value);
    }
    return out;
}

/// The ln tau in [low, high] where the slope of the squared error passes 0 from below; golden
/// section where the slope does not bracket one.
double minimise(const Samples& samples, double low, double high) {
    const std::size_t n = samples.time.size();
    const auto at = [&](double log_tau) { return project(samples, n, std::exp(log_tau)); };
    double slope_low = at(low).slope;
    double slope_high = at(high).slope;
    if (slope_low < 0.0 && slope_high > 0.0) {
        // Regula falsi, Illinois variant: the end that stays counts half.
        int stayed = 0;
        double middle = low;
        for (int i = 0; i < 60 && high - low > 1e-9; ++i) {
            const double before = middle;
            middle = (low * slope_high - high * slope_low) / (slope_high - slope_low);
            const double slope = at(middle).slope;
            if (slope == 0.0 || std::abs(middle - before) < 1e-9) break;
            if (slope < 0.0) {
                low = middle;
                slope_low = slope;
                if (stayed == -1) slope_high /= 2.0;
                stayed = -1;
            } else {
                high = middle;
                slope_high = slope;
                if (stayed == 1) slope_low /= 2.0;
                stayed = 1;
            }
        }
        return middle;
    }
    constexpr double golden = 0.6180339887498949;
    double a = high - golden * (high - low);
    double b = low + golden * (high - low);
    double at_a = at(a).explained;
    double at_b = at(b).explained;
    while (high - low > 1e-6) {
        if (at_a > at_b) {
            high = b;
            b = a;
            at_b = at_a;
            a = high - golden * (high - low);
            at_a = at(a).explained;
        } else {
            low = a;
            a = b;
            at_a = at_b;
            b = low + golden * (high - low);
            at_b = at(b).explained;
        }
    }
    return (low + high) / 2.0;
}

}  // namespace

BleachingFit fit_bleaching(std::span<const double> times, std::span<const double> values,
                           const BleachingParams& params) {
    const std::size_t n = values.size();
    if (times.size() != n) {
        throw value_error(fmt::format("{} times but {} samples of a signal", times.size(), n));
    }
    if (n < 4) throw value_error(fmt::format("{} samples: a decay needs at least 4", n));
    if (!(params.min_tau_s > 0.0 && params.min_tau_s < params.max_tau_s) ||
        !std::isfinite(params.max_tau_s)) {
        throw value_error(
            fmt::format("time constants from {} to {} s: expected 0 < least < greatest",
                        params.min_tau_s, params.max_tau_s));
    }
    const signal::Moments moments = signal::moments_of(values);
    if (!std::isfinite(moments.mean)) {
        throw value_error("bleaching: a sample is missing or infinite");
    }
    if (!std::ranges::is_sorted(times) || !std::isfinite(times.front()) ||
        !std::isfinite(times.back())) {
        throw value_error("times of a signal are not ascending");
    }
    if (moments.sd == 0.0) return {nan, 0.0, moments.mean, 0.0, false};

    Samples samples;
    samples.time.resize(n);
    samples.value.resize(n);
    double total = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        samples.time[i] = times[i] - times[0];
        samples.value[i] = values[i] - moments.mean;
        total += samples.value[i] * samples.value[i];
    }

    // The grid is walked over blocks that are short against tau: they only have to lead to the
    // right valley, which is then searched with all samples.
    const double interval_s = samples.time.back() / static_cast<double>(n - 1);
    std::vector<Samples> coarse;
    for (const std::size_t size : {16, 16}) {
        const Samples& from = coarse.empty() ? samples : coarse.back();
        if (from.time.size() < 64 * size) break;
        coarse.push_back(in_blocks(from, size));
    }
    constexpr double per_decade = 10.0;
    const double first = std::log(params.min_tau_s);
    const double last = std::log(params.max_tau_s);
    const auto n_steps = static_cast<std::size_t>(
        std::max(2.0, std::ceil((last - first) / std::log(10.0) * per_decade)));
    const double step = (last - first) / static_cast<double>(n_steps);
    std::size_t best = 0;
    double most_explained = -1.0;
    for (std::size_t i = 0; i <= n_steps; ++i) {
        const double tau = std::exp(first + static_cast<double>(i) * step);
        const Samples* use = &samples;
        for (const Samples& blocks : coarse) {
            if (tau > 16.0 * blocks.block * interval_s) use = &blocks;
        }
        const double explained = project(*use, n, tau).explained;
        if (explained > most_explained) {
            most_explained = explained;
            best = i;
        }
    }

    BleachingFit fit;
    const double low = first + static_cast<double>(best == 0 ? 0 : best - 1) * step;
    const double high = first + static_cast<double>(std::min(best + 1, n_steps)) * step;
    double log_tau = minimise(samples, low, high);
    // A minimum at the end of the grid is none.
    if (best == 0 || best == n_steps) {
        const double edge = best == 0 ? first : last;
        if (std::abs(log_tau - edge) < 1e-5 ||
            project(samples, n, std::exp(edge)).explained >=
                project(samples, n, std::exp(log_tau)).explained) {
            log_tau = edge;
            fit.is_at_limit = true;
        }
    }
    const Projected found = project(samples, n, std::exp(log_tau));
    fit.tau_s = std::exp(log_tau);
    fit.amplitude = found.amplitude;
    fit.offset = moments.mean - found.amplitude * found.mean_e;
    fit.squared_error = std::max(0.0, total - found.explained);
    return fit;
}

}  // namespace tb::compute::photometry
