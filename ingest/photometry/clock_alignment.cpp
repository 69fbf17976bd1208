#include "ingest/photometry/clock_alignment.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace tb::photometry {
namespace {

constexpr double tolerance_s = 0.05;
constexpr double most_drift_ppm = 500.0;
constexpr std::size_t most_times_at_first = 200;
constexpr std::size_t most_channels = 64;
constexpr std::size_t most_pulses = 20'000;

std::vector<double> ordered(std::span<const double> times) {
    std::vector<double> made;
    for (const double time : times) {
        if (std::abs(time) < 1e9) made.push_back(time);
    }
    std::ranges::sort(made);
    return made;
}

/// Offset at which most of some consecutive controller times meet a pulse: the fullest pair of
/// neighbours among bins of 0.1 s. Over so short a stretch drift does not matter.
double first_offset(std::span<const double> times, std::span<const double> pulses) {
    constexpr double bin_s = 0.1;
    std::unordered_map<std::int64_t, int> counts;
    for (const double time : times) {
        for (const double pulse : pulses)
            ++counts[static_cast<std::int64_t>(std::floor((pulse - time) / bin_s))];
    }
    std::int64_t best = 0;
    int most = -1;
    for (const auto& [bin, count] : counts) {
        const auto next = counts.find(bin + 1);
        const int both = count + (next == counts.end() ? 0 : next->second);
        if (both > most || (both == most && bin < best)) {
            most = both;
            best = bin;
        }
    }
    return static_cast<double>(best + 1) * bin_s;  // where the two bins meet
}

double nearest(std::span<const double> pulses, double time) {
    const auto after = std::ranges::lower_bound(pulses, time);
    if (after == pulses.begin()) return *after;
    if (after == pulses.end() || time - *(after - 1) <= *after - time) return *(after - 1);
    return *after;
}

struct Line {
    double center_s = 0.0;  ///< session time about which it turns
    double at_center_s = 0.0;
    double slope = 1.0;
    [[nodiscard]] double at(double time) const { return at_center_s + slope * (time - center_s); }
};

/// Least squares over the controller times that have a pulse within the window of the line.
Line fitted(const Line& line, std::span<const double> times, std::span<const double> pulses,
            double window_s) {
    double n = 0.0, sum_x = 0.0, sum_y = 0.0;
    std::vector<std::pair<double, double>> pairs;
    for (const double time : times) {
        const double pulse = nearest(pulses, line.at(time));
        if (!(std::abs(pulse - line.at(time)) <= window_s)) continue;
        pairs.emplace_back(time, pulse);
        n += 1.0;
        sum_x += time;
        sum_y += pulse - line.at(time);
    }
    if (pairs.size() < 3) return line;
    const double mean_x = sum_x / n;
    const double mean_y = sum_y / n;
    double xx = 0.0, xy = 0.0;
    for (const auto& [time, pulse] : pairs) {
        xx += (time - mean_x) * (time - mean_x);
        xy += (time - mean_x) * (pulse - line.at(time) - mean_y);
    }
    const double change = xx > 0.0 ? xy / xx : 0.0;
    return {mean_x, line.at(mean_x) + mean_y, line.slope + change};
}

void move_times(std::vector<double>& times_s, const ClockFit& fit) {
    for (double& time : times_s) time = fit.to_session(time);
}

}  // namespace

std::optional<ClockFit> fit_clock(std::span<const double> session_s,
                                  std::span<const double> pulses_s) {
    const auto times = ordered(session_s);
    const auto pulses = ordered(pulses_s);
    if (times.size() < min_controller_times || pulses.size() < min_controller_times ||
        pulses.size() > most_pulses)
        return std::nullopt;
    // From the middle outwards, so that drift is known before it has grown.
    std::size_t count = std::min(times.size(), most_times_at_first);
    const auto part = [&] { return std::span(times).subspan((times.size() - count) / 2, count); };
    Line line{part()[count / 2], 0.0, 1.0};
    line.at_center_s = line.center_s + first_offset(part(), pulses);
    line = fitted({line.center_s, line.at_center_s, 1.0}, part(), pulses, 0.15);
    while (true) {
        line = fitted(line, part(), pulses, 0.1);
        if (count == times.size()) break;
        count = std::min(times.size(), count * 2);
    }
    line = fitted(line, times, pulses, tolerance_s);

    ClockFit fit;
    fit.n_times = times.size();
    fit.drift_ppm = (line.slope - 1.0) * 1e6;
    fit.offset_s = line.at_center_s - line.slope * line.center_s;
    if (!(std::abs(fit.drift_ppm) <= most_drift_ppm)) return std::nullopt;
    std::set<double> taken;
    double sum_of_squares = 0.0;
    for (const double time : times) {
        const double pulse = nearest(pulses, line.at(time));
        const double apart = pulse - line.at(time);
        if (!(std::abs(apart) <= tolerance_s) || !taken.insert(pulse).second) continue;
        ++fit.n_matched;
        sum_of_squares += apart * apart;
    }
    if (fit.n_matched > 0)
        fit.residual_s = std::sqrt(sum_of_squares / static_cast<double>(fit.n_matched));
    return fit;
}

std::optional<ClockFit> align_to_session(PhotometrySession& session, const ControllerTimes& times,
                                         std::string* why) {
    const auto say = [&](std::string reason) {
        if (why != nullptr) *why = std::move(reason);
    };
    std::set<int> channels;
    for (const auto& event : session.digital_events) channels.insert(event.channel);
    if (channels.empty()) {
        say("there are no digital inputs to align them by");
        return std::nullopt;
    }
    if (channels.size() > most_channels) {
        say(fmt::format("the digital inputs name {} channels", channels.size()));
        return std::nullopt;
    }
    std::vector<double> both = times.trial_start_s;
    both.insert(both.end(), times.reward_s.begin(), times.reward_s.end());
    std::optional<ClockFit> best;
    std::optional<ClockFit> taken;
    const std::vector<double>* const choices[] = {&both, &times.trial_start_s, &times.reward_s};
    for (const auto* sent : choices) {
        for (const int channel : channels) {
            std::vector<double> pulses;
            for (const auto& event : session.digital_events) {
                if (event.channel == channel && event.is_rising) pulses.push_back(event.time_s);
            }
            const auto fit = fit_clock(*sent, pulses);
            if (!fit) continue;
            if (!best || fit->share() > best->share()) best = fit;
            if (!taken && fit->share() >= min_matched_share) taken = fit;
        }
    }
    if (!taken) {
        say(best ? fmt::format("only {} of {} trial starts and rewards have a pulse at the digital "
                               "inputs, of which 95 % must",
                               best->n_matched, best->n_times)
                 : "there are too few trials or pulses to align them by");
        return std::nullopt;
    }
    move_times(session.frame_times_s, *taken);
    for (auto& band : session.bands) move_times(band.times_s, *taken);
    for (auto& event : session.digital_events) event.time_s = taken->to_session(event.time_s);
    session.is_on_session_clock = true;
    session.clock_drift_ppm = taken->drift_ppm;
    return taken;
}

}  // namespace tb::photometry
