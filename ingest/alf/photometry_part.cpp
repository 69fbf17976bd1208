#include "ingest/alf/photometry_part.hpp"

#include "ingest/photometry/description.hpp"
#include "ingest/photometry/session_photometry.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tb::alf {
namespace {

/// When the task's controller sends pulses, as far as the trials tell: at their starts, and with
/// rewards.
photometry::ControllerTimes controller_times(const ChoiceTrials& trials) {
    photometry::ControllerTimes times;
    times.trial_start_s = trials.start_s;
    for (std::size_t i = 0; i < std::min(trials.feedback_s.size(), trials.feedback_type.size());
         ++i) {
        if (trials.feedback_type[i] > 0.0) times.reward_s.push_back(trials.feedback_s[i]);
    }
    return times;
}

}  // namespace

void read_description(SessionFiles& files) {
    auto& session = files.session();
    for (std::size_t i = 0; i < files.source().members.size() && !session.task_protocol; ++i) {
        const auto& path = files.source().members[i].path;
        if (photometry::role_of(path) != photometry::Role::description || !files.has_bytes(i))
            continue;
        try {
            std::string protocols;
            for (const auto& task :
                 photometry::described_tasks(formats::as_text(files.bytes_of(i))))
                protocols += (protocols.empty() ? "" : "/") + task.protocol;
            if (protocols.empty()) continue;
            if (protocols.size() > 255 || !formats::is_utf8(protocols)) {
                files.issue("OddValue", path, "the protocol is no text that can be kept; left out");
                continue;
            }
            session.task_protocol = protocols;
            files.mark_used(i);
        } catch (const Error& error) {
            files.issue("UnreadableDataset", path, error.what());
        }
    }
}

void read_photometry(SessionFiles& files) {
    auto& session = files.session();
    std::vector<photometry::PhotometryFile> found;
    std::vector<std::size_t> members;
    for (std::size_t i = 0; i < files.source().members.size(); ++i) {
        const auto& path = files.source().members[i].path;
        const auto role = photometry::role_of(path);
        if (role == photometry::Role::none || !files.has_bytes(i)) continue;
        found.push_back({role, path, files.bytes_of(i)});
        members.push_back(i);
    }
    if (found.empty()) return;
    const auto& origin = files.source().origin;
    try {
        const auto controller = controller_times(session.trials);
        auto reading = photometry::read_session_photometry(
            found, session.trials.count > 0 ? &controller : nullptr, files.options().frame_unit_s);
        for (auto& note : reading.notes) {
            // Without an extracted signal that trials can be compared with: spec, 4.6.
            if (note.type == "NotAligned" && session.trials.count > 0) {
                session.part_errors.push_back({"MissingExtractedData", note.message,
                                               "Expected alf/photometry/photometry.signal.pqt.",
                                               origin});
            }
            files.issue(std::move(note.type), std::move(note.path), std::move(note.message));
        }
        if (!reading.session) return;
        session.photometry = std::move(reading.session);
        for (const auto member : members) files.mark_used(member);
    } catch (const Error& error) {
        session.part_errors.push_back({error.type().empty() ? "InvalidData" : error.type(),
                                       error.what(), error.hint(), origin});
    }
}

}  // namespace tb::alf
