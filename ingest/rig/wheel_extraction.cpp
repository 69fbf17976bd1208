#include "ingest/rig/wheel_extraction.hpp"

#include "compute/task/wheel_movements.hpp"
#include "compute/task/wheel_units.hpp"
#include "src/signal/order_statistics.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace tb::rig {
namespace {

namespace task = compute::task;

constexpr double counts_per_turn = 1024.0;
constexpr double radians_per_count = 2.0 * std::numbers::pi / counts_per_turn;
constexpr double tolerance_s = 0.005;      ///< of an interval on the two clocks
constexpr double most_drift = 200e-6;      ///< of the one clock against the other
constexpr double most_residual_s = 0.002;  ///< of a pair from the straight line
constexpr double least_share = 0.99;       ///< of intervals that agree, to take pairs in order
constexpr std::size_t looked_ahead = 5;    ///< intervals
constexpr double fastest_rad_s = 10.0;     ///< that a wheel turns back at a 0

[[noreturn]] void not_aligned(const std::string& what) {
    throw Error(ErrorKind::data, "the wheel cannot be aligned with the trials: " + what,
                "The trials are loaded without the wheel.", "WheelNotAligned");
}

std::vector<double> intervals_of(std::span<const double> times) {
    std::vector<double> intervals;
    for (std::size_t i = 1; i < times.size(); ++i) intervals.push_back(times[i] - times[i - 1]);
    return intervals;
}

double share_agreeing(std::span<const double> a, std::span<const double> b) {
    if (a.size() < 2) return 0.0;
    std::size_t agreeing = 0;
    for (std::size_t i = 1; i < a.size(); ++i)
        agreeing += std::abs((a[i] - a[i - 1]) - (b[i] - b[i - 1])) < tolerance_s ? 1 : 0;
    return static_cast<double>(agreeing) / static_cast<double>(a.size() - 1);
}

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

/// Pairs from (i, j) on: from each the next whose interval is the same on both clocks, at most
/// `steps` further on either.
Pairs chain_from(std::span<const double> a, std::span<const double> b, std::size_t i, std::size_t j,
                 std::size_t steps) {
    Pairs chain{{i, j}};
    while (true) {
        std::optional<std::pair<std::size_t, std::size_t>> next;
        for (std::size_t sum = 2; sum <= 2 * steps && !next; ++sum) {
            for (std::size_t di = 1; di < sum && !next; ++di) {
                const std::size_t dj = sum - di;
                if (di > steps || dj > steps || i + di >= a.size() || j + dj >= b.size()) continue;
                const double on_a = a[i + di] - a[i];
                const double on_b = b[j + dj] - b[j];
                if (std::abs(on_a - on_b) <= tolerance_s + most_drift * std::abs(on_b))
                    next.emplace(i + di, j + dj);
            }
        }
        if (!next) return chain;
        chain.push_back(*next);
        std::tie(i, j) = *next;
    }
}

/// The longest chain that begins near the start of either.
Pairs matched(std::span<const double> a, std::span<const double> b) {
    constexpr std::size_t starts = 50;
    Pairs best;
    for (std::size_t i = 0; i < std::min(starts, a.size()); ++i) {
        for (std::size_t j = 0; j < std::min(starts, b.size()); ++j) {
            if (i > looked_ahead && j > looked_ahead) continue;
            auto chain = chain_from(a, b, i, j, looked_ahead);
            if (chain.size() > best.size()) best = std::move(chain);
        }
        if (best.size() * 10 >= 9 * std::min(a.size(), b.size())) break;
    }
    return best;
}

/// Pairs in order; those whose intervals do not agree are left out.
Pairs in_order(std::span<const double> a, std::span<const double> b, std::size_t first_a,
               std::size_t first_b, std::size_t count) {
    if (share_agreeing(a.subspan(first_a, count), b.subspan(first_b, count)) == 1.0) {
        Pairs all(count);
        for (std::size_t k = 0; k < count; ++k) all[k] = {first_a + k, first_b + k};
        return all;
    }
    Pairs best;
    for (std::size_t skipped = 0; skipped < std::min(count, looked_ahead); ++skipped) {
        Pairs chain{{first_a + skipped, first_b + skipped}};
        for (std::size_t k = skipped + 1; k < count; ++k) {
            const auto [i, j] = chain.back();
            const double on_b = b[first_b + k] - b[j];
            const double apart = (a[first_a + k] - a[i]) - on_b;
            if (std::abs(apart) <= tolerance_s + most_drift * std::abs(on_b))
                chain.emplace_back(first_a + k, first_b + k);
        }
        if (chain.size() > best.size()) best = std::move(chain);
    }
    return best;
}

/// Largest distance of a pair from the straight line through all.
double residual_of(const ClockMap& map) {
    const auto n = static_cast<double>(map.encoder_s.size());
    const double mean_x = std::accumulate(map.encoder_s.begin(), map.encoder_s.end(), 0.0) / n;
    const double mean_y = std::accumulate(map.session_s.begin(), map.session_s.end(), 0.0) / n;
    double xx = 0.0;
    double xy = 0.0;
    for (std::size_t i = 0; i < map.encoder_s.size(); ++i) {
        xx += (map.encoder_s[i] - mean_x) * (map.encoder_s[i] - mean_x);
        xy += (map.encoder_s[i] - mean_x) * (map.session_s[i] - mean_y);
    }
    const double slope = xx > 0.0 ? xy / xx : 0.0;
    double worst = 0.0;
    for (std::size_t i = 0; i < map.encoder_s.size(); ++i) {
        const double fitted = mean_y + slope * (map.encoder_s[i] - mean_x);
        worst = std::max(worst, std::abs(map.session_s[i] - fitted));
    }
    return worst;
}

/// When the encoder was set to 0, on the session's clock.
std::vector<double> resets_of(std::span<const RigTrial> trials) {
    std::vector<double> resets;
    for (const auto& trial : trials) {
        for (const char* state : {"reset_rotary_encoder", "reset2_rotary_encoder"}) {
            const auto found = trial.states.find(std::string_view(state));
            if (found == trial.states.end()) continue;
            for (const auto& visit : found->second)
                resets.push_back(visit.first + trial.offset_s());
        }
    }
    std::ranges::sort(resets);
    return resets;
}

class Unroller {
  public:
    Unroller(ExtractedWheel& wheel, std::span<const RigTrial> trials)
        : wheel_(wheel), trials_(trials), added_(wheel.position.size(), 0.0) {}

    /// @param is_whole_ms  the clock is too coarse to tell at which sample a reset was
    void run(bool is_whole_ms) {
        auto& position = wheel_.position;
        const bool is_located = !is_whole_ms && add_known_resets();
        if (!is_located) std::ranges::fill(added_, 0.0);
        wheel_.has_guessed_resets = !is_located;
        const double first = trials_.front().start_s - trials_.front().bpod_start_s;
        const double last = trials_.back().start_s - trials_.back().bpod_start_s;
        for (std::size_t i = 1; i + 1 < position.size(); ++i) {
            if (position[i] != 0.0) continue;
            const bool is_outside = wheel_.time_s[i] < first || wheel_.time_s[i] > last;
            if ((is_outside || !is_located) && !is_turn(i)) added_[i] = position[i - 1];
        }
        unwrap();
        double sum = 0.0;
        for (std::size_t i = 0; i < position.size(); ++i) position[i] += sum += added_[i];
        average_equal_times();
    }

  private:
    /// The preceding position is added from the sample of each reset on. False where a reset cannot
    /// be found among the samples.
    bool add_known_resets() {
        const auto& position = wheel_.position;
        const auto& times = wheel_.time_s;
        std::vector<std::size_t> after;  // the first sample at or after each reset
        for (const double reset : resets_of(trials_)) {
            after.push_back(
                static_cast<std::size_t>(std::ranges::lower_bound(times, reset) - times.begin()));
        }
        after.erase(std::unique(after.begin(), after.end()), after.end());
        constexpr double one_count = radians_per_count * 1.0001;
        bool is_located = true;
        for (std::size_t k = 0; k < after.size(); ++k) {
            const std::size_t i = after[k];
            if (i == 0) {
                // Before the first sample stands the last, as in the reference: a constant of the
                // whole trace, which has no zero of its own.
                added_[0] = position.back();
            } else if (position[i - 1] == 0.0) {
                // The two clocks differ by microseconds: the 0 may stand just before the reset.
                added_[i - 1] = i > 1 ? position[i - 2] : position.back();
            } else if (i < position.size()) {
                // From 0 the wheel may have gone on before a sample was written.
                const bool is_near = position[i] == 0.0 || std::abs(position[i]) <= one_count ||
                                     std::abs(position[i - 1]) <= one_count;
                if (is_near) {
                    added_[i] = position[i - 1];
                } else if (k + 1 < after.size()) {
                    is_located = false;
                }
            }
        }
        return is_located;
    }

    /// A slow turn back at 0 is no reset; a 0 that is passed through counts as one, of one step, as
    /// in the reference.
    [[nodiscard]] bool is_turn(std::size_t i) const {
        const auto& position = wheel_.position;
        const double before = position[i] - position[i - 1];
        const double after = position[i + 1] - position[i];
        const double speed = std::abs(before) / (wheel_.time_s[i] - wheel_.time_s[i - 1]);
        return before * after < 0.0 && speed < fastest_rad_s;
    }

    void unwrap() {
        constexpr double turn = 2.0 * std::numbers::pi;
        auto& position = wheel_.position;
        double added = 0.0;
        double before = position.empty() ? 0.0 : position.front();
        for (std::size_t i = 1; i < position.size(); ++i) {
            const double step = position[i] - before;
            before = position[i];
            if (std::abs(step) >= std::numbers::pi) added -= turn * std::round(step / turn);
            position[i] += added;
        }
    }

    void average_equal_times() {
        auto& times = wheel_.time_s;
        auto& position = wheel_.position;
        std::size_t kept = 0;
        for (std::size_t i = 0; i < times.size();) {
            std::size_t end = i + 1;
            double sum = position[i];
            while (end < times.size() && times[end] <= times[i]) sum += position[end++];
            times[kept] = times[i];
            position[kept++] = sum / static_cast<double>(end - i);
            i = end;
        }
        times.resize(kept);
        position.resize(kept);
    }

    ExtractedWheel& wheel_;
    std::span<const RigTrial> trials_;
    std::vector<double> added_;
};

}  // namespace

double ClockMap::operator()(double time) const {
    auto after =
        static_cast<std::size_t>(std::ranges::upper_bound(encoder_s, time) - encoder_s.begin());
    after = std::clamp<std::size_t>(after, 1, encoder_s.size() - 1);
    const double slope =
        (session_s[after] - session_s[after - 1]) / (encoder_s[after] - encoder_s[after - 1]);
    return session_s[after - 1] + slope * (time - encoder_s[after - 1]);
}

ClockMap clock_map(std::span<const double> closed_loop_us, std::span<const double> closed_loop_s) {
    std::vector<double> session;
    for (const double time : closed_loop_s)
        if (std::isfinite(time)) session.push_back(time);
    std::vector<double> encoder;
    for (std::size_t i = 0; i + 1 < closed_loop_us.size(); ++i)
        encoder.push_back(closed_loop_us[i] / 1e6);
    if (encoder.size() < 2 || session.size() < 2) {
        not_aligned("the encoder noted " + std::to_string(closed_loop_us.size()) +
                    " beginnings of the closed loop, the trials have " +
                    std::to_string(session.size()) + "; at least 3 and 2 are needed");
    }
    const double ratio =
        signal::median(intervals_of(session)) / signal::median(intervals_of(encoder));
    const bool was_milliseconds = ratio > 100.0 && ratio < 10'000.0;
    if (was_milliseconds)
        for (double& time : encoder) time *= 1000.0;
    const std::size_t count = std::min(encoder.size(), session.size());
    const std::size_t back_a = encoder.size() - count;
    const std::size_t back_b = session.size() - count;
    const std::span<const double> a(encoder);
    const std::span<const double> b(session);
    Pairs pairs;
    if (share_agreeing(a.first(count), b.first(count)) >= least_share) {
        pairs = in_order(a, b, 0, 0, count);
    } else if (share_agreeing(a.last(count), b.last(count)) >= least_share) {
        pairs = in_order(a, b, back_a, back_b, count);
    } else {
        pairs = matched(a, b);
    }
    ClockMap map;
    map.was_milliseconds = was_milliseconds;
    for (const auto& [i, j] : pairs) {
        if (!map.encoder_s.empty() &&
            (a[i] <= map.encoder_s.back() || b[j] <= map.session_s.back()))
            continue;
        map.encoder_s.push_back(a[i]);
        map.session_s.push_back(b[j]);
    }
    if (map.encoder_s.size() < 2)
        not_aligned("no two beginnings of the closed loop lie as far apart in both files");
    if (const double worst = residual_of(map); !(worst <= most_residual_s)) {
        not_aligned("the two clocks differ by " + std::to_string(worst * 1000.0) +
                    " ms from a straight line, expected at most 2 ms");
    }
    return map;
}

ExtractedWheel extract_wheel(const EncoderPositions& positions, const EncoderEvents& events,
                             std::span<const RigTrial> trials) {
    std::vector<double> closed_loop;
    for (const auto& trial : trials)
        closed_loop.push_back(trial.begin_of("closed_loop") + trial.offset_s());
    const auto map = clock_map(events.closed_loop_us, closed_loop);
    ExtractedWheel wheel;
    wheel.time_s.reserve(positions.time_us.size());
    wheel.position.reserve(positions.time_us.size());
    wheel.is_short_in_microseconds =
        positions.remarks.was_milliseconds && !positions.is_old_form && !map.was_milliseconds;
    const double divisor = wheel.is_short_in_microseconds ? 1000.0 : 1.0;
    bool is_whole_ms = true;
    for (std::size_t i = 0; i < positions.time_us.size(); ++i) {
        const double time_us = positions.time_us[i] / divisor;
        is_whole_ms = is_whole_ms && std::fmod(time_us, 1000.0) == 0.0;
        wheel.time_s.push_back(map(time_us / 1e6));
        // The encoder counts clockwise. Adding zero turns -0 into 0.
        wheel.position.push_back(-positions.count[i] / counts_per_turn * 2.0 * std::numbers::pi +
                                 0.0);
    }
    Unroller(wheel, trials).run(is_whole_ms);
    return wheel;
}

ExtractedMovements extract_movements(const ExtractedWheel& wheel, std::span<const double> go_cue_s,
                                     std::span<const double> feedback_s,
                                     std::span<const double> quiescent_s) {
    ExtractedMovements found;
    if (wheel.time_s.size() < 2) {
        found.first_movement_s.assign(go_cue_s.size(), nan);
        found.is_final.assign(go_cue_s.size(), false);
        return found;
    }
    const task::MovementParams params = task::movement_params(
        {.unit = "rad", .resolution = static_cast<int>(counts_per_turn), .encoding = "X1"});
    const double lasts = wheel.time_s.back() - wheel.time_s.front();
    if (lasts < params.time_window_s) {
        throw value_error("the wheel was recorded for " + std::to_string(lasts) +
                          " s, too short to hold a movement");
    }
    for (const auto& movement :
         task::found_movements(wheel.time_s, wheel.position, params).movements) {
        found.onset_s.push_back(movement.onset_s);
        found.offset_s.push_back(movement.offset_s);
        found.peak_amplitude.push_back(movement.peak_amplitude);
    }
    std::vector<double> quiescent(quiescent_s.begin(), quiescent_s.end());
    if (quiescent.size() == 1) quiescent.assign(go_cue_s.size(), quiescent_s[0]);
    for (const auto& first : task::first_movements(found.onset_s, found.peak_amplitude, go_cue_s,
                                                   feedback_s, quiescent)) {
        found.first_movement_s.push_back(first.onset_s);
        found.is_final.push_back(first.is_final);
    }
    return found;
}

}  // namespace tb::rig
