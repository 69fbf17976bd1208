// photometry.raw_qc: frames that came early or not at all and bands that came twice in a row, from
// the raw frames.
#pragma once

#include "trialbase/computed_table.hpp"
#include "trialbase/photometry_session.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tb::compute::photometry {

/// How runs of frames whose LED state could not be decoded are filled.
enum class GapFill {
    every_run,  ///< each run alternates from the frame before it
    reference   ///< as the reference does it, whose last run begins with the last frame of the run
                ///< before, and which fails where there is one run only
};

/// States with undecoded frames filled: a run is filled when the mean interval before its frames
/// lies strictly within 10 % of the mean interval of all frames, by isosbestic and GCaMP in turn,
/// beginning with the other one than the frame before the run. Runs after any other frame, and at
/// the start, stay as they are. Source: spec/photometry.md, 5.1; 20, defect 6.
/// @param times_s  of all frames, in file order [s]
/// @throws tb::Error (data, ValueError) when the lengths differ; (data, IndexError) with
/// GapFill::reference when there is exactly one run
[[nodiscard]] std::vector<LedState> fill_gaps(std::span<const double> times_s,
                                              std::span<const LedState> led, GapFill how);

/// Frames, from the second on, that follow the one before by more than 1 ms less than the median
/// interval.
[[nodiscard]] std::int64_t count_early_samples(std::span<const double> times_s);

/// Pairs of consecutive frames of the same state.
[[nodiscard]] std::int64_t count_band_inversions(std::span<const LedState> led);

struct RawQc {
    std::int64_t n_early_samples = 0;
    std::int64_t n_band_inversions = 0;  ///< after fill_gaps(every_run)
    /// After fill_gaps(reference); nothing where the reference fails.
    std::optional<std::int64_t> n_band_inversions_reference;
    std::int64_t n_gap_frames = 0;
    std::int64_t n_missing_frames = 0;  ///< by the times: signal::missing_samples
    double longest_hole_s = 0.0;        ///< longest time from a frame to the next
};
/// @throws tb::Error (data, ValueError) when the lengths differ
[[nodiscard]] RawQc raw_qc(std::span<const double> times_s, std::span<const LedState> led);

/// Adapter of photometry.raw_qc.
[[nodiscard]] ComputedTable raw_qc_table();

}  // namespace tb::compute::photometry
