// How fast are quality control, preprocessing and the bleaching fit of one region of a 60-minute
// session (2 bands of 108,000 samples at 30 Hz), on one core, and how far from the memory's speed?
// One JSON line per measurement:
//   {"bench":"photometry","what":"preprocess","ms":...,"ms_median":...,"target_ms":6,"mb_touched":...,
//    "ms_at_copy_bandwidth":...,"copy_gb_s":...,"is_right":true}
// `ms` is the least of all repeats, what the code takes when nothing else runs. `mb_touched` counts
// what the work must read and write at least: each input once, each result once; the time at copy
// bandwidth is that many bytes at the speed of a plain copy measured in the same run. Answers are
// compared with straightforward computations of this file. --smoke: few repeats. Exit status 1 when
// an answer is wrong.
#include "bench/bench_arguments.hpp"
#include "compute/photometry/bleaching.hpp"
#include "compute/photometry/preprocess.hpp"
#include "compute/photometry/sliding_qc.hpp"
#include "src/signal/order_statistics.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace {

namespace cp = tb::compute::photometry;
using Clock = std::chrono::steady_clock;

struct Bands {
    std::vector<double> signal_times, reference_times, signal, reference;
};

/// An hour of two interleaved bands: bleaching, shared movement, transients, noise of the camera;
/// rounded as cameras' means over few pixels are, or not.
Bands simulated(bool is_quantised) {
    std::mt19937_64 random(20240301);
    std::normal_distribution<double> normal;
    constexpr std::size_t n = 108000;
    Bands out;
    double movement = 0.0;
    double calcium = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        const double t = 12.0 + static_cast<double>(i) / 30.0;
        movement = 0.98 * movement + 0.001 * normal(random);
        calcium = 0.95 * calcium + (normal(random) > 3.0 ? 0.05 : 0.0);
        const double decay = 0.7 + 0.3 * std::exp(-static_cast<double>(i) / 30000.0);
        out.signal_times.push_back(t + 2e-5 * normal(random));
        out.reference_times.push_back(t + 1.0 / 60.0 + 2e-5 * normal(random));
        out.signal.push_back(0.08 * decay * (1.0 + movement + calcium + 0.002 * normal(random)));
        out.reference.push_back(0.05 * decay * (1.0 + 0.8 * movement + 0.002 * normal(random)));
        if (is_quantised) {
            out.signal.back() = std::round(out.signal.back() * 1e6) / 1e6;
            out.reference.back() = std::round(out.reference.back() * 1e6) / 1e6;
        }
    }
    return out;
}

struct Timing {
    double least_ms = 1e300;
    double median_ms = 0.0;
};

Timing timed(std::size_t repeats, const std::function<void()>& work) {
    std::vector<double> all;
    for (std::size_t i = 0; i < repeats; ++i) {
        const auto start = Clock::now();
        work();
        all.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    std::ranges::sort(all);
    return {all.front(), all[all.size() / 2]};
}

/// Bytes per second that a plain copy reads and writes, of arrays as large as a session's.
double copy_bandwidth() {
    constexpr std::size_t n = 4 * 108000 * 8;
    std::vector<char> from(n, 1), to(n, 2);
    const Timing timing = timed(200, [&] {
        std::memcpy(to.data(), from.data(), n);
        asm volatile("" : : "r"(to.data()) : "memory");
    });
    return 2.0 * static_cast<double>(n) / (timing.least_ms / 1e3);
}

bool report(const std::string& what, const Timing& timing, double target_ms, double bytes,
            double bandwidth, bool is_right) {
    std::printf(
        "{\"bench\":\"photometry\",\"what\":\"%s\",\"ms\":%.3f,\"ms_median\":%.3f,"
        "\"target_ms\":%.1f,\"mb_touched\":%.2f,\"ms_at_copy_bandwidth\":%.3f,\"copy_gb_s\":%.1f,"
        "\"is_right\":%s}\n",
        what.c_str(), timing.least_ms, timing.median_ms, target_ms, bytes / 1e6,
        bytes / bandwidth * 1e3, bandwidth / 1e9, is_right ? "true" : "false");
    return is_right;
}

bool near(double a, double b, double rtol) {
    return std::abs(a - b) <= rtol * std::abs(b);
}

double quantile(std::vector<double> values, double q) {
    std::ranges::sort(values);
    const double at = q * static_cast<double>(values.size() - 1);
    const auto i = static_cast<std::size_t>(at);
    return values[i] +
           (at - std::floor(at)) * (values[std::min(i + 1, values.size() - 1)] - values[i]);
}

/// One window's metrics the plain way, in long double where it matters.
bool is_right_window(const Bands& bands, const cp::QcWindow& window) {
    std::vector<double> t, y;
    for (std::size_t i = 0; i < bands.signal.size(); ++i) {
        if (bands.signal_times[i] >= window.start_s &&
            bands.signal_times[i] < window.start_s + 120.0) {
            t.push_back(bands.signal_times[i]);
            y.push_back(bands.signal[i]);
        }
    }
    const auto n = static_cast<long double>(t.size());
    long double mt = 0, my = 0, tt = 0, ty = 0;
    for (std::size_t i = 0; i < t.size(); ++i) mt += t[i] / n, my += y[i] / n;
    for (std::size_t i = 0; i < t.size(); ++i) {
        tt += (t[i] - mt) * (t[i] - mt);
        ty += (t[i] - mt) * (y[i] - my);
    }
    long double squares = 0;
    for (std::size_t i = 0; i < t.size(); ++i) {
        y[i] = static_cast<double>(y[i] - my - ty / tt * (t[i] - mt));
        squares += static_cast<long double>(y[i]) * y[i];
    }
    const double sd = static_cast<double>(std::sqrt(squares / n));
    const double middle = quantile(y, 0.5);
    std::vector<double> distances;
    for (const double value : y) distances.push_back(std::abs(value - middle));
    const double distinct = static_cast<double>(std::set<double>(y.begin(), y.end()).size());
    return near(window.metrics.percentile_distance, (quantile(y, 0.95) - middle) / sd, 1e-9) &&
           near(window.metrics.percentile_asymmetry_75,
                (quantile(y, 0.75) - middle) / (middle - quantile(y, 0.25)), 1e-8) &&
           near(window.metrics.median_absolute_deviance, quantile(distances, 0.5), 1e-9) &&
           near(window.metrics.n_unique_samples, distinct / static_cast<double>(y.size()), 1e-3);
}

}  // namespace

int main(int argc, char** argv) {
    const tb::bench::Arguments arguments(
        argc, argv, "Quality control and preprocessing of an hour, against the memory's speed.");
    const bool is_smoke = arguments.is_smoke;
    const std::size_t repeats = is_smoke ? 3 : 60;
    const Bands bands = simulated(false);
    const Bands quantised = simulated(true);
    const double bandwidth = copy_bandwidth();
    const double band_bytes = 2.0 * 8.0 * static_cast<double>(bands.signal.size());
    bool all_right = true;

    {
        cp::Preprocessed out;
        const Timing timing = timed(repeats, [&] {
            out = cp::preprocess(bands.signal_times, bands.signal, bands.reference_times,
                                 bands.reference);
        });
        // The least-squares fit leaves nothing that correlates with the reference; z has mean 0 and
        // SD 1 but for resampling. The numbers themselves are checked by the golden vectors.
        cp::PreprocessSteps steps;
        (void)cp::preprocess(bands.signal_times, bands.signal, bands.reference_times,
                             bands.reference, {}, &steps);
        long double product = 0, size = 0, sum = 0, squares = 0;
        for (std::size_t i = 0; i < steps.z.size(); ++i) {
            product += steps.isosbestic_corrected[i] * steps.bleach_corrected_reference[i];
            size += steps.isosbestic_corrected[i] * steps.isosbestic_corrected[i];
            sum += steps.z[i];
            squares += steps.z[i] * steps.z[i];
        }
        const auto n = static_cast<long double>(steps.z.size());
        const bool is_right = std::abs(product / size) < 1e-6 && std::abs(sum / n) < 1e-10 &&
                              std::abs(squares / n - 1) < 1e-10 &&
                              out.signal.values.size() + 1 >= bands.signal.size();
        all_right &= report("preprocess", timing, 6.0, 3.0 * band_bytes, bandwidth, is_right);

        cp::PreprocessParams sorted;
        sorted.isosbestic_mode = cp::IsosbesticMode::peer_sorted;
        const Timing peer = timed(repeats, [&] {
            out = cp::preprocess(bands.signal_times, bands.signal, bands.reference_times,
                                 bands.reference, sorted);
        });
        all_right &=
            report("preprocess_peer_sorted", peer, 6.0, 3.0 * band_bytes, bandwidth, is_right);
    }
    for (const bool is_quantised : {false, true}) {
        const Bands& use = is_quantised ? quantised : bands;
        cp::SlidingQc signal, reference;
        const Timing timing = timed(repeats, [&] {
            signal = cp::sliding_qc(use.signal_times, use.signal);
            reference = cp::sliding_qc(use.reference_times, use.reference);
        });
        bool is_right = signal.windows.size() == 58 && reference.windows.size() == 58;
        for (std::size_t w = 0; is_right && w < signal.windows.size(); w += 19) {
            is_right = is_right_window(use, signal.windows[w]);
        }
        const double distinct =
            static_cast<double>(std::set<double>(use.signal.begin(), use.signal.end()).size());
        is_right = is_right && near(signal.whole.n_unique_samples,
                                    distinct / static_cast<double>(use.signal.size()), 1e-12);
        all_right &= report(is_quantised ? "sliding_qc_quantised" : "sliding_qc", timing, 30.0,
                            2.0 * band_bytes, bandwidth, is_right);

        cp::BleachingFit fit;
        const Timing bleaching =
            timed(repeats, [&] { fit = cp::fit_bleaching(use.signal_times, use.signal); });
        // Simulated with 30000 samples of 1/30 s; transients add to what is not decay.
        all_right &= report(is_quantised ? "bleaching_tau_quantised" : "bleaching_tau", bleaching,
                            8.0, band_bytes, bandwidth, near(fit.tau_s, 1000.0, 0.05));
    }
    {
        double interval = 0.0;
        const Timing timing =
            timed(repeats, [&] { interval = tb::signal::median_difference(bands.signal_times); });
        all_right &= report("median_interval", timing, 0.5, band_bytes / 2.0, bandwidth,
                            near(interval, 1.0 / 30.0, 1e-4));
        tb::signal::ValueSorter sorter;
        std::vector<double> wanted = bands.signal;
        std::ranges::sort(wanted);
        std::span<const double> sorted;
        const Timing sorting = timed(repeats, [&] { sorted = sorter.sorted(bands.signal); });
        all_right &= report("sort_108000", sorting, 3.0, band_bytes, bandwidth,
                            std::ranges::equal(sorted, wanted));
        const Timing standard = timed(repeats, [&] {
            std::vector<double> copy = bands.signal;
            std::ranges::sort(copy);
            asm volatile("" : : "r"(copy.data()) : "memory");
        });
        all_right &= report("std_sort_108000", standard, 10.0, band_bytes, bandwidth, true);
    }
    return all_right ? 0 : 1;
}
