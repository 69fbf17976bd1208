// The common core of any NWB file as a session.
#pragma once

#include "ingest/nwb/nwb_file.hpp"
#include "trialbase/nwb_session.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace tb::nwb {

/// Everything that needs no knowledge of a world: identifier, start, subject; tables of intervals
/// and events row by row, series of texts and of bare times as events; other series by reference
/// to the file, which stays open as long as the session has them. What is wrong with one of them
/// costs that one (part error); a subject that is not told is one of its own. Lab and files are
/// the caller's.
/// @throws tb::Error (data, MissingDataset) without identifier or start time
[[nodiscard]] NwbSession common_core(std::shared_ptr<const NwbFile> file,
                                     const std::string& file_name);
[[nodiscard]] NwbSession read_common_core(const std::filesystem::path& file);

}  // namespace tb::nwb
