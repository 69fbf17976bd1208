// The raw bands of a recording as adapters read them: restricted to the session.
#pragma once

#include "compute/photometry/session_crop.hpp"
#include "trialbase/computed_table.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tb::compute::photometry {

/// A band of one recording, as it lies in the store, and the part of it that belongs to the
/// session.
struct RecordingBand {
    std::string name;  ///< GCaMP, Isosbestic, RCaMP
    std::vector<double> all_times;
    std::vector<double> all_values;
    Crop crop;

    [[nodiscard]] std::span<const double> times() const {
        return std::span(all_times).subspan(crop.first, crop.count);
    }
    /// Not cut to the band with the fewest samples.
    [[nodiscard]] std::span<const double> times_in_session() const {
        return std::span(all_times).subspan(crop.first, crop.own_count);
    }
    [[nodiscard]] std::span<const double> values() const {
        return std::span(all_values).subspan(crop.first, crop.count);
    }
};

/// What the fetches `bands` (recording_bands.sql) and `session` (session_trials.sql) of a key name:
/// the recording's bands, by name, all of the same number of samples. Bands of the session that
/// this recording lacks take part in the restriction, as does everything when only `wanted` are
/// read.
/// @param wanted  bands whose samples are read; empty: all
/// @param reason  set when there is nothing to compute: no trial times, no band, no sample within
///                the session; the result is empty then
/// @throws tb::Error (data, ValueError) when a band's times and samples differ in number, and as
/// restrict_to_session; as ArrayReader::read
[[nodiscard]] std::vector<RecordingBand> recording_bands(const Inputs& inputs, double before_s,
                                                         double after_s,
                                                         std::span<const std::string> wanted,
                                                         std::optional<std::string>& reason);

}  // namespace tb::compute::photometry
