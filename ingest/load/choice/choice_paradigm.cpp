#include "ingest/load/choice/choice_paradigm.hpp"

#include "ingest/load/choice/choice_arrays.hpp"
#include "ingest/load/choice/photometry_rows.hpp"
#include "ingest/load/choice/surroundings_rows.hpp"
#include "ingest/load/choice/trial_rows.hpp"
#include "ingest/load/choice/wheel_rows.hpp"
#include "ingest/load/lick_rows.hpp"
#include "ingest/load/statements.hpp"
#include "ingest/load/stored_text.hpp"
#include "trialbase/choice_session.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::load {
namespace {

using db::Params;
using Step = db::Session::Step;
using Texts = std::vector<std::string>;

/// Of sessions that are there already: what is replaced, or no longer in the files.
void add_delete_steps(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Texts known, without_wheel, without_trials;
    for (const auto& one : sessions) {
        if (!one.state->is_known) continue;
        known.push_back(one.state->session_id);
        const auto& session = session_as<ChoiceSession>(*one.record);
        if (!session.wheel) without_wheel.push_back(one.state->session_id);
        if (session.trials.choice.empty()) without_trials.push_back(one.state->session_id);
    }
    if (known.empty()) return;
    for (const auto* table : {"task.choice_trial", "task.wheel_move", "task.lick",
                              "task.ambient_reading", "task.passive_period",
                              "task.passive_stimulus", "task.passive_frame"})
        steps.push_back(delete_step(table, known));
    if (!without_wheel.empty()) steps.push_back(delete_step("task.wheel_recording", without_wheel));
    if (!without_trials.empty())
        steps.push_back(delete_step("task.choice_session", without_trials));
}

/// What rigs counted of sessions whose raw files were read.
void add_recorded_counts_step(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Texts key;
    std::vector<std::int64_t> trials, correct;
    for (const auto& one : sessions) {
        const auto& record = session_as<ChoiceSession>(*one.record).rig_record;
        if (!record) continue;
        key.push_back(one.state->session_id);
        trials.push_back(record->n_trials);
        correct.push_back(record->n_correct);
    }
    if (key.empty()) return;
    steps.push_back(step("choice/recorded_counts",
                         Params().text_array(key).int8_array(trials).int8_array(correct)));
}

class ChoiceParadigm : public Paradigm {
  public:
    std::string_view name() const override { return "choice"; }

    void require_loadable(const SessionRecord& record) const override {
        const auto& session = session_as<ChoiceSession>(record);
        const bool needs_no_trials = session.photometry || session.is_without_choices;
        if (session.trials.choice.empty() && !(needs_no_trials && session.trials.count == 0)) {
            throw Error(
                ErrorKind::data, fmt::format("session {} has no choices", session.identifier()),
                "Without trials.choice there are no trials to store.", "MissingExtractedData");
        }
        for (const auto& column : trial_columns()) {
            const auto& values = session.trials.*column.values;
            if (values.empty() || values.size() == session.trials.count) continue;
            throw Error(
                ErrorKind::internal,
                fmt::format("session {}: {} values of {} for {} trials", session.identifier(),
                            values.size(), column.name, session.trials.count));
        }
    }

    std::vector<SessionIssue> issues(const SessionRecord& record) const override {
        const auto& session = session_as<ChoiceSession>(record);
        std::vector<SessionIssue> issues;
        if (session.wheel_moves) {
            const auto& moves = *session.wheel_moves;
            std::size_t dropped = 0;
            for (std::size_t i = 0; i < moves.onset_s.size(); ++i)
                dropped += moves.offset_s[i] >= moves.onset_s[i] ? 0 : 1;
            if (dropped > 0) {
                issues.push_back(
                    {"OutOfRange", "wheelMoves.intervals",
                     fmt::format(
                         "{} of {} movements end before they begin or lack a time; left out",
                         dropped, moves.onset_s.size())});
            }
        }
        const auto stored = count_stored(session.trials);
        if (const auto count = static_cast<std::int64_t>(session.trials.count); stored < count) {
            issues.push_back(
                {"IncompleteTrials", "trials.choice",
                 fmt::format("{} of {} trials lack choice, end or probability; left out",
                             count - stored, count)});
        }
        return issues;
    }

    std::int64_t count_trials(const SessionRecord& record) const override {
        return count_stored(session_as<ChoiceSession>(record).trials);
    }

    std::string details(const SessionRecord& record) const override {
        const auto& session = session_as<ChoiceSession>(record);
        if (session.tasks.empty() && !session.rig_record) return {};
        auto details = nlohmann::json::object();
        if (session.rig_record) {
            const auto& rig = *session.rig_record;
            for (const auto& file : rig.files)
                details["extracted_from"].push_back(db::sanitize_text(file));
            details["is_mock"] = rig.is_mock;
            if (rig.poop_count) details["poop_count"] = *rig.poop_count;
            if (rig.task_version) details["task_version"] = db::sanitize_text(*rig.task_version);
        }
        for (const auto& task : session.tasks) {
            nlohmann::json entry{{"collection", db::sanitize_text(task.collection)},
                                 {"first_trial", task.first_trial},
                                 {"n_trials", task.n_trials},
                                 {"time_offset_s", task.offset_s}};
            if (task.protocol) entry["protocol"] = db::sanitize_text(*task.protocol);
            details["tasks"].push_back(std::move(entry));
        }
        return details.dump();
    }

    std::vector<HeldRows> held(db::Session& database, std::span<const std::string> session_ids,
                               std::span<const SessionRecord* const> sessions) const override {
        Texts has_photometry, has_wheel, is_without_choices;
        for (const auto* record : sessions) {
            const auto& session = session_as<ChoiceSession>(*record);
            has_photometry.push_back(flag(session.photometry.has_value()));
            has_wheel.push_back(flag(session.wheel && !session.wheel->position.empty()));
            is_without_choices.push_back(flag(session.is_without_choices));
        }
        const auto rows =
            database.exec_prepared(statement("choice/held"), Params()
                                                                 .text_array(session_ids)
                                                                 .text_array(has_photometry)
                                                                 .text_array(has_wheel)
                                                                 .text_array(is_without_choices));
        std::vector<HeldRows> held;
        for (std::size_t i = 0; i < rows.rows(); ++i)
            held.push_back({rows.get<bool>(i, "is_loaded"), rows.get<bool>(i, "lacks_arrays")});
        return held;
    }

    bool has_arrays(const SessionRecord& record) const override {
        return has_choice_arrays(session_as<ChoiceSession>(record));
    }

    std::size_t array_bytes(const SessionRecord& record) const override {
        const auto& session = session_as<ChoiceSession>(record);
        std::size_t values = 0;
        if (session.wheel) values += session.wheel->time_s.size() + session.wheel->position.size();
        if (session.photometry) {
            values += session.photometry->frame_times_s.size();
            for (const auto& band : session.photometry->bands)
                values += band.times_s.size() * (1 + band.signals.size());
        }
        return values * sizeof(double);
    }

    std::vector<std::string> array_files(db::Session& database,
                                         const std::string& session_id) const override {
        const auto rows =
            database.exec_prepared(statement("choice/array_files"), Params().text(session_id));
        std::vector<std::string> files;
        for (std::size_t i = 0; i < rows.rows(); ++i) files.push_back(rows.get<std::string>(i, 0));
        return files;
    }

    std::unique_ptr<SessionArrays> write_arrays(const store::StoreOptions& store,
                                                const SessionRecord& record,
                                                const SessionState& state,
                                                db::Session&) const override {
        const auto& session = session_as<ChoiceSession>(record);
        if (!has_choice_arrays(session) && !session.photometry) return nullptr;
        return std::make_unique<ChoiceArrays>(store, session, state.session_id);
    }

    void add_rows(std::span<const SessionToWrite> sessions,
                  std::vector<Step>& steps) const override {
        add_delete_steps(sessions, steps);
        add_choice_session_steps(sessions, steps);
        add_recorded_counts_step(sessions, steps);
        add_wheel_steps(sessions, steps);
        LickRows licks;
        for (const auto& one : sessions)
            licks.add(one.state->session_id, session_as<ChoiceSession>(*one.record).lick_s);
        licks.add_step(steps);
        add_surroundings_steps(sessions, steps);
        for (const auto& one : sessions) add_photometry_steps(one, steps);
    }

    void copy_rows(db::Session& database, std::span<const SessionToWrite> sessions,
                   TableColumns& columns) const override {
        copy_trials(database, sessions, columns);
    }
};

}  // namespace

const Paradigm& choice_paradigm() {
    static const ChoiceParadigm paradigm;
    return paradigm;
}

}  // namespace tb::load
