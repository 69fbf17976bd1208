// A raw behaviour log as a session: the log, the encoder's arrays beside it, and running speed.
#pragma once

#include "trialbase/change_session.hpp"

#include <filesystem>
#include <optional>

namespace tb::load {

/// The file with the wheel encoder's arrays of a log that has none itself: `encoder_<name>.npz` for
/// `log_<name>.json.gz`, else `<name>.npz` or `<name>_encoder.npz`. Nothing when there is none.
[[nodiscard]] std::optional<std::filesystem::path> encoder_file_of(
    const std::filesystem::path& log);

/// Reads a log. Speed is computed from the encoder's voltages as the published software does, and
/// its signs are turned where the mouse would run backwards. The session is known by its
/// session_uuid, or `<mouse>/<start>` where the log has none; who knows its behavior_session_id
/// puts it in its place. Files and lab are the caller's.
/// @throws tb::Error (data) as allen::raw_log_recording; MissingDataset when the log does not tell
/// mouse or start
[[nodiscard]] ChangeSession read_raw_log_session(const std::filesystem::path& log);

}  // namespace tb::load
