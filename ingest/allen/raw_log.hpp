// Raw behaviour logs of the change-detection task (the training software's own record), as JSON.
#pragma once

#include "trialbase/change_recording.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

namespace tb::allen {

struct RawLogOptions {
    /// Of the monitor; else the log's own `monitor_delay`, the measured one of its rig, the
    /// default.
    std::optional<double> monitor_delay_s;
};

/// The document of a .json or .json.gz file (told by content).
/// @throws tb::Error (io) when it cannot be read, (data) when it is no JSON or a damaged stream
[[nodiscard]] nlohmann::json read_raw_log_document(const std::filesystem::path& file);
/// False for JSON that has no items.behavior at its root, and so is no log. True for what cannot be
/// read, whose reader says why.
[[nodiscard]] bool may_be_raw_log(const std::filesystem::path& file);
[[nodiscard]] nlohmann::json parse_raw_log_document(std::span<const std::byte> bytes,
                                                    const std::string& name);

/// Everything that a log holds of a session. Running speed is not computed, and what needs the
/// mouse's history or the images' files is left out.
///
/// Issues: MissingDataset (no lick sensor, no encoder), LickAtEnd, LicksNotAscending,
/// EncoderSurplus, NoAutoReward (a training session without an automatic reward), those of
/// read_trials and read_presentations. Errors of a part (EncoderLength, the movie's) cost that
/// part.
/// @param name  of the log, for messages
/// @throws tb::Error (data), naming log, trial and path: MissingDataset, StimulusKind, TaskKind,
/// TimeOrder, LickFrame, ValueError for a value of another kind, and what read_trials and
/// read_presentations throw
/// Source: spec/change_detection.md, sections 0, 7, 8 and 17.
[[nodiscard]] ChangeRecording raw_log_recording(const nlohmann::json& document,
                                                const std::string& name,
                                                const RawLogOptions& options = {});
/// Both in one.
[[nodiscard]] ChangeRecording read_raw_log(const std::filesystem::path& file,
                                           const RawLogOptions& options = {});

}  // namespace tb::allen
