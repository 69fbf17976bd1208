// How fast is the wheel of a 60-minute session: 215,269 uneven samples to velocity at 100 Hz and
// the velocity of 800 trials, and its movements at 1 kHz; on one core, and how far from the
// memory's speed? One JSON line per measurement:
//   {"bench":"wheel","what":"velocity_and_matrix","ms":...,"ms_median":...,"target_ms":4,
//    "mb_touched":...,"ms_at_copy_bandwidth":...,"copy_gb_s":...,"is_right":true}
// `ms` is the least of all repeats. `mb_touched` counts each input and each result once; the time
// at copy bandwidth is that many bytes at the speed of a plain copy measured in the same run.
// Answers are compared with straightforward computations of this file. --smoke: few repeats. Exit
// status 1 when an answer is wrong.
#include "bench/bench_arguments.hpp"
#include "compute/task/wheel.hpp"
#include "compute/task/wheel_movements.hpp"
#include "compute/task/wheel_units.hpp"
#include "src/signal/butterworth.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <numbers>
#include <random>
#include <span>
#include <vector>

namespace {

namespace task = tb::compute::task;
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
        "{\"bench\":\"wheel\",\"what\":\"%s\",\"ms\":%.3f,\"ms_median\":%.3f,\"target_ms\":%.1f,"
        "\"mb_touched\":%.2f,\"ms_at_copy_bandwidth\":%.3f,\"copy_gb_s\":%.1f,\"is_right\":%s}\n",
        what, timing.least_ms, timing.median_ms, target_ms, bytes / 1e6, bytes / bandwidth * 1e3,
        bandwidth / 1e9, is_right ? "true" : "false");
    return is_right;
}

/// Section after section, sample after sample, in long double.
std::vector<double> filtered_plainly(const tb::signal::Sections& sections,
                                     const std::vector<double>& values) {
    const std::size_t padding = 27;
    const std::size_t n = values.size();
    std::vector<long double> x;
    for (std::size_t i = padding; i > 0; --i) x.push_back(2.0L * values[0] - values[i]);
    for (const double value : values) x.push_back(value);
    for (std::size_t i = 1; i <= padding; ++i)
        x.push_back(2.0L * values[n - 1] - values[n - 1 - i]);
    for (int pass = 0; pass < 2; ++pass) {
        for (const auto& s : sections) {
            const long double b0 = s.b0, b1 = s.b1, b2 = s.b2, a1 = s.a1, a2 = s.a2;
            const long double y0 = x[0] * (b0 + b1 + b2) / (1.0L + a1 + a2);
            long double x1 = x[0], x2 = x[0], y1 = y0, y2 = y0;
            for (long double& value : x) {
                const long double y = b0 * value + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
                x2 = x1;
                x1 = value;
                y2 = y1;
                y1 = y;
                value = y;
            }
        }
        std::ranges::reverse(x);
    }
    std::vector<double> out;
    for (std::size_t i = 0; i < n; ++i) out.push_back(static_cast<double>(x[i + padding]));
    return out;
}

}  // namespace

int main(int argc, char** argv) {
    const tb::bench::Arguments arguments(
        argc, argv,
        "Wheel of an hour to velocity, trials and movements, against the memory's speed.");
    const bool is_smoke = arguments.is_smoke;
    const std::size_t repeats = is_smoke ? 3 : 200;
    constexpr std::size_t n = 215269;
    constexpr std::size_t n_trials = 800;
    std::mt19937_64 random(20240301);
    std::normal_distribution<double> normal;
    std::exponential_distribution<double> wait(1.0);
    // An encoder that reports every step: many a second while the wheel turns, few at rest.
    std::vector<double> times(n), position(n);
    double time = 4012.0;
    double turned = 0.0;
    double direction = 1.0;
    bool is_turning = false;
    for (std::size_t i = 0; i < n; ++i) {
        if (wait(random) > (is_turning ? 4.6 : 2.0)) {
            is_turning = !is_turning;
            if (normal(random) > 0.0) direction = -direction;
        }
        time += (is_turning ? 0.004 : 0.1) * wait(random);
        turned += 2.0 * std::numbers::pi / 1024.0 * (is_turning ? direction : (i % 2 ? 1.0 : -1.0));
        times[i] = time;
        position[i] = turned;
    }
    const double scale = 3600.0 / (times.back() - 4012.0);
    for (double& value : times) value = 4012.0 + (value - 4012.0) * scale;
    // 800 trials of half a second to some seconds.
    std::vector<double> begin_s, end_s;
    for (std::size_t trial = 0; trial < n_trials; ++trial) {
        begin_s.push_back(4030.0 + 4.4 * static_cast<double>(trial) + 0.3 * normal(random));
        end_s.push_back(begin_s.back() + 0.2 + std::min(3.8, wait(random)));
    }

    task::WheelVelocity found;
    tb::compute::photometry::PeriEvent<float> matrix;
    const auto velocity = [&] { found = task::wheel_velocity(times, position); };
    const auto cut = [&] {
        matrix = task::wheel_trial_matrix(found.times, found.velocity, begin_s, end_s);
    };
    const Timing of_velocity = timed(repeats, velocity);
    const Timing of_both = timed(repeats, [&] {
        velocity();
        cut();
    });
    std::vector<double> peaks;
    const Timing of_table = timed(repeats, [&] {
        velocity();
        peaks = task::wheel_peak_velocities(found.times, found.velocity, begin_s, end_s);
    });
    const auto sections = tb::signal::butterworth_lowpass(8, 20.0, 100.0);
    std::vector<double> work(found.times.n + 2 * tb::signal::filter_padding(sections));
    for (double& value : work) value = normal(random);
    const Timing of_filter =
        timed(repeats, [&] { tb::signal::filter_in_place_both_ways(sections, work); });
    task::EvenPosition even;
    const Timing of_grid =
        timed(repeats, [&] { even = task::interpolated_position(times, position, 100.0); });

    const task::MovementParams params = task::movement_params(task::wheel_units(position));
    std::vector<task::Movement> movements;
    const Timing of_movements = timed(is_smoke ? 2 : 30, [&] {
        const task::EvenPosition fine =
            task::interpolated_position(times, position, params.rate_hz);
        movements = task::wheel_movements(fine.times, fine.position, params);
    });

    // The plain way.
    std::vector<double> plain(even.times.n);
    for (std::size_t i = 0; i < plain.size(); ++i) {
        const auto next = std::ranges::upper_bound(times, even.times[i]) - times.begin();
        const auto at = static_cast<std::size_t>(next) - 1;
        const double share = (even.times[i] - times[at]) / (times[at + 1] - times[at]);
        plain[i] = position[at] + share * (position[at + 1] - position[at]);
    }
    bool is_right_grid = true;
    for (std::size_t i = 0; i < plain.size(); ++i) {
        is_right_grid &= std::abs(plain[i] - even.position[i]) <= 1e-9;
    }
    const std::vector<double> smooth = filtered_plainly(sections, plain);
    bool is_right_velocity = found.velocity.size() == plain.size();
    for (std::size_t i = 1; i < smooth.size(); ++i) {
        const double want = (smooth[i] - smooth[i - 1]) * 100.0;
        is_right_velocity &= std::abs(want - static_cast<double>(found.velocity[i])) <=
                             1e-5 * (1.0 + std::abs(want));
    }
    bool is_right_matrix = true;
    bool is_right_peak = true;
    for (std::size_t trial = 0; trial < n_trials; ++trial) {
        std::size_t at = 0;
        while (found.times[at] < begin_s[trial]) at += 1;
        double peak = 0.0;
        for (std::size_t j = 0; j < matrix.n_samples(); ++j) {
            const bool is_inside = static_cast<double>(j) / 100.0 <= end_s[trial] - begin_s[trial];
            const float value = matrix.row(trial)[j];
            is_right_matrix &= is_inside ? value == found.velocity[at + j] : std::isnan(value);
            if (is_inside) peak = std::max(peak, std::abs(static_cast<double>(value)));
        }
        is_right_peak &= peak == peaks[trial];
    }
    // Movements: wherever one is, the wheel moves that far within 0.2 s around; nowhere twice.
    bool is_right_movements = movements.size() > 100;
    for (std::size_t i = 1; i < movements.size(); ++i) {
        is_right_movements &=
            movements[i].onset_s - movements[i - 1].offset_s >= params.min_gap_s &&
            movements[i].offset_s - movements[i].onset_s >= params.min_duration_s;
    }

    const double bandwidth = copy_bandwidth();
    const double inputs = 2.0 * n * 8;
    const double floats = 4.0 * static_cast<double>(found.velocity.size());
    const double matrix_bytes = 4.0 * static_cast<double>(matrix.values.size());
    bool is_right =
        report("interpolate_100_hz", of_grid, 0.0, inputs + 2.0 * floats, bandwidth, is_right_grid);
    is_right &= report("filter_order_8_both_ways", of_filter, 0.0, 8.0 * floats, bandwidth,
                       is_right_velocity);
    is_right &= report("velocity", of_velocity, 4.0, inputs + floats, bandwidth, is_right_velocity);
    is_right &= report("velocity_and_matrix", of_both, 4.0, inputs + floats + matrix_bytes,
                       bandwidth, is_right_velocity && is_right_matrix);
    is_right &= report("velocity_and_peaks", of_table, 4.0, inputs + floats, bandwidth,
                       is_right_velocity && is_right_peak);
    is_right &= report("movements_1_khz", of_movements, 0.0, inputs + 8.0 * 1000.0 * 3600.0,
                       bandwidth, is_right_movements);
    return is_right ? 0 : 1;
}
