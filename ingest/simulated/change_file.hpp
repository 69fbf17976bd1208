// The NWB file of one simulated session of the change-detection task, in the layout of the Allen
// Institute's. Source: spec/change_detection.md, 5.
#pragma once

#include "include/trialbase/change_recording.hpp"
#include "ingest/simulated/change_imaging.hpp"
#include "ingest/simulated/nwb_writer.hpp"
#include "ingest/simulated/random.hpp"

#include <cstdint>
#include <filesystem>

namespace tb::simulated {

/// A behaviour-session file, or, with an experiment, that of a behaviour-ophys experiment.
/// @param identifiers  stream that object ids are drawn from
/// @return its size in bytes
/// @throws tb::Error (io) when it cannot be written
std::uint64_t write_change_file(const std::filesystem::path& file, const ChangeRecording& recording,
                                const ImagingExperiment* experiment, Random identifiers);

/// The part of it that imaging adds. Metadata are written already.
void write_imaging(NwbWriter& file, const ImagingExperiment& experiment,
                   const ChangeRecording& recording);

}  // namespace tb::simulated
