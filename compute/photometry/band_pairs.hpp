// Samples of two bands that belong together, also where one of them has holes.
#pragma once

#include "compute/photometry/recording_bands.hpp"
#include "src/signal/holes.hpp"

#include <span>
#include <vector>

namespace tb::compute::photometry {

/// Two bands of the same number of samples, sample i with sample i.
struct BandPair {
    std::span<const double> signal_times, signal, reference_times, reference;
    /// Where one of the two has no sample for more than three of its median intervals, in order of
    /// time, those that overlap as one.
    std::vector<signal::Hole> holes;

    // What the spans point to where samples had to be left out; else empty.
    std::vector<double> kept_signal_times, kept_signal, kept_reference_times, kept_reference;
};

/// The bands as they are restricted to the session: sample i of one with sample i of the other
/// (spec/photometry.md, 4.4). Where frames are missing, this can pair samples far apart: when one
/// pair is more than a median interval apart, every sample of the signal goes with the one of the
/// reference that lies as far from it as at the start, within half a median interval, and a sample
/// without one is left out.
[[nodiscard]] BandPair pair_bands(const RecordingBand& signal, const RecordingBand& reference);

}  // namespace tb::compute::photometry
