// How fast are the peri-event responses of one recording cut and measured: 800 trials x 3 events of
// a 60-minute signal at 30 Hz, on one core, and how far from the memory's speed? One JSON line per
// measurement:
//   {"bench":"responses","what":"extract","ms":...,"ms_median":...,"target_ms":0.7,"mb_touched":...,
//    "ms_at_copy_bandwidth":...,"copy_gb_s":...,"is_right":true}
// `ms` is the least of all repeats. `mb_touched` counts the signal's samples that are read and the
// matrices that are written, each once; the time at copy bandwidth is that many bytes at the speed
// of a plain copy measured in the same run. Answers are compared with straightforward computations
// of this file. --smoke: few repeats. Exit status 1 when an answer is wrong.
#include "bench/bench_arguments.hpp"
#include "compute/photometry/responses.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <span>
#include <vector>

namespace {

namespace cp = tb::compute::photometry;
using Clock = std::chrono::steady_clock;

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

double copy_bandwidth() {
    constexpr std::size_t n = 4 * 108000 * 8;
    std::vector<char> from(n, 1), to(n, 2);
    const Timing timing = timed(200, [&] {
        std::memcpy(to.data(), from.data(), n);
        asm volatile("" : : "r"(to.data()) : "memory");
    });
    return 2.0 * static_cast<double>(n) / (timing.least_ms / 1e3);
}

bool report(const char* what, const Timing& timing, double target_ms, double bytes,
            double bandwidth, bool is_right) {
    std::printf(
        "{\"bench\":\"responses\",\"what\":\"%s\",\"ms\":%.3f,\"ms_median\":%.3f,\"target_ms\":%."
        "1f,"
        "\"mb_touched\":%.2f,\"ms_at_copy_bandwidth\":%.3f,\"copy_gb_s\":%.1f,\"is_right\":%s}\n",
        what, timing.least_ms, timing.median_ms, target_ms, bytes / 1e6, bytes / bandwidth * 1e3,
        bandwidth / 1e9, is_right ? "true" : "false");
    return is_right;
}

bool is_same(double a, double b, double tolerance) {
    return (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= tolerance;
}

}  // namespace

int main(int argc, char** argv) {
    const tb::bench::Arguments arguments(
        argc, argv, "Peri-event responses of 800 trials x 3 events, against the memory's speed.");
    const bool is_smoke = arguments.is_smoke;
    const std::size_t repeats = is_smoke ? 5 : 300;
    constexpr std::size_t n = 108000;
    constexpr std::size_t n_trials = 800;
    std::mt19937_64 random(20240301);
    std::normal_distribution<double> normal;
    std::vector<double> times(n), signal(n);
    const double step = (4012.0 + 1.0 / 30.0) - 4012.0;
    for (std::size_t i = 0; i < n; ++i) {
        times[i] = 4012.0 + static_cast<double>(i) * step;
        signal[i] = normal(random);
    }
    // Trials about 4.4 s apart; some movements are missing.
    std::vector<std::vector<double>> events(3);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t trial = 0; trial < n_trials; ++trial) {
        const double stim_on = 4030.0 + 4.4 * static_cast<double>(trial) + 0.3 * normal(random);
        const double movement = stim_on + 0.15 + 0.2 * std::abs(normal(random));
        events[0].push_back(stim_on);
        events[1].push_back(trial % 50 == 7 ? nan : movement);
        events[2].push_back(movement + 0.1 + 0.5 * std::abs(normal(random)));
    }

    std::vector<cp::PeriEvent<double>> cut(3);
    const auto extract = [&] {
        for (std::size_t event = 0; event < 3; ++event) {
            cut[event] =
                cp::peri_event(std::span<const double>(times), std::span<const double>(signal),
                               events[event], {-1.0, 1.0});
        }
    };
    std::vector<std::vector<double>> until(3), magnitudes(3);
    const auto measure = [&] {
        for (std::size_t event = 0; event < 3; ++event) {
            until[event].clear();
            if (event < 2) {
                for (std::size_t trial = 0; trial < n_trials; ++trial) {
                    until[event].push_back(events[event + 1][trial] - events[event][trial]);
                }
            }
            magnitudes[event] = cp::response_magnitudes(cut[event], until[event]);
        }
    };
    const Timing extracting = timed(repeats, extract);
    const Timing both = timed(repeats, [&] {
        extract();
        measure();
    });

    // The plain way: the first sample at or after the event, by counting from the start.
    bool is_right_cut = true;
    bool is_right_magnitude = true;
    for (std::size_t event = 0; event < 3; ++event) {
        std::size_t at = 0;
        for (std::size_t trial = 0; trial < n_trials; ++trial) {
            const double moment = events[event][trial];
            if (!std::isnan(moment)) {
                while (at > 0 && times[at - 1] >= moment) --at;
                while (times[at] < moment) ++at;
            }
            const auto want = [&](std::size_t j) {
                return std::isnan(moment) ? nan : signal[at + j - 30];
            };
            double baseline = 0.0;
            double sum = 0.0;
            double count = 0.0;
            const double limit = event < 2 ? events[event + 1][trial] - moment : nan;
            for (std::size_t j = 0; j < 60; ++j) {
                is_right_cut &= is_same(cut[event].row(trial)[j], want(j), 0.0);
                if (j >= 27 && j < 30) baseline += want(j) / 3.0;
            }
            for (std::size_t j = 33; j < 41; ++j) {
                if ((static_cast<double>(j) - 30.0) / 30.0 > limit) continue;
                sum += want(j) - baseline;
                count += 1.0;
            }
            is_right_magnitude &=
                is_same(magnitudes[event][trial], count > 0 ? sum / count : nan, 1e-12);
        }
    }

    const double bandwidth = copy_bandwidth();
    const double matrices = 3.0 * n_trials * 60 * 8;
    const double scanned = 3.0 * n * 8;  // the times, to know the rate
    bool is_right =
        report("extract", extracting, 0.7, 2.0 * matrices + scanned, bandwidth, is_right_cut);
    is_right &= report("extract_mask_baseline_magnitude", both, 0.7, 3.0 * matrices + scanned,
                       bandwidth, is_right_cut && is_right_magnitude);
    return is_right ? 0 : 1;
}
