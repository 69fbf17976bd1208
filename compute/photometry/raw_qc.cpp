#include "compute/photometry/raw_qc.hpp"

#include "src/signal/holes.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace tb::compute::photometry {
namespace {

constexpr double early_s = 0.001;

void require_one_state_per_frame(std::span<const double> times_s, std::span<const LedState> led) {
    if (times_s.size() == led.size()) return;
    throw Error(ErrorKind::data,
                std::to_string(times_s.size()) + " times of frames, but " +
                    std::to_string(led.size()) + " LED states",
                {}, "ValueError");
}

bool is_in_turn(LedState state) {
    return state == LedState::isosbestic || state == LedState::gcamp;
}

/// Frames [first, last] without a state. In the reference's form the last run begins at the last
/// frame of the run before it.
struct Run {
    std::vector<std::size_t> frames;
};

std::vector<Run> runs_of(std::span<const LedState> led, GapFill how) {
    std::vector<Run> runs;
    for (std::size_t i = 0; i < led.size(); ++i) {
        if (led[i] != LedState::gap) continue;
        if (runs.empty() || runs.back().frames.back() + 1 != i) runs.emplace_back();
        runs.back().frames.push_back(i);
    }
    if (how == GapFill::reference && runs.size() > 1) {
        const std::size_t before = runs[runs.size() - 2].frames.back();
        runs.back().frames.insert(runs.back().frames.begin(), before);
    }
    return runs;
}

/// @param median_s  NaN for fewer than two frames
std::int64_t early_samples(std::span<const double> times_s, double median_s) {
    std::int64_t count = 0;
    for (std::size_t i = 1; i < times_s.size(); ++i)
        count += median_s - (times_s[i] - times_s[i - 1]) > early_s ? 1 : 0;
    return count;
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& rows = inputs["session"];
    if (rows.empty() || rows.is_null("times_ref", 0) || rows.is_null("led_ref", 0)) {
        return output.nothing_to_compute("the recording has no frames taken in turn");
    }
    const auto times_s = inputs.array("session", "times_ref").numbers();
    const Array states = inputs.array("session", "led_ref");
    const auto* codes = std::get_if<std::vector<std::uint8_t>>(&states.values);
    if (codes == nullptr) {
        throw Error(ErrorKind::data, "the LED states are not stored as uint8", {}, "ValueError");
    }
    std::vector<LedState> led;
    led.reserve(codes->size());
    for (const auto code : *codes) led.push_back(static_cast<LedState>(code));
    if (times_s.empty()) return output.nothing_to_compute("the recording has no frame");
    const RawQc found = raw_qc(times_s, led);
    output.master()
        .set("n_frames", times_s.size())
        .set("n_early_samples", found.n_early_samples)
        .set("n_band_inversions", found.n_band_inversions)
        .set("n_band_inversions_reference", found.n_band_inversions_reference)
        .set("n_gap_frames", found.n_gap_frames)
        .set("n_missing_frames", found.n_missing_frames)
        .set("n_skipped_frames", rows.is_null("n_skipped_frames", 0)
                                     ? Value()
                                     : Value(rows.integers("n_skipped_frames")[0]))
        .set("longest_hole_s", found.longest_hole_s);
}

}  // namespace

std::vector<LedState> fill_gaps(std::span<const double> times_s, std::span<const LedState> led,
                                GapFill how) {
    require_one_state_per_frame(times_s, led);
    std::vector<LedState> filled(led.begin(), led.end());
    const auto runs = runs_of(led, how);
    if (how == GapFill::reference && runs.size() == 1) {
        throw Error(ErrorKind::data, "the reference cannot fill a single run of undecoded frames",
                    {}, "IndexError");
    }
    if (times_s.size() < 2) return filled;
    const double mean_s =
        (times_s.back() - times_s.front()) / static_cast<double>(times_s.size() - 1);
    for (const Run& run : runs) {
        if (run.frames.front() == 0) continue;
        double sum_s = 0.0;
        for (const std::size_t i : run.frames) sum_s += times_s[i] - times_s[i - 1];
        const double run_mean_s = sum_s / static_cast<double>(run.frames.size());
        if (!(std::abs(run_mean_s - mean_s) < 0.1 * std::abs(mean_s))) continue;
        LedState previous = filled[run.frames.front() - 1];
        if (!is_in_turn(previous)) continue;
        for (const std::size_t i : run.frames) {
            previous = previous == LedState::gcamp ? LedState::isosbestic : LedState::gcamp;
            filled[i] = previous;
        }
    }
    return filled;
}

std::int64_t count_early_samples(std::span<const double> times_s) {
    return early_samples(times_s, signal::median_interval(times_s));
}

std::int64_t count_band_inversions(std::span<const LedState> led) {
    std::int64_t count = 0;
    for (std::size_t i = 1; i < led.size(); ++i) count += led[i] == led[i - 1] ? 1 : 0;
    return count;
}

RawQc raw_qc(std::span<const double> times_s, std::span<const LedState> led) {
    RawQc found;
    const double interval_s = signal::median_interval(times_s);
    found.n_early_samples = early_samples(times_s, interval_s);
    found.n_missing_frames = signal::missing_samples(times_s, interval_s);
    for (std::size_t i = 1; i < times_s.size(); ++i)
        found.longest_hole_s = std::max(found.longest_hole_s, times_s[i] - times_s[i - 1]);
    found.n_gap_frames = std::ranges::count(led, LedState::gap);
    if (found.n_gap_frames == 0) {  // nothing to fill
        require_one_state_per_frame(times_s, led);
        found.n_band_inversions = count_band_inversions(led);
        found.n_band_inversions_reference = found.n_band_inversions;
        return found;
    }
    found.n_band_inversions = count_band_inversions(fill_gaps(times_s, led, GapFill::every_run));
    try {
        found.n_band_inversions_reference =
            count_band_inversions(fill_gaps(times_s, led, GapFill::reference));
    } catch (const Error& error) {
        if (error.type() != "IndexError") throw;
    }
    return found;
}

ComputedTable raw_qc_table() {
    return {.name = "photometry.raw_qc",
            .code_version = 2,
            .fetches = {{"session", compute_sql_text("photometry/raw_qc.sql")}},
            .compute = compute};
}

}  // namespace tb::compute::photometry
