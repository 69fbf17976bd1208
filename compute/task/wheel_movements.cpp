#include "compute/task/wheel_movements.hpp"

#include "src/signal/butterworth.hpp"
#include "src/signal/lanes.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include <fmt/format.h>

namespace tb::compute::task {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Range {
    double least = infinity;
    double greatest = -infinity;

    void take(double value) {  // a NaN changes nothing
        if (value < least) least = value;
        if (value > greatest) greatest = value;
    }
    void take(const Range& other) {
        if (other.least < least) least = other.least;
        if (other.greatest > greatest) greatest = other.greatest;
    }
    [[nodiscard]] double size() const { return greatest - least; }
};

/// Numbers only.
TB_LANE_CLONES void range_of(const double* begin, const double* end, Range& range) {
    signal::Lanes least = {infinity, infinity, infinity, infinity};
    signal::Lanes greatest = -least;
    for (; end - begin >= 4; begin += 4) {
        signal::Lanes values;
        signal::load(values, begin);
        least = values < least ? values : least;
        greatest = values > greatest ? values : greatest;
    }
    range = {};
    for (int lane = 0; lane < 4; ++lane) {
        range.least = std::min(range.least, least[lane]);
        range.greatest = std::max(range.greatest, greatest[lane]);
    }
    for (; begin < end; ++begin) range.take(*begin);
}

/// moving[i] = max - min of the position over samples i .. i + window - 1, fewer at the end, is
/// above the threshold.
///
/// The samples are taken in blocks no longer than a third of the window. A window that begins in a
/// block covers some blocks wholly wherever it begins, and reaches into few others: where the
/// former move enough all of the block's samples do, where all of them together do not none does.
/// That settles a wheel at rest and one that turns; the rest is looked at sample by sample.
std::vector<std::uint8_t> moving_samples(std::span<const double> position, std::size_t window,
                                         double threshold) {
    const std::size_t n = position.size();
    std::vector<std::uint8_t> moving(n, 0);
    std::size_t block = 1;
    while (2 * block <= window / 3) block *= 2;
    const std::size_t n_blocks = (n + block - 1) / block;
    std::vector<Range> of_block(n_blocks);
    for (std::size_t b = 0; b < n_blocks; ++b) {
        const std::size_t end = std::min(n, (b + 1) * block);
        range_of(position.data() + b * block, position.data() + end, of_block[b]);
    }
    std::vector<Range> from_here(block);  // over i .. end of the block
    for (std::size_t b = 0; b < n_blocks; ++b) {
        const std::size_t first = b * block;
        const std::size_t end = std::min(n, first + block);
        // Windows end between first + window (excluded) and end - 1 + window.
        const std::size_t whole_end = std::min(n_blocks, (first + window) / block);
        const std::size_t reached = std::min(n_blocks, (end - 1 + window - 1) / block + 1);
        Range inside;
        for (std::size_t other = b + 1; other < whole_end; ++other) inside.take(of_block[other]);
        if (inside.size() > threshold) {
            std::fill(moving.begin() + static_cast<std::ptrdiff_t>(first),
                      moving.begin() + static_cast<std::ptrdiff_t>(end), std::uint8_t{1});
            continue;
        }
        Range all = inside;
        all.take(of_block[b]);
        for (std::size_t other = std::max(b + 1, whole_end); other < reached; ++other) {
            all.take(of_block[other]);
        }
        if (!(all.size() > threshold)) continue;
        Range suffix;
        for (std::size_t i = end; i > first; --i) {
            suffix.take(position[i - 1]);
            from_here[i - 1 - first] = suffix;
        }
        Range growing = inside;
        std::size_t taken = std::max(end, whole_end * block);
        for (std::size_t i = first; i < end; ++i) {
            const std::size_t stop = std::min(n, i + window);
            for (; taken < stop; ++taken) growing.take(position[taken]);
            Range range = from_here[i - first];
            range.take(growing);
            moving[i] = range.size() > threshold;
        }
    }
    return moving;
}

constexpr std::size_t n_weights = 10;  // of the Gaussian that smooths the speed, SD 1.8 samples
constexpr std::size_t n_together = 256;

/// speed[i] = sum over k of weights[k] steps[i + 9 - k].
TB_LANE_CLONES double smoothed_speeds(const double* steps, const double* weights, double* speed) {
    for (std::size_t i = 0; i < n_together; ++i) speed[i] = 0.0;
    for (std::size_t k = 0; k < n_weights; ++k) {
        const double* const from = steps + (n_weights - 1 - k);
        for (std::size_t i = 0; i < n_together; ++i) speed[i] += weights[k] * from[i];
    }
    signal::Lanes greatest = {0.0, 0.0, 0.0, 0.0};
    for (std::size_t i = 0; i < n_together; i += 4) {
        signal::Lanes values;
        signal::load(values, speed + i);
        values = values < 0.0 ? -values : values;
        signal::store(speed + i, values);
        greatest = values > greatest ? values : greatest;
    }
    return std::max(std::max(greatest[0], greatest[1]), std::max(greatest[2], greatest[3]));
}

/// The greatest |speed| over samples [begin, end): first differences (the first sample's from 0)
/// convolved with a Gaussian of 10 points, centred.
std::size_t fastest_sample(std::span<const double> position, std::size_t begin, std::size_t end) {
    static const std::array<double, n_weights> gaussian = [] {
        std::array<double, n_weights> weights{};
        for (std::size_t k = 0; k < n_weights; ++k) {
            const double x = (static_cast<double>(k) - 4.5) / 1.8;
            weights[k] = std::exp(-0.5 * x * x);
        }
        return weights;
    }();
    constexpr std::size_t before = 5;  // steps that reach into a speed from earlier samples
    const std::size_t n = position.size();
    std::array<double, n_together + n_weights - 1> steps;
    std::array<double, n_together> speed;
    std::size_t fastest = begin;
    double greatest = -1.0;
    for (std::size_t first = begin; first < end; first += n_together) {
        const std::size_t count = std::min(n_together, end - first);
        for (std::size_t j = 0; j < steps.size(); ++j) {
            // Step from sample i - 1 to i, i = first + j - before; outside the recording 0.
            const std::size_t i = first + j - before;
            const bool is_there = first + j >= before && i < n && j < count + n_weights - 1;
            steps[j] = !is_there ? 0.0 : i == 0 ? position[0] : position[i] - position[i - 1];
        }
        if (!(smoothed_speeds(steps.data(), gaussian.data(), speed.data()) > greatest)) continue;
        for (std::size_t i = 0; i < count; ++i) {
            if (speed[i] > greatest) {
                greatest = speed[i];
                fastest = first + i;
            }
        }
    }
    return fastest;
}

/// Signed way from the first sample of [begin, end) where it is longest, of two as long the
/// earlier.
double peak_amplitude(std::span<const double> position, std::size_t begin, std::size_t end) {
    const double from = position[begin];
    Range range;
    range_of(position.data() + begin, position.data() + end, range);
    const double up = range.greatest - from;
    const double down = range.least - from;
    if (up > -down) return up;
    if (-down > up) return down;
    for (std::size_t i = begin; i < end; ++i) {
        if (std::abs(position[i] - from) == up) return position[i] - from;
    }
    return 0.0;
}

/// Samples of the window of time. @throws tb::Error (data, ValueError) for impossible parameters
std::size_t window_of(const MovementParams& params) {
    const double samples = std::nearbyint(params.time_window_s * params.rate_hz);
    if (!(params.rate_hz > 0.0) || !(samples >= 1.0 && samples <= 1e9) ||
        std::isnan(params.position_threshold) || std::isnan(params.onset_threshold) ||
        std::isnan(params.min_gap_s) || std::isnan(params.min_duration_s)) {
        throw value_error(fmt::format(
            "movements at {} Hz over {} s: expected a window of one sample or more, and numbers",
            params.rate_hz, params.time_window_s));
    }
    return static_cast<std::size_t>(samples);
}

/// @param moving  per sample whether its window moves, shape (n); the last one is taken for not
template <class Times>
std::vector<Movement> movements_of(const Times& times, std::span<const double> position,
                                   const MovementParams& params, std::vector<std::uint8_t> moving) {
    const std::size_t n = position.size();
    const std::size_t window = window_of(params);
    if (n == 0) return {};
    moving[n - 1] = 0;

    std::vector<Movement> runs;
    const auto next_with = [&](std::uint8_t value, std::size_t from) {
        const void* const at = std::memchr(moving.data() + from, value, n - from);
        return at == nullptr
                   ? n
                   : static_cast<std::size_t>(static_cast<const std::uint8_t*>(at) - moving.data());
    };
    for (std::size_t i = next_with(1, 0); i < n; i = next_with(1, i)) {
        const std::size_t end = next_with(0, i);
        const bool is_near =
            !runs.empty() &&
            static_cast<double>(i - runs.back().offset) / params.rate_hz < params.min_gap_s;
        if (is_near) {
            runs.back().offset = end;
        } else {
            runs.push_back({.onset = i, .offset = end});
        }
        i = end;
    }

    std::vector<Movement> kept;
    for (Movement run : runs) {
        const double from = position[run.onset];
        std::size_t last = std::min(n, run.onset + window) - 1;
        while (last > run.onset && std::abs(position[last] - from) > params.onset_threshold) {
            --last;
        }
        run.onset = last;
        run.onset_s = times[run.onset];
        run.offset_s = times[run.offset];
        if (run.offset_s - run.onset_s < params.min_duration_s) continue;
        kept.push_back(run);
    }
    std::vector<Movement> out;
    double previous_offset_s = 0.0;
    for (const Movement& run : kept) {
        const bool is_near = !out.empty() && run.onset_s - previous_offset_s < params.min_gap_s;
        previous_offset_s = run.offset_s;
        if (is_near) {
            out.back().offset = run.offset;
            out.back().offset_s = run.offset_s;
        } else {
            out.push_back(run);
        }
    }
    for (Movement& movement : out) {
        movement.peak_amplitude = peak_amplitude(position, movement.onset, movement.offset);
        movement.peak_velocity_s = times[fastest_sample(position, movement.onset, movement.offset)];
    }
    return out;
}

}  // namespace

std::vector<Movement> wheel_movements(std::span<const double> times,
                                      std::span<const double> position,
                                      const MovementParams& params) {
    if (times.size() != position.size()) {
        throw value_error(
            fmt::format("wheel of {} timestamps but {} positions", times.size(), position.size()));
    }
    if (times.size() > 1) {
        const double mean = (times.back() - times.front()) / static_cast<double>(times.size() - 1);
        // What rounding does to evenly spaced times of this size, and as much as the reference
        // allows.
        const double most =
            std::max(1e-10, 4.0 * std::numeric_limits<double>::epsilon() *
                                std::max(std::abs(times.front()), std::abs(times.back())));
        for (std::size_t i = 1; i < times.size(); ++i) {
            if (!(std::abs(times[i] - times[i - 1] - mean) < most)) {
                throw Error(ErrorKind::data,
                            fmt::format("wheel samples {} and {} are {} s apart: expected evenly "
                                        "spaced times, {} s apart",
                                        i - 1, i, times[i] - times[i - 1], mean),
                            {}, "AssertionError");
            }
        }
    }
    return movements_of(times, position, params,
                        moving_samples(position, window_of(params), params.position_threshold));
}

std::vector<Movement> wheel_movements(const EvenTimes& times, std::span<const double> position,
                                      const MovementParams& params) {
    if (times.n != position.size()) {
        throw value_error(
            fmt::format("wheel of {} timestamps but {} positions", times.n, position.size()));
    }
    return movements_of(times, position, params,
                        moving_samples(position, window_of(params), params.position_threshold));
}

namespace {

/// @param sign_at  sign of the velocity of a sample
template <class SignAt>
std::vector<std::size_t> sign_changes(std::size_t n, std::span<const Movement> movements,
                                      const SignAt& sign_at) {
    std::vector<std::size_t> counts;
    for (const Movement& movement : movements) {
        std::size_t count = 0;
        int before = movement.onset < n ? sign_at(movement.onset) : 0;
        for (std::size_t i = movement.onset + 1; i < std::min(movement.offset, n); ++i) {
            const int here = sign_at(i);
            if (here != before) ++count;
            before = here;
        }
        counts.push_back(count);
    }
    return counts;
}

int sign_of(double value) {
    return value > 0.0 ? 1 : value < 0.0 ? -1 : 0;
}

/// How often the step to a sample has another sign than the step before, strictly inside samples
/// [begin, end). The step to sample 0 is none.
TB_LANE_CLONES std::size_t turns_between(const double* at, std::size_t begin, std::size_t end) {
    std::size_t count = 0;
    if (begin == 0 && end > 1) {
        count += sign_of(at[1] - at[0]) != 0;
        begin = 1;
    }
    for (std::size_t i = begin + 1; i < end; ++i) {
        const double step = at[i] - at[i - 1];
        const double before = at[i - 1] - at[i - 2];
        const bool is_turn = ((step > 0.0) != (before > 0.0)) | ((step < 0.0) != (before < 0.0));
        count += is_turn ? 1 : 0;
    }
    return count;
}

}  // namespace

std::vector<std::size_t> direction_changes(const EvenTimes& times, std::span<const double> velocity,
                                           std::span<const Movement> movements) {
    if (times.n != velocity.size()) {
        throw value_error(
            fmt::format("wheel of {} timestamps but {} velocities", times.n, velocity.size()));
    }
    return sign_changes(times.n, movements, [&](std::size_t i) { return sign_of(velocity[i]); });
}

namespace {

/// Samples to either side of a movement that its direction changes depend on: half of the filter's
/// memory. What lies further away has less than 2^-26 of its size left, while the smoothed velocity
/// within a movement, which moves on at least every 0.3 s, never comes near that.
std::size_t reach_of_changes(double rate_hz) {
    return signal::filter_memory(signal::butterworth_lowpass(8, 20.0, rate_hz)) / 2 + 1;
}

/// Stretches of the grid outside of which no window can move as far as `threshold`, by the wheel's
/// own samples, and `margin` samples around them.
struct Candidates {
    std::vector<Stretch> windows;  ///< where windows that may move begin
    std::vector<Stretch> drawn;    ///< with their margins
};
Candidates candidates_of(std::span<const double> timestamps, std::span<const double> position,
                         const EvenTimes& times, std::size_t window, double threshold,
                         std::size_t margin) {
    // Blocks of a window's length: a window that begins in one ends in it or in the next.
    const std::size_t n_blocks = (times.n + window - 1) / window;
    std::vector<Range> of_block(n_blocks);
    const double per_block = 1.0 / (times.step_s * static_cast<double>(window));
    const auto block_at = [&](double time_s) {
        const double block = (time_s - times.begin_s) * per_block;
        return static_cast<std::size_t>(std::clamp(block, 0.0, static_cast<double>(n_blocks - 1)));
    };
    std::size_t before = 0;
    for (std::size_t j = 0; j < position.size(); ++j) {
        // The line to this sample lies in all blocks from the one before on; a little further,
        // since times of the grid are rounded.
        const std::size_t here = block_at(timestamps[j] + 1e-3 * times.step_s);
        const std::size_t from = j == 0 ? here : before;
        for (std::size_t b = from; b <= here; ++b) {
            of_block[b].take(position[j]);
            if (j > 0) of_block[b].take(position[j - 1]);
        }
        before = block_at(timestamps[j] - 1e-3 * times.step_s);
    }
    const double least = threshold - 1e-9 * std::abs(threshold);
    Candidates found;
    const auto extend = [&](std::vector<Stretch>& stretches, std::size_t begin, std::size_t end) {
        if (!stretches.empty() && begin <= stretches.back().end) {
            stretches.back().end = std::max(stretches.back().end, end);
        } else {
            stretches.push_back({begin, end});
        }
    };
    for (std::size_t b = 0; b < n_blocks; ++b) {
        Range range = of_block[b];
        if (b + 1 < n_blocks) range.take(of_block[b + 1]);
        if (!(range.size() > least)) continue;
        const std::size_t begin = b * window;
        const std::size_t end = std::min(times.n, begin + window);
        extend(found.windows, begin, end);
        extend(found.drawn, begin - std::min(begin, margin),
               std::min(times.n, end + window + margin));
    }
    return found;
}

}  // namespace

FoundMovements found_movements(std::span<const double> timestamps, std::span<const double> position,
                               const MovementParams& params) {
    const std::size_t window = window_of(params);
    const EvenTimes times = wheel_grid(timestamps, position, params.rate_hz);
    const std::size_t reach = reach_of_changes(params.rate_hz);
    const double gap = std::max(0.0, params.min_gap_s * params.rate_hz);
    const bool is_short = times.n <= 4 * reach || !(gap < 1e6) || params.position_threshold <= 0.0;
    Candidates candidates;
    if (is_short) {
        candidates = {{{0, times.n}}, {{0, times.n}}};
    } else {
        candidates = candidates_of(timestamps, position, times, window, params.position_threshold,
                                   reach + window + static_cast<std::size_t>(gap) + 32);
    }
    const signal::Values drawn =
        interpolated_stretches(timestamps, position, times, candidates.drawn);
    std::vector<std::uint8_t> moving(times.n, 0);
    for (const Stretch& windows : candidates.windows) {
        // As many samples as its last window needs.
        const std::size_t end = std::min(times.n, windows.end + window);
        const auto found =
            moving_samples(std::span(drawn).subspan(windows.begin, end - windows.begin), window,
                           params.position_threshold);
        std::copy_n(found.begin(), windows.end - windows.begin,
                    moving.begin() + static_cast<std::ptrdiff_t>(windows.begin));
    }
    FoundMovements out;
    out.movements = movements_of(times, drawn, params, std::move(moving));
    out.direction_changes = direction_changes_of_position(drawn, params.rate_hz, out.movements);
    return out;
}

std::vector<std::size_t> direction_changes_of_position(std::span<const double> position,
                                                       double rate_hz,
                                                       std::span<const Movement> movements) {
    // The filter forgets: what lies further away than its memory changes nothing. So the wheel at
    // rest between movements is left out, and the stretches around movements follow one another,
    // each raised to begin where the one before ends.
    const std::size_t n = position.size();
    const std::size_t reach = reach_of_changes(rate_hz);
    const bool is_short = n <= 4 * reach;
    std::vector<Stretch> kept;
    std::vector<Movement> moved(movements.begin(), movements.end());
    std::size_t taken = 0;  // samples before this one are kept or left out
    std::size_t n_kept = 0;
    for (Movement& movement : moved) {
        std::size_t begin = movement.onset - std::min(reach, movement.onset);
        begin = is_short ? taken : std::max(begin, taken);
        const std::size_t end = is_short ? n : std::min(n, movement.offset + reach);
        if (begin < end) {
            if (!kept.empty() && begin == taken) {
                kept.back().end = end;
            } else {
                kept.push_back({begin, end});
            }
            n_kept += end - begin;
            taken = end;
        }
        const std::size_t left_out = taken - n_kept;
        movement.onset -= left_out;
        movement.offset -= left_out;
    }
    if (n_kept == 0) return std::vector<std::size_t>(movements.size(), 0);

    // Filtered in place, as SmoothPosition does it, by groups of stretches that stay in the
    // processor's cache. A stretch is longer than the filter's padding, if its memory is.
    const signal::Sections sections = signal::butterworth_lowpass(8, 20.0, rate_hz);
    const std::size_t padding = signal::filter_padding(sections);
    const std::size_t most = reach > padding ? std::size_t{1} << 16 : n_kept;
    std::vector<std::size_t> counts;
    signal::Values joined;
    std::size_t group_begin = 0;  // in samples kept
    for (auto stretch = kept.begin(); stretch != kept.end();) {
        auto group_end = stretch;
        std::size_t n_group = 0;
        do {
            n_group += group_end->end - group_end->begin;
            ++group_end;
        } while (group_end != kept.end() && n_group + (group_end->end - group_end->begin) <= most);
        joined.resize(n_group + 2 * padding);
        double* const at = joined.data() + padding;
        double* to = at;
        double rise = 0.0;
        for (; stretch != group_end; ++stretch) {
            if (to != at) rise = to[-1] - position[stretch->begin];
            for (std::size_t i = stretch->begin; i < stretch->end; ++i) *to++ = position[i] + rise;
        }
        signal::filter_in_place_both_ways(sections, joined);
        while (counts.size() < moved.size()) {
            const Movement& movement = moved[counts.size()];
            if (movement.onset >= group_begin + n_group) break;
            const std::size_t end = std::min(movement.offset - group_begin, n_group);
            counts.push_back(turns_between(at, movement.onset - group_begin, end));
        }
        group_begin += n_group;
    }
    counts.resize(moved.size(), 0);
    return counts;
}

std::vector<double> movement_onsets(std::span<const double> onsets, std::span<const double> offsets,
                                    std::span<const double> events) {
    if (onsets.size() != offsets.size()) {
        throw value_error(
            fmt::format("{} movement onsets but {} offsets", onsets.size(), offsets.size()));
    }
    std::vector<double> found;
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (i > 0 && !(events[i] > events[i - 1])) {
            throw value_error(fmt::format("event {} at {} s does not come after the one before it",
                                          i, events[i]));
        }
        // The last movement that began at or before the event.
        const auto next = std::ranges::upper_bound(onsets, events[i]);
        const bool is_inside =
            next != onsets.begin() &&
            offsets[static_cast<std::size_t>(next - onsets.begin()) - 1] >= events[i];
        found.push_back(is_inside ? *(next - 1) : nan);
    }
    return found;
}

std::vector<FirstMovement> first_movements(std::span<const double> onsets,
                                           std::span<const double> amplitudes,
                                           std::span<const double> go_cue_s,
                                           std::span<const double> feedback_s,
                                           std::span<const double> quiescent_s, double threshold) {
    if (onsets.size() != amplitudes.size()) {
        throw value_error(
            fmt::format("{} movement onsets but {} amplitudes", onsets.size(), amplitudes.size()));
    }
    if (go_cue_s.size() != feedback_s.size() || go_cue_s.size() != quiescent_s.size()) {
        throw value_error(fmt::format("{} go cues, {} feedback times, {} quiescent periods",
                                      go_cue_s.size(), feedback_s.size(), quiescent_s.size()));
    }
    std::vector<FirstMovement> out(go_cue_s.size(), {nan, false, std::nullopt});
    for (std::size_t trial = 0; trial < out.size(); ++trial) {
        const double from = go_cue_s[trial] - quiescent_s[trial];
        const double to = feedback_s[trial];
        if (std::isnan(from) || std::isnan(to)) continue;
        const auto begin =
            static_cast<std::size_t>(std::ranges::upper_bound(onsets, from) - onsets.begin());
        const auto end =
            static_cast<std::size_t>(std::ranges::lower_bound(onsets, to) - onsets.begin());
        for (std::size_t i = begin; i < end; ++i) {
            if (!(std::abs(amplitudes[i]) >= threshold)) continue;
            out[trial] = {.onset_s = onsets[i], .is_final = i + 1 == end, .movement = i};
            break;
        }
    }
    return out;
}

}  // namespace tb::compute::task
