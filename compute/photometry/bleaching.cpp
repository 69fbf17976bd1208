#include "compute/photometry/bleaching.hpp"

#include "src/signal/lanes.hpp"
#include "src/signal/moments.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

namespace tb::compute::photometry {

namespace {

using signal::LaneBits;
using signal::Lanes;

/// Samples, or means of blocks of samples: times from the first sample on, values less their mean,
/// times the block's size.
struct Samples {
    std::vector<double> time;
    std::vector<double> value;  ///< sum over the block
    double block = 1.0;         ///< samples per entry
    double longest_s = 0.0;     ///< time from the first to the last sample of the longest block
};

/// Sums over the samples with F = 1 - exp(-t/tau) and G = (t/tau) exp(-t/tau) = -dF/dln tau. F
/// instead of the exponential, because it keeps its digits where tau is far longer than the signal.
struct Sums {
    double n = 0.0, y = 0.0, f = 0.0, ff = 0.0, yf = 0.0, g = 0.0, fg = 0.0, yg = 0.0;
};

/// e^-x and 1 - e^-x for 0 <= x <= 700, both to about 1e-15 of themselves: e^-x = 2^k (1 + q) with
/// q the series of the rest, |rest| <= ln 2/2.
inline void exp_of_minus(const Lanes& x, Lanes& e, Lanes& one_less) {
    constexpr double shifter = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to an integer
    constexpr double log2_e = 1.4426950408889634;
    constexpr double ln2_high = 0.6931471803691238;     // its low bits are 0
    constexpr double ln2_low = 1.9082149292705877e-10;  // the rest of ln 2
    const Lanes shifted = x * -log2_e + shifter;
    const Lanes k = shifted - shifter;
    const Lanes r = (-x - k * ln2_high) - k * ln2_low;
    Lanes q = r * (1.0 / 6227020800.0) + 1.0 / 479001600.0;
    q = q * r + 1.0 / 39916800.0;
    q = q * r + 1.0 / 3628800.0;
    q = q * r + 1.0 / 362880.0;
    q = q * r + 1.0 / 40320.0;
    q = q * r + 1.0 / 5040.0;
    q = q * r + 1.0 / 720.0;
    q = q * r + 1.0 / 120.0;
    q = q * r + 1.0 / 24.0;
    q = q * r + 1.0 / 6.0;
    q = q * r + 0.5;
    q = q * r + 1.0;
    q = q * r;
    // The integer k stands in the low bits of `shifted`; moved to the exponent of 1 it gives 2^k.
    LaneBits bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 52) + (std::int64_t{1023} << 52);
    Lanes power;
    std::memcpy(&power, &bits, sizeof power);
    e = power + power * q;
    one_less = (1.0 - power) - power * q;
}

TB_LANE_CLONES Sums sums_of(const double* time, const double* value, std::size_t n, double tau) {
    const double rate = 1.0 / tau;
    Lanes y_sum = {}, f_sum = {}, ff = {}, yf = {}, g_sum = {}, fg = {}, yg = {};
    for (std::size_t i = 0; i < n; i += 4) {
        Lanes t = {}, y = {}, e, f;
        const std::size_t left = n - i;
        if (left >= 4) {
            signal::load(t, time + i);
            signal::load(y, value + i);
        } else {  // lanes of t = y = 0 add nothing: F and G are 0 there
            for (std::size_t lane = 0; lane < left; ++lane) {
                t[lane] = time[i + lane];
                y[lane] = value[i + lane];
            }
        }
        const Lanes x = t * rate;
        exp_of_minus(x, e, f);
        const Lanes g = x * e;
        y_sum += y;
        f_sum += f;
        ff += f * f;
        yf += y * f;
        g_sum += g;
        fg += f * g;
        yg += y * g;
    }
    return {static_cast<double>(n), signal::sum_of(y_sum), signal::sum_of(f_sum),
            signal::sum_of(ff),     signal::sum_of(yf),    signal::sum_of(g_sum),
            signal::sum_of(fg),     signal::sum_of(yg)};
}

/// What the best amplitude and offset for a tau leave, and how that changes with ln tau.
struct Projected {
    double amplitude = 0.0;  ///< of exp(-t/tau)
    double mean_f = 0.0;
    double explained = 0.0;  ///< part of the sum of squares that the fit takes away
    double slope = 0.0;      ///< of the squared error over ln tau
};

/// From blocks of samples (or the samples themselves); what the last whole block leaves over is
/// summed sample by sample.
Projected project(const Samples& blocks, const Samples& samples, double tau) {
    Sums sums;
    const auto add = [&](const Samples& from, std::size_t first) {
        // Beyond 40 tau nothing is left of the exponential.
        const auto end = std::upper_bound(from.time.begin(), from.time.end(), 40.0 * tau);
        const auto last = static_cast<std::size_t>(end - from.time.begin());
        if (first >= last) return;
        const Sums part =
            sums_of(from.time.data() + first, from.value.data() + first, last - first, tau);
        sums.n += part.n * from.block;
        sums.y += part.y;
        sums.f += part.f * from.block;
        sums.ff += part.ff * from.block;
        sums.yf += part.yf;
        sums.g += part.g * from.block;
        sums.fg += part.fg * from.block;
        sums.yg += part.yg;
    };
    add(blocks, 0);
    if (&blocks != &samples) {
        add(samples, blocks.time.size() * static_cast<std::size_t>(blocks.block));
    }
    // What was left out has F = 1; all values together sum to 0.
    const double n = static_cast<double>(samples.time.size());
    sums.f += n - sums.n;
    sums.ff += n - sums.n;
    sums.yf -= sums.y;
    Projected out;
    out.mean_f = sums.f / n;
    const double spread = sums.ff - sums.f * out.mean_f;
    if (!(spread > 0.0)) return out;
    const double scale = sums.yf / spread;
    out.amplitude = -scale;
    out.explained = sums.yf * scale;
    out.slope = 2.0 * scale * (sums.yg - scale * (sums.fg - out.mean_f * sums.g));
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
        out.longest_s = std::max(out.longest_s, samples.time[(b + 1) * size - 1] -
                                                    samples.time[b * size] + samples.longest_s);
    }
    return out;
}

/// The ln tau in [low, high], or a few steps beside it within [least, greatest], where the slope of
/// the squared error passes 0 from below; an end of [least, greatest] towards which the error still
/// falls; golden section where the slopes show neither.
double minimise(const Samples& blocks, const Samples& samples, double low, double high,
                double least, double greatest) {
    const auto at = [&](double log_tau) { return project(blocks, samples, std::exp(log_tau)); };
    double slope_low = at(low).slope;
    double slope_high = at(high).slope;
    // The blocks may have led one step beside the valley.
    const double width = high - low;
    for (int i = 0; i < 4 && slope_low >= 0.0; ++i) {
        if (low <= least) return least;
        high = low;
        slope_high = slope_low;
        low = std::max(least, low - width / 2.0);
        slope_low = at(low).slope;
    }
    for (int i = 0; i < 4 && slope_high <= 0.0; ++i) {
        if (high >= greatest) return greatest;
        low = high;
        slope_low = slope_high;
        high = std::min(greatest, high + width / 2.0);
        slope_high = at(high).slope;
    }
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
    while (high - low > 1e-5) {
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

    // The grid is walked over blocks of samples that are short against tau: they only have to lead
    // to the right valley. The search in the valley uses blocks as well where they are so short
    // that they move tau by less than a millionth.
    std::vector<Samples> coarse;
    for (const std::size_t size : {std::size_t{16}, std::size_t{16}}) {
        const Samples& from = coarse.empty() ? samples : coarse.back();
        if (from.time.size() < 64 * size) break;
        coarse.push_back(in_blocks(from, size));
    }
    const auto blocks_for = [&](double tau, double times_longer) -> const Samples& {
        const Samples* use = &samples;
        for (const Samples& blocks : coarse) {
            if (tau > times_longer * blocks.longest_s) use = &blocks;
        }
        return *use;
    };
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
        const double explained = project(blocks_for(tau, 16.0), samples, tau).explained;
        if (explained > most_explained) {
            most_explained = explained;
            best = i;
        }
    }

    const double low = std::max(first, first + (static_cast<double>(best) - 1.0) * step);
    const double high = std::min(last, first + (static_cast<double>(best) + 1.0) * step);
    const double log_tau =
        minimise(blocks_for(std::exp(low), 512.0), samples, low, high, first, last);
    BleachingFit fit;
    fit.is_at_limit = log_tau <= first + 1e-4 || log_tau >= last - 1e-4;
    fit.tau_s = std::exp(log_tau);
    const Projected found = project(samples, samples, fit.tau_s);
    fit.amplitude = found.amplitude;
    fit.offset = moments.mean - found.amplitude * (1.0 - found.mean_f);
    fit.squared_error = std::max(0.0, total - found.explained);
    return fit;
}

}  // namespace tb::compute::photometry
