// How fast are all performance metrics of a change-detection session of 500 trials (rolling table
// and summary, from trials in memory), and how far are they from a straightforward computation over
// every window? One JSON line per measurement:
//   {"bench":"change_detection","what":"performance_metrics_500_trials","ms":...,"ms_median":...,
//    "target_ms":0.3,"is_right":true}
// `ms` is the least of all repeats. Answers are compared with the plain computation of this file,
// which is timed too. --smoke: few repeats. Exit status 1 when an answer is wrong.
#include "bench/bench_arguments.hpp"
#include "compute/change_detection/performance_summary.hpp"
#include "compute/change_detection/running_speed.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

namespace {

namespace change = tb::compute::change_detection;
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

bool report(const char* what, const Timing& timing, double target_ms, bool is_right) {
    std::printf(
        "{\"bench\":\"change_detection\",\"what\":\"%s\",\"ms\":%.4f,\"ms_median\":%.4f,"
        "\"target_ms\":%.1f,\"is_right\":%s}\n",
        what, timing.least_ms, timing.median_ms, target_ms, is_right ? "true" : "false");
    return is_right;
}

/// Trials of all kinds, some of them with licks.
tb::ChangeTrials make_trials(std::size_t n) {
    std::mt19937 random(11);
    std::uniform_real_distribution<double> uniform;
    tb::ChangeTrials trials;
    double time_s = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        const double kind = uniform(random);
        const bool is_aborted = i >= 5 && kind < 0.3;
        const bool is_auto = i < 5;
        const bool is_catch = !is_aborted && !is_auto && kind < 0.4;
        const bool has_lick = uniform(random) < (is_catch ? 0.2 : 0.6);
        const double change_s = time_s + 3.0 + 4.0 * uniform(random);
        const auto push = [](std::vector<double>& column, bool is_so) {
            column.push_back(is_so ? 1.0 : 0.0);
        };
        const bool is_go = !is_aborted && !is_auto && !is_catch;
        trials.count += 1;
        trials.start_s.push_back(time_s);
        trials.change_time_s.push_back(is_aborted ? std::numeric_limits<double>::quiet_NaN()
                                                  : change_s);
        push(trials.is_go, is_go);
        push(trials.is_catch, is_catch);
        push(trials.is_auto_rewarded, is_auto);
        push(trials.is_aborted, is_aborted);
        push(trials.is_hit, is_go && has_lick);
        push(trials.is_miss, is_go && !has_lick);
        push(trials.is_false_alarm, is_catch && has_lick);
        push(trials.is_correct_reject, is_catch && !has_lick);
        trials.reward_volume_ml.push_back(is_go && has_lick ? 0.007 : is_auto ? 0.005 : 0.0);
        std::vector<double> licks;
        if (has_lick) {
            for (int lick = 0; lick < 8; ++lick)
                licks.push_back(change_s + 0.1 + 0.3 * uniform(random) + 0.15 * lick);
        }
        std::ranges::sort(licks);
        trials.lick_s.push_back(licks);
        time_s = change_s + 4.0;
    }
    return trials;
}

/// Every window counted anew. Hit rate and reward rate of each trial, as the specification says.
struct Plain {
    std::vector<double> hit_rate;
    std::vector<double> reward_rate;
};
Plain plainly(const tb::ChangeTrials& trials) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    Plain plain{std::vector<double>(trials.count, nan), std::vector<double>(trials.count, nan)};
    for (std::size_t trial = 0; trial < trials.count; ++trial) {
        std::size_t seen = 0;
        double hits = 0.0;
        double gos = 0.0;
        for (std::size_t i = trial + 1; i-- > 0 && seen < 100;) {
            if (trials.is_aborted[i] == 1.0) continue;
            ++seen;
            hits += trials.is_hit[i];
            gos += trials.is_hit[i] + trials.is_miss[i];
        }
        if (trials.is_aborted[trial] != 1.0 && gos > 0.0) {
            plain.hit_rate[trial] = std::clamp(hits / gos, 0.5 / gos, 1.0 - 0.5 / gos);
        }
        if (trial < 10) continue;
        const std::size_t begin = trial < 25 ? 0 : trial - 25;
        const std::size_t end = std::min(trial + 25, trials.count);
        double responses = 0.0;
        for (std::size_t i = begin; i < end; ++i) {
            for (const double lick_s : trials.lick_s.row(i)) {
                const double latency_s = lick_s - trials.change_time_s[i];
                if (!(latency_s > 0.15)) continue;
                if (latency_s < 0.75) responses += 1.0;
                break;
            }
        }
        plain.reward_rate[trial] =
            responses / (trials.start_s[end - 1] - trials.start_s[begin]) * 60.0;
    }
    return plain;
}

bool is_same(const std::vector<double>& a, const std::vector<double>& b) {
    return std::ranges::equal(a, b, [](double x, double y) {
        return (std::isnan(x) && std::isnan(y)) || std::abs(x - y) <= 1e-9 * (1.0 + std::abs(y));
    });
}

bool measure_performance(std::size_t n, double target_ms, std::size_t repeats, const char* what,
                         const char* plain_what) {
    const tb::ChangeTrials trials = make_trials(n);
    tb::ChangeRewards rewards;
    for (const double ml : trials.reward_volume_ml)
        if (ml > 0.0) rewards.volume_ml.push_back(ml);
    change::PerformanceSummary summary;
    const Timing timing =
        timed(repeats, [&] { summary = change::performance_summary(trials, rewards); });
    const change::RollingPerformance rolling = change::rolling_performance(trials);
    Plain plain;
    const Timing of_plain =
        timed(std::max<std::size_t>(repeats / 20, 1), [&] { plain = plainly(trials); });
    double engaged = 0.0;
    for (const double rate : plain.reward_rate) engaged += rate > 2.0 ? 1.0 : 0.0;
    const bool is_right = is_same(rolling.hit_rate, plain.hit_rate) &&
                          is_same(rolling.reward_rate_per_min, plain.reward_rate) &&
                          static_cast<double>(summary.engaged_trial_count) == engaged &&
                          summary.max_d_prime >= summary.mean_d_prime;
    report(plain_what, of_plain, 0.0, true);
    return report(what, timing, target_ms, is_right);
}

/// An hour of a wheel that turns evenly, at 60 Hz.
bool measure_running(std::size_t repeats) {
    constexpr std::size_t n = 60 * 3600;
    std::vector<double> time_s(n), v_sig(n), v_in(n, 5.0);
    for (std::size_t i = 0; i < n; ++i) {
        time_s[i] = static_cast<double>(i) / 60.0;
        v_sig[i] = std::fmod(0.05 * static_cast<double>(i), 5.0);
    }
    std::vector<double> speed;
    const Timing timing = timed(repeats, [&] {
        speed =
            change::filtered_running_speed(change::unfiltered_running_speed(v_sig, v_in, time_s));
    });
    // 0.05 V of 5 V at 60 Hz, 5.5033 cm from the axis
    const double want = 0.01 * 60.0 * 2.0 * std::numbers::pi * 0.5 * (2.0 * 6.5 * 2.54 / 3.0);
    // v_sig never reaches 5 V, so that each wrap is a little short of a full turn
    bool is_right = speed.size() == n;
    for (std::size_t i = 1000; i < n - 1000; i += 997)
        is_right &= std::abs(speed[i] - want) < 0.05 * want;
    return report("running_speed_1_h", timing, 0.0, is_right);
}

}  // namespace

int main(int argc, char** argv) {
    const tb::bench::Arguments arguments(
        argc, argv,
        "Performance metrics of a change-detection session, and an hour of running speed.");
    const bool is_smoke = arguments.is_smoke;
    const std::size_t repeats = is_smoke ? 3 : 500;
    bool is_right = measure_performance(500, 0.3, repeats, "performance_metrics_500_trials",
                                        "plain_windows_500_trials");
    is_right &=
        measure_performance(50000, 0.0, is_smoke ? 1 : 20, "performance_metrics_50000_trials",
                            "plain_windows_50000_trials");
    is_right &= measure_running(is_smoke ? 1 : 20);
    return is_right ? 0 : 1;
}
