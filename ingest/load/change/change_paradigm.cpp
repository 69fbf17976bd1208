#include "ingest/load/change/change_paradigm.hpp"

#include "ingest/load/change/behavior_rows.hpp"
#include "ingest/load/change/change_arrays.hpp"
#include "ingest/load/change/plane_rows.hpp"
#include "ingest/load/change/trial_rows.hpp"
#include "ingest/load/statements.hpp"
#include "trialbase/change_session.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::load {
namespace {

using db::Params;
using Step = db::Session::Step;

/// Columns that task.change_trial needs.
void require_columns(const ChangeSession& session) {
    const auto& trials = session.recording.trials;
    using T = ChangeTrials;
    for (const auto column :
         {&T::start_s, &T::is_change, &T::is_go, &T::is_catch, &T::is_auto_rewarded, &T::is_aborted,
          &T::is_hit, &T::is_miss, &T::is_false_alarm, &T::is_correct_reject}) {
        if ((trials.*column).size() != trials.count)
            throw Error(ErrorKind::internal,
                        fmt::format("session {}: a column of {} values for {} trials",
                                    session.identifier(), (trials.*column).size(), trials.count));
    }
    if (trials.lick_s.size() != trials.count)
        throw Error(ErrorKind::internal,
                    fmt::format("session {}: licks of {} trials, of {}", session.identifier(),
                                trials.lick_s.size(), trials.count));
}

std::size_t bytes_of(const LazyArray& array) {
    return std::accumulate(array.shape.begin(), array.shape.end(), sizeof(double),
                           std::multiplies<>());
}

class ChangeParadigm : public Paradigm {
  public:
    std::string_view name() const override { return "change detection"; }

    void require_loadable(const SessionRecord& record) const override {
        const auto& session = session_as<ChangeSession>(record);
        if (session.recording.trials.count == 0)
            throw Error(
                ErrorKind::data, fmt::format("session {} has no trials", session.identifier()),
                "A session of change detection is loaded with its trials.", "MissingDataset");
        require_columns(session);
    }

    std::string issue_prefix(const SessionRecord& record) const override {
        return session_as<ChangeSession>(record).behavior_file + ":";
    }

    std::int64_t count_trials(const SessionRecord& record) const override {
        return static_cast<std::int64_t>(session_as<ChangeSession>(record).recording.trials.count);
    }

    std::string details(const SessionRecord& record) const override {
        const auto& metadata = session_as<ChangeSession>(record).recording.metadata;
        auto details = nlohmann::json::object();
        const auto keep = [&](const char* name, const std::optional<std::string>& text) {
            if (text) details[name] = db::sanitize_text(*text);
        };
        keep("date_of_acquisition_text", metadata.date_of_acquisition);
        keep("age", metadata.age);
        keep("reporter_line", metadata.reporter_line);
        keep("project_code", metadata.project_code);
        if (metadata.behavior_session_id)
            details["behavior_session_id"] = *metadata.behavior_session_id;
        for (const auto& line : metadata.driver_lines)
            details["driver_line"].push_back(db::sanitize_text(line));
        return details.empty() ? std::string() : details.dump();
    }

    std::vector<HeldRows> held(db::Session& database, std::span<const std::string> session_ids,
                               std::span<const SessionRecord* const> sessions) const override {
        std::vector<std::string> planes;
        for (const auto* record : sessions) {
            const auto& session = session_as<ChangeSession>(*record);
            planes.push_back(session.plane ? std::to_string(session.plane->number) : "");
        }
        const auto rows = database.exec_prepared(
            statement("change/held"), Params().text_array(session_ids).text_array(planes));
        std::vector<HeldRows> held;
        for (std::size_t i = 0; i < rows.rows(); ++i)
            held.push_back(
                {rows.get<bool>(i, "is_loaded"), false, rows.get<std::string>(i, "behavior_file")});
        return held;
    }

    bool has_arrays(const SessionRecord& record) const override {
        const auto& session = session_as<ChangeSession>(record);
        const auto& recording = session.recording;
        return session.plane || !recording.stimulus_frame_time_s.empty() || recording.running ||
               recording.eye_tracking || !session.templates.empty();
    }

    std::size_t array_bytes(const SessionRecord& record) const override {
        const auto& session = session_as<ChangeSession>(record);
        const auto& recording = session.recording;
        std::size_t bytes = recording.stimulus_frame_time_s.size() * sizeof(double);
        if (recording.running) bytes += recording.running->time_s.size() * 6 * sizeof(double);
        if (recording.eye_tracking)
            bytes += recording.eye_tracking->time_s.size() * 24 * sizeof(double);
        bytes += recording.presentations.count * 32 * sizeof(double);
        // Arrays that stay in their file are written piece by piece into a file in memory.
        for (const auto& set : session.templates)
            for (const auto* array : {&set.warped, &set.unwarped})
                if (*array) bytes += bytes_of(**array);
        if (session.plane)
            for (const auto& traces : session.plane->traces) bytes += bytes_of(traces.values);
        if (session.plane && session.plane->masks) bytes += bytes_of(*session.plane->masks);
        return bytes;
    }

    std::vector<std::string> array_files(db::Session& database,
                                         const std::string& session_id) const override {
        const auto rows =
            database.exec_prepared(statement("change/array_files"), Params().text(session_id));
        std::vector<std::string> files;
        for (std::size_t i = 0; i < rows.rows(); ++i) files.push_back(rows.get<std::string>(i, 0));
        return files;
    }

    std::unique_ptr<SessionArrays> write_arrays(const store::StoreOptions& store,
                                                const SessionRecord& record,
                                                const SessionState& state,
                                                db::Session& database) const override {
        const auto& session = session_as<ChangeSession>(record);
        if (!has_arrays(record) || (!session.plane && !writes_behavior(session, state)))
            return nullptr;
        return std::make_unique<ChangeArrays>(store, session, state, array_bytes(record), database);
    }

    void add_rows(std::span<const SessionToWrite> sessions,
                  std::vector<Step>& steps) const override {
        add_behavior_steps(sessions, steps);
        add_plane_steps(sessions, steps);
    }

    void copy_rows(db::Session& database, std::span<const SessionToWrite> sessions,
                   TableColumns&) const override {
        copy_change_rows(database, sessions);
    }
};

}  // namespace

const Paradigm& change_paradigm() {
    static const ChangeParadigm paradigm;
    return paradigm;
}

}  // namespace tb::load
