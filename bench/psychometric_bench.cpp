// How long does the psychometric fit of a session take, its trials counted per level, on one core?
// Sessions of 1,000 trials at 9 and at 11 contrast levels, drawn from mice of every quality; each
// fit is compared with the best of many restarts of the simplex. One JSON line:
//   {"bench":"psychometric","sessions":200,"trials":1000,"us_per_fit":...,"us_grouping":...,"us_slowest":...,
//    "worst_shortfall":...,"simplex_restarts":60,"simplex_us_per_fit":...,"is_right":true}
// us_per_fit includes us_grouping. --smoke: a few sessions. Exit status 1 when a fit is more than
// 1e-3 in log-likelihood below the brute-force optimum.
#include "bench/bench_arguments.hpp"
#include "compute/task/psychometric_function.hpp"
#include "compute/task/psychometric_points.hpp"
#include "src/stats/legacy_random.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

namespace {

namespace ct = tb::compute::task;
using Clock = std::chrono::steady_clock;

struct Session {
    std::vector<double> contrast;
    std::vector<double> choice;
};

Session draw_session(tb::stats::LegacyRandom& random, std::size_t trials) {
    static const std::vector<double> nine = {-1, -0.25, -0.125, -0.0625, 0, 0.0625, 0.125, 0.25, 1};
    static const std::vector<double> eleven = {-1,     -0.5,  -0.25, -0.125, -0.0625, 0,
                                               0.0625, 0.125, 0.25,  0.5,    1};
    const auto& levels = random.uniform() < 0.5 ? nine : eleven;
    const double bias = 0.4 * random.uniform() - 0.2;
    const double threshold = 0.05 + 0.6 * random.uniform();
    const double low = 0.25 * random.uniform();
    const double high = 0.25 * random.uniform();
    const double no_go = 0.05 * random.uniform();
    Session out;
    for (std::size_t i = 0; i < trials; ++i) {
        const auto at =
            static_cast<std::size_t>(random.uniform() * static_cast<double>(levels.size()));
        const double x = levels[at];
        const double right =
            low + (1.0 - low - high) * (std::erf((x - bias) / threshold) + 1.0) / 2.0;
        out.contrast.push_back(x);
        const bool is_no_go = random.uniform() < no_go;
        out.choice.push_back(random.uniform() < right ? -1.0 : 1.0);
        if (is_no_go) out.choice.back() = 0.0;
    }
    return out;
}

double microseconds(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double, std::micro>(to - from).count();
}

}  // namespace

int main(int argc, char** argv) {
    const tb::bench::Arguments arguments(
        argc, argv, "Time of one psychometric fit, and whether it is the optimum.");
    const bool is_smoke = arguments.is_smoke;
    const std::size_t sessions = is_smoke ? 5 : 200;
    const std::size_t repeats = is_smoke ? 2 : 20;
    constexpr std::size_t trials = 1000;
    const auto configuration = ct::fit_configuration("status");
    auto brute_force = configuration;
    brute_force.runs = is_smoke ? 20 : 60;

    tb::stats::LegacyRandom random(1);
    double fit_us = 0.0, grouping_us = 0.0, slowest_us = 0.0, simplex_us = 0.0, worst = 0.0;
    for (std::size_t i = 0; i < sessions; ++i) {
        const auto session = draw_session(random, trials);
        ct::PsychometricFit fit;
        double best_us = 1e300;
        double best_grouping_us = 1e300;
        // The least of several repeats: what the code takes when nothing else runs.
        for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
            const auto start = Clock::now();
            const auto points = ct::points_of(session.contrast, session.choice);
            const auto grouped = Clock::now();
            fit = ct::fit_psychometric(points, configuration);
            const auto end = Clock::now();
            best_us = std::min(best_us, microseconds(start, end));
            best_grouping_us = std::min(best_grouping_us, microseconds(start, grouped));
        }
        fit_us += best_us;
        grouping_us += best_grouping_us;
        slowest_us = std::max(slowest_us, best_us);
        const auto points = ct::points_of(session.contrast, session.choice);
        const auto start = Clock::now();
        const auto reference =
            ct::fit_psychometric_by_simplex(points, brute_force, static_cast<std::uint32_t>(i));
        simplex_us += microseconds(start, Clock::now());
        worst = std::max(worst, reference.log_likelihood - fit.log_likelihood);
    }
    const auto n = static_cast<double>(sessions);
    const bool is_right = worst <= 1e-3;
    std::printf(
        "{\"bench\":\"psychometric\",\"sessions\":%zu,\"trials\":%zu,\"us_per_fit\":%.1f,"
        "\"us_grouping\":%.1f,\"us_slowest\":%.1f,\"worst_shortfall\":%.3g,"
        "\"simplex_restarts\":%zu,\"simplex_us_per_fit\":%.1f,\"is_right\":%s}\n",
        sessions, trials, fit_us / n, grouping_us / n, slowest_us, worst, brute_force.runs,
        simplex_us / n, is_right ? "true" : "false");
    return is_right ? 0 : 1;
}
