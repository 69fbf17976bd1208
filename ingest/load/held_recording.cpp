#include "ingest/load/held_recording.hpp"

#include "ingest/load/statements.hpp"
#include "src/base/uuid.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::load {
namespace {

/// Times may differ by this much where a file was written again [s].
constexpr double tolerance_s = 1e-3;

std::optional<double> first_time_of(const PhotometrySession& recording) {
    if (!recording.frame_times_s.empty()) return recording.frame_times_s.front();
    if (!recording.bands.empty() && !recording.bands[0].times_s.empty())
        return recording.bands[0].times_s.front();
    return std::nullopt;
}

std::optional<double> last_time_of(const PhotometrySession& recording) {
    if (!recording.frame_times_s.empty()) return recording.frame_times_s.back();
    if (!recording.bands.empty() && !recording.bands[0].times_s.empty())
        return recording.bands[0].times_s.back();
    return std::nullopt;
}

/// What the session holds that the recording does not; empty: nothing.
std::string lost_by(const db::Result& held, const ChoiceSession& session) {
    const auto& recording = *session.photometry;
    const auto trials = held.optional<std::int64_t>(0, "n_trials");
    if (trials && session.trials.count == 0) return fmt::format("{} trials", *trials);
    const auto frames = held.optional<std::int64_t>(0, "n_frames");
    if (!frames) return {};
    if (static_cast<std::int64_t>(recording.n_frames) < *frames)
        return fmt::format("{} frames, the file {}", *frames, recording.n_frames);
    const auto bands = nlohmann::json::parse(held.get<std::string>(0, "bands"));
    for (const auto& [name, samples] : bands.items()) {
        const auto found = std::ranges::find(recording.bands, name, &PhotometryBand::band);
        const auto count = found == recording.bands.end() ? 0 : found->times_s.size();
        if (count < samples.get<std::size_t>()) {
            return fmt::format("{} samples of band {}, the file {}", samples.get<std::size_t>(),
                               name, count);
        }
    }
    for (const auto& column : nlohmann::json::parse(held.get<std::string>(0, "columns"))) {
        const auto name = column.get<std::string>();
        if (std::ranges::none_of(recording.recordings, [&](const auto& one) {
                return db::sanitize_text(one.column) == name;
            }))
            return "column " + name + ", which the file has not";
    }
    const auto events = held.get<std::int64_t>(0, "n_events");
    if (static_cast<std::int64_t>(recording.digital_events.size()) < events) {
        return fmt::format("{} changes of digital inputs, the file {}", events,
                           recording.digital_events.size());
    }
    const auto first_s = first_time_of(recording);
    const auto last_s = last_time_of(recording);
    const auto held_first_s = held.optional<double>(0, "start_s");
    const auto held_last_s = held.optional<double>(0, "end_s");
    if (!held_first_s || !held_last_s || !first_s || !last_s) return {};
    if (*first_s > *held_first_s + tolerance_s || *last_s < *held_last_s - tolerance_s) {
        return fmt::format("times from {:.3f} to {:.3f} s, the file from {:.3f} to {:.3f} s",
                           *held_first_s, *held_last_s, *first_s, *last_s);
    }
    return {};
}

}  // namespace

void require_room_for(db::Session& session, const ChoiceSession& recording) {
    const auto identifier = recording.identifier();
    const auto held =
        session.exec_prepared(statement("recording_held"),
                              db::Params()
                                  .text(recording.source)
                                  .text(identifier)
                                  .text(source_uuid(recording.source, identifier).to_string()));
    const auto lost = lost_by(held, recording);
    if (lost.empty()) return;
    std::string files;
    for (const auto& file : nlohmann::json::parse(held.get<std::string>(0, "files")))
        files += (files.empty() ? "" : ", ") + file.get<std::string>();
    throw Error(
        ErrorKind::conflict,
        fmt::format("{}: session {} of that day ({}) holds another recording{}: {}",
                    recording.origin, recording.number, identifier,
                    files.empty() ? "" : " (" + files + ")", lost),
        "Give it a --number of its own; frames and digital inputs of one recording are ingested as "
        "the folder that holds both. --replace puts it in the other's place.",
        "RecordingConflict");
}

}  // namespace tb::load
