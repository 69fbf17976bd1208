// Session files of the Allen Institute's visual-behaviour projects: behaviour sessions, and
// behaviour with one imaging plane (experiments).
#pragma once

#include "ingest/nwb/nwb_file.hpp"
#include "trialbase/change_session.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace tb::allen {

/// Which session a file should hold, as its name or the row that names it says.
struct NwbExpectation {
    std::optional<std::int64_t> behavior_session_id;
    std::optional<std::int64_t> ophys_experiment_id;
};
/// What the published name of a file says: behavior_session_<id>.nwb,
/// behavior_ophys_experiment_<id>.nwb.
[[nodiscard]] NwbExpectation expectation_of_name(const std::filesystem::path& file);

/// True for files of these projects: they tell a behaviour session and the task's parameters.
[[nodiscard]] bool is_allen_session(const nwb::NwbFile& file);

/// Everything that a file holds of a session. Identity (source, own identifiers, aliases), date and
/// metadata are filled; lab and files are the caller's. Parts that cannot be read (licks, rewards,
/// presentations, running, eye, images, imaging) are part errors and cost themselves. Start times
/// that say +00:00 are the laboratory's clock and are given without offset. Arrays of images and of
/// imaging stay in the file, which stays open as long as the session has them.
/// @param file_name  the name that the session's file is listed by
/// @throws tb::Error (data), naming file and path, when there is no session in it: SessionMismatch,
/// MissingDataset (metadata, task parameters, frame times), TimeOrder, and what read_nwb_trials
/// throws
/// Source: spec/change_detection.md, sections 0, 5, 6 and 17.
[[nodiscard]] ChangeSession read_nwb_session(std::shared_ptr<const nwb::NwbFile> file,
                                             const std::string& file_name,
                                             const NwbExpectation& expected = {});
/// Opens the file as well.
[[nodiscard]] ChangeSession read_nwb_session(const std::filesystem::path& file,
                                             const NwbExpectation& expected = {});

}  // namespace tb::allen
