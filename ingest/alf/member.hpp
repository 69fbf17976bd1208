// What discovery and the reader agree on about a session's files.
#pragma once

#include "include/trialbase/simulated_marker.hpp"
#include "ingest/alf/names.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tb::alf {

/// True for a path inside a session whose content read_session() wants: datasets of trials, wheel,
/// wheelMoves and licks in a format that it reads, of what was played passively, the rig's task
/// settings, and what the rig wrote of trials, wheel and air in the collections of rigs. Everything else is only listed.
[[nodiscard]] bool is_wanted(std::string_view path);

/// True for what was played to a passive animal, as read_passive() reads it.
[[nodiscard]] bool is_passive_dataset(const RelativePathParts& parts);

/// True for the collections that rigs write to: raw_behavior_data, raw_task_data_00, ...
[[nodiscard]] bool is_raw_collection(std::string_view collection);

/// True for a file of trials that the reader wants, extracted or raw: its folder is, or nearly is,
/// a session's.
[[nodiscard]] bool is_trials_file(std::string_view path);

/// No wanted file of an animal's session is larger [byte]; what is larger is refused unread, so
/// that a few packed bytes cannot ask for much memory.
[[nodiscard]] std::uint64_t most_bytes(std::string_view path);

/// Bounds that no session of an animal reaches: ten hours at two seconds a trial; five hours of an
/// encoder that never rests at 1 kHz; ten licks a second for six hours.
inline constexpr std::size_t most_trials = 20'000;
inline constexpr std::size_t most_wheel_samples = 20'000'000;
inline constexpr std::size_t most_wheel_moves = 200'000;
inline constexpr std::size_t most_licks = 200'000;
/// Four hours of frames at 60 Hz.
inline constexpr std::size_t most_passive_frames = 1'000'000;

}  // namespace tb::alf
