#include "ingest/load/session_loader.hpp"

#include "ingest/load/photometry_writer.hpp"
#include "ingest/load/statements.hpp"
#include "src/base/uuid.hpp"
#include "src/store/store_identity.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <random>
#include <set>
#include <thread>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::load {
namespace {

using db::Params;
using Step = db::Session::Step;

constexpr int most_tries = 8;

std::string subject_identifier(const ChoiceSession& session) {
    return session.lab + "/" + session.subject;
}

/// Files with distinct keys, as columns.
struct Files {
    explicit Files(const ChoiceSession& session) {
        std::set<std::tuple<std::string, std::string, std::string>> seen;
        for (const auto& file : session.files) {
            if (!seen.emplace(file.collection, file.name, file.revision).second) continue;
            collection.push_back(file.collection);
            name.push_back(file.name);
            revision.push_back(file.revision);
            size_bytes.push_back(static_cast<std::int64_t>(file.size_bytes));
            sha256.push_back(file.sha256);
            dataset_type.push_back(file.dataset_type);
            extension.push_back(file.extension);
            dataset_id.push_back(Uuid::parse(file.dataset_id) ? file.dataset_id : std::string());
            is_used.emplace_back(file.is_used ? "t" : "f");
        }
    }
    std::vector<std::string> collection, name, revision, sha256, dataset_type, extension,
        dataset_id, is_used;
    std::vector<std::int64_t> size_bytes;
};

struct Issues {
    explicit Issues(const std::vector<SessionIssue>& issues) {
        for (const auto& issue : issues) {
            dataset.push_back(db::sanitize_text(issue.dataset));
            type.push_back(db::sanitize_text(issue.type));
            message.push_back(db::sanitize_text(issue.message));
        }
    }
    std::vector<std::string> dataset, type, message;
};

/// complete, partial or missing: spec/ibl_behavior.md, 1.6.
std::string_view completeness(const std::vector<double>& values) {
    const auto missing =
        std::count_if(values.begin(), values.end(), [](double v) { return std::isnan(v); });
    if (static_cast<std::size_t>(missing) == values.size()) return "missing";
    return missing > 0 ? "partial" : "complete";
}

double at(const std::vector<double>& values, std::size_t row) {
    return values.empty() ? NAN : values[row];
}

/// Trials reported on the side of a contrast above 0: spec/ibl_behavior.md, 1.6.
std::int64_t count_correct(const ChoiceTrials& trials) {
    std::int64_t correct = 0;
    for (std::size_t i = 0; i < trials.choice.size(); ++i) {
        const double choice = trials.choice[i];
        correct += (choice == 1 && at(trials.contrast_left, i) > 0) ||
                   (choice == -1 && at(trials.contrast_right, i) > 0);
    }
    return correct;
}

/// Trials without end, choice or probability are not stored (spec/ibl_behavior.md, 1.6), unless the
/// source has no such column at all.
bool is_stored(const ChoiceTrials& trials, std::size_t row) {
    const auto has = [&](const std::vector<double>& values) {
        return values.empty() || !std::isnan(values[row]);
    };
    return has(trials.choice) && has(trials.end_s) && has(trials.probability_left);
}

std::int64_t count_stored(const ChoiceTrials& trials) {
    std::int64_t stored = 0;
    for (std::size_t i = 0; i < trials.count; ++i) stored += is_stored(trials, i) ? 1 : 0;
    return stored;
}

void require_loadable(const ChoiceSession& session) {
    if (session.trials.choice.empty() && !(session.photometry && session.trials.count == 0)) {
        throw Error(ErrorKind::data, fmt::format("session {} has no choices", session.identifier()),
                    "Without trials.choice there are no trials to store.", "MissingExtractedData");
    }
    for (const auto& column : trial_columns()) {
        const auto& values = session.trials.*column.values;
        if (values.empty() || values.size() == session.trials.count) continue;
        throw Error(ErrorKind::internal,
                    fmt::format("session {}: {} values of {} for {} trials", session.identifier(),
                                values.size(), column.name, session.trials.count));
    }
}

/// Conflicts with other loaders that pass when tried again.
bool is_transient(const Error& error) {
    return error.sqlstate == "40001" || error.sqlstate == "40P01" || error.sqlstate == "55P03" ||
           error.sqlstate == "23505";
}

std::optional<std::string> details_of(const ChoiceSession& session) {
    if (!session.rig_version) return std::nullopt;
    return nlohmann::json{{"rig_version", db::sanitize_text(*session.rig_version)}}.dump();
}

/// Movements that the table can hold, and issues about the others.
std::vector<SessionIssue> loader_issues(const ChoiceSession& session) {
    std::vector<SessionIssue> issues = session.issues;
    if (session.wheel_moves) {
        const auto& moves = *session.wheel_moves;
        std::size_t dropped = 0;
        for (std::size_t i = 0; i < moves.onset_s.size(); ++i)
            dropped += moves.offset_s[i] >= moves.onset_s[i] ? 0 : 1;
        if (dropped > 0) {
            issues.push_back(
                {"OutOfRange", "wheelMoves.intervals",
                 fmt::format("{} of {} movements end before they begin or lack a time; left out",
                             dropped, moves.onset_s.size())});
        }
    }
    const auto stored = count_stored(session.trials);
    if (const auto count = static_cast<std::int64_t>(session.trials.count); stored < count) {
        issues.push_back({"IncompleteTrials", "trials.choice",
                          fmt::format("{} of {} trials lack choice, end or probability; left out",
                                      count - stored, count)});
    }
    return issues;
}

}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::added:
            return "added";
        case Outcome::updated:
            return "updated";
        case Outcome::unchanged:
            return "unchanged";
    }
    return "unchanged";
}

Failure failure_of(const Error& error, std::string source, std::string identifier, std::string lab,
                   std::string file) {
    Failure failure{std::move(source), std::move(identifier), std::move(lab), error.type(),
                    error.what(),      error.hint(),          std::move(file)};
    if (!failure.type.empty()) return failure;
    if (error.sqlstate.starts_with("23")) {
        failure.type = "ConstraintViolation";
    } else if (error.kind() == ErrorKind::io) {
        failure.type = "UnreadableFile";
    } else if (error.kind() == ErrorKind::usage) {
        failure.type = "Usage";
    } else if (error.kind() == ErrorKind::data) {
        failure.type = "InvalidData";
    } else {
        failure.type = "LoadError";
    }
    return failure;
}

struct SessionLoader::State {
    std::string session_id;
    bool is_known = false;   // core.session has it
    bool is_loaded = false;  // its trials, or its photometry, are there
    bool lacks_arrays =
        false;  // photometry or wheel of the files is not there, or its arrays' files
    std::int64_t changed_files = 0;
    std::int64_t changed_used_files = 0;

    [[nodiscard]] bool is_unchanged() const {
        return is_loaded && changed_files == 0 && !lacks_arrays;
    }
    [[nodiscard]] bool needs_trials() const {
        return !is_loaded || changed_used_files > 0 || lacks_arrays;
    }
};

SessionLoader::SessionLoader(db::Session session, store::StoreOptions store)
    : session_(std::move(session)), store_(std::move(store)) {
    session_.exec({"asynchronous commit", "set synchronous_commit = off"});
    const auto columns =
        session_.exec({"columns of task.choice_trial",
                       "select attname from pg_catalog.pg_attribute where attrelid = "
                       "'task.choice_trial'::regclass and attnum > 0 "
                       "and not attisdropped and attgenerated = '' order by attnum"});
    for (std::size_t i = 0; i < columns.rows(); ++i)
        trial_columns_.push_back(columns.get<std::string>(i, "attname"));
}

SessionLoader::State SessionLoader::state_of(const ChoiceSession& session) {
    const Files files(session);
    const auto row = session_.exec_prepared(
        statement("state"), Params()
                                .text(session.source)
                                .text(session.identifier())
                                .text(source_uuid(session.source, session.identifier()).to_string())
                                .text_array(files.collection)
                                .text_array(files.name)
                                .text_array(files.revision)
                                .int8_array(files.size_bytes)
                                .text_array(files.sha256)
                                .text_array(files.is_used)
                                .boolean(session.photometry.has_value())
                                .boolean(session.wheel && !session.wheel->position.empty()));
    return {row.get<std::string>(0, "session_id"),
            row.get<bool>(0, "is_known"),
            row.get<bool>(0, "is_loaded"),
            row.get<bool>(0, "lacks_arrays"),
            row.get<std::int64_t>(0, "changed_files"),
            row.get<std::int64_t>(0, "changed_used_files")};
}

bool SessionLoader::has_lost_arrays(const ChoiceSession& session, const std::string& session_id) {
    if (!has_arrays(session) || store_.root.empty()) return false;
    const auto files = session_.exec_prepared(statement("array_files"), Params().text(session_id));
    for (std::size_t i = 0; i < files.rows(); ++i) {
        std::error_code unknown;
        if (std::filesystem::exists(store_.root / files.get<std::string>(i, 0), unknown)) continue;
        // All of them are missing where the store is not there at all.
        if (store_.access) store_.access->require_readable();
        return true;
    }
    return false;
}

LoadResult SessionLoader::preview(const ChoiceSession& session) {
    require_loadable(session);
    auto state = state_of(session);
    if (state.is_unchanged()) state.lacks_arrays = has_lost_arrays(session, state.session_id);
    if (state.is_unchanged()) return {Outcome::unchanged, state.session_id, 0};
    return {state.is_loaded ? Outcome::updated : Outcome::added, state.session_id,
            state.needs_trials() ? count_stored(session.trials) : 0};
}

LoadResult SessionLoader::load(const ChoiceSession& session) {
    require_loadable(session);
    static thread_local std::minstd_rand random{std::random_device{}()};
    std::optional<SessionArrays> arrays;
    for (int tries = 1;; ++tries) {
        try {
            auto state = state_of(session);
            if (state.is_unchanged())
                state.lacks_arrays = has_lost_arrays(session, state.session_id);
            if (state.is_unchanged()) {
                // Another program has loaded it since this one tried: its arrays are the ones.
                if (arrays) arrays->discard();
                return {Outcome::unchanged, state.session_id, 0};
            }
            if (!arrays) arrays.emplace(store_, session, state.session_id);
            return write(session, state, *arrays);
        } catch (const Error& error) {
            session_.rollback();
            if (tries < most_tries && is_transient(error)) {
                const auto longest = 10 << tries;
                std::this_thread::sleep_for(std::chrono::milliseconds(
                    std::uniform_int_distribution<int>(longest / 2, longest)(random)));
                continue;
            }
            // After a lost connection nobody knows whether the rows are there: the file stays.
            if (arrays && error.kind() != ErrorKind::unavailable) arrays->discard();
            throw;
        }
    }
}

LoadResult SessionLoader::write(const ChoiceSession& session, const State& state,
                                const SessionArrays& arrays) {
    const auto& id = state.session_id;
    const auto& trials = session.trials;
    const auto subject = subject_identifier(session);
    const Files files(session);
    auto issues = loader_issues(session);
    auto end_time = session.end_time;
    if (end_time && session.start_time && *end_time < *session.start_time) {
        issues.push_back({"OutOfRange", "session.end_time",
                          fmt::format("the session ends at {}, before it starts at {}; left out",
                                      *end_time, *session.start_time)});
        end_time.reset();
    }
    const Issues issue_columns(issues);

    db::Transaction transaction(session_);
    // Parents before children, always in this order: two loaders wait for each other, never in a
    // circle.
    std::vector<Step> steps;
    steps.push_back(step("lab", Params().text(session.lab)));
    steps.push_back(step("subject", Params()
                                        .text(source_uuid(session.source, subject).to_string())
                                        .text(session.lab)
                                        .text(session.subject)
                                        .text(session.source)
                                        .text(subject)));
    steps.push_back(
        step("subject_alias",
             Params().text(session.lab).text(session.subject).text(session.source).text(subject)));
    steps.push_back(step("session", Params()
                                        .text(id)
                                        .text(session.lab)
                                        .text(session.source)
                                        .text(subject)
                                        .text(session.date)
                                        .text(session.number)
                                        .text(session.start_time)
                                        .text(end_time)
                                        .text(session.task_protocol)
                                        .text(session.rig_name)
                                        .number(session.session_delay_s.value_or(NAN))
                                        .text(details_of(session))));
    steps.push_back(
        step("session_alias", Params().text(session.source).text(session.identifier()).text(id)));
    if (session.user && !session.user->empty()) {
        steps.push_back(step("member", Params().text(*session.user)));
        steps.push_back(step("session_member", Params().text(id).text(*session.user)));
    }
    steps.push_back(step("dataset_types", Params().text_array(files.dataset_type)));
    steps.push_back(step("datasets", Params()
                                         .text(id)
                                         .text_array(files.collection)
                                         .text_array(files.name)
                                         .text_array(files.revision)
                                         .int8_array(files.size_bytes)
                                         .text_array(files.sha256)
                                         .text_array(files.dataset_type)
                                         .text_array(files.extension)
                                         .text_array(files.dataset_id)));
    if (state.is_known) {
        steps.push_back(step("issues_delete", Params()
                                                  .text(id)
                                                  .text_array(issue_columns.dataset)
                                                  .text_array(issue_columns.type)
                                                  .text_array(issue_columns.message)));
    }
    steps.push_back(step("issues", Params()
                                       .text(id)
                                       .text_array(issue_columns.dataset)
                                       .text_array(issue_columns.type)
                                       .text_array(issue_columns.message)));
    steps.push_back(
        step("errors_resolved", Params().text(session.source).text(session.identifier())));
    LoadResult result{state.is_loaded ? Outcome::updated : Outcome::added, id, 0};
    if (state.needs_trials()) {
        arrays.add_array_rows(steps);
        for (const auto& weighing : session.weighings) {
            // One subject, one moment, one weighing: the same key from every file that tells it.
            const auto key =
                uuid5(source_uuid(session.source, subject), "weighing:" + weighing.time);
            steps.push_back(step("weighing", Params()
                                                 .text(key.to_string())
                                                 .text(session.source)
                                                 .text(subject)
                                                 .text(weighing.time)
                                                 .number(weighing.weight_g)));
        }
        if (state.is_known) {
            for (const auto* table : {"task.choice_trial", "task.wheel_move", "task.lick"}) {
                steps.push_back(delete_step(table, id));
            }
            if (!session.wheel) steps.push_back(delete_step("task.wheel_recording", id));
        }
        if (!trials.choice.empty())
            steps.push_back(step("choice_session",
                                 Params()
                                     .text(id)
                                     .integer(static_cast<std::int64_t>(trials.count))
                                     .integer(count_correct(trials))
                                     .number(trials.start_s.empty() ? NAN : trials.start_s.front())
                                     .number(trials.end_s.empty() ? NAN : trials.end_s.back())
                                     .text(completeness(trials.stim_on_s))
                                     .text(completeness(trials.go_cue_s))
                                     .text(completeness(trials.go_cue_trigger_s))
                                     .text(completeness(trials.first_movement_s))
                                     .text(completeness(trials.response_s))
                                     .text(completeness(trials.feedback_s))
                                     .text(completeness(trials.reward_volume_ul))
                                     .text(completeness(trials.rep_num))
                                     .text(completeness(trials.iti_s))
                                     .text(completeness(trials.included))));
        if (session.wheel) {
            const auto& wheel = *session.wheel;
            const bool has_velocity =
                std::any_of(session.files.begin(), session.files.end(),
                            [](const auto& file) { return file.dataset_type == "wheel.velocity"; });
            steps.push_back(
                step("wheel_recording", Params()
                                            .text(id)
                                            .integer(wheel.samples)
                                            .number(wheel.first_s)
                                            .number(wheel.last_s)
                                            .number(wheel.sampling_hz)
                                            .number(wheel.last_position - wheel.first_position)
                                            .number(wheel.travelled)
                                            .boolean(has_velocity)
                                            .text(arrays.wheel_position())
                                            .text(arrays.wheel_times())));
        }
        if (session.wheel_moves) {
            const auto& moves = *session.wheel_moves;
            const std::vector<double> unknown(moves.onset_s.size(), NAN);
            steps.push_back(step(
                "wheel_moves",
                Params()
                    .text(id)
                    .float8_array(moves.onset_s)
                    .float8_array(moves.offset_s)
                    .float8_array(moves.peak_amplitude.empty() ? unknown : moves.peak_amplitude)));
        }
        if (!session.lick_s.empty()) {
            steps.push_back(step("licks", Params().text(id).float8_array(session.lick_s)));
        }
        arrays.add_photometry_rows(steps, state.is_known);
    }
    session_.pipeline(steps);
    if (state.needs_trials()) {
        write_trials(session, id);
        result.trials = count_stored(trials);
    }
    transaction.commit();
    return result;
}

void SessionLoader::write_trials(const ChoiceSession& session, const std::string& session_id) {
    const auto& trials = session.trials;
    std::vector<std::string> names{"session_id", "trial"};
    std::vector<const TrialColumnInfo*> columns;
    for (const auto& column : trial_columns()) {
        if ((trials.*column.values).empty()) continue;
        const auto found = std::find(trial_columns_.begin(), trial_columns_.end(), column.name);
        if (found == trial_columns_.end()) continue;
        names.emplace_back(column.name);
        columns.push_back(&column);
    }
    std::string key;
    const auto uuid = Uuid::parse(session_id).value();
    for (const auto byte : uuid.bytes) key.push_back(static_cast<char>(byte));
    db::CopyIn copy(session_, "task.choice_trial", names);
    for (std::size_t i = 0; i < trials.count; ++i) {
        if (!is_stored(trials, i)) continue;
        copy.next_row();
        copy.put_binary(key);
        copy.put(static_cast<std::int64_t>(i) + 1);
        for (const auto* column : columns) {
            const double value = (trials.*column->values)[i];
            if (column->kind == TrialColumnKind::boolean && !std::isnan(value)) {
                copy.put(value != 0.0);
            } else {
                copy.put(value);
            }
        }
    }
    copy.finish();
}

void SessionLoader::record(const Failure& failure) {
    std::optional<std::string> hint;
    std::optional<std::string> lab;
    std::optional<std::string> key;
    if (!failure.hint.empty()) hint = db::sanitize_text(failure.hint);
    if (!failure.lab.empty()) lab = db::sanitize_text(failure.lab);
    if (std::count(failure.identifier.begin(), failure.identifier.end(), '/') == 3 &&
        !failure.lab.empty()) {
        key = source_uuid(failure.source, failure.identifier).to_string();
    }
    session_.exec_prepared(statement("error"), Params()
                                                   .text(failure.source)
                                                   .text(db::sanitize_text(failure.identifier))
                                                   .text(failure.type)
                                                   .text(db::sanitize_text(failure.message))
                                                   .text(hint)
                                                   .text(db::sanitize_text(failure.file))
                                                   .text(key)
                                                   .text(lab));
}

void SessionLoader::flush() {
    // A commit that waits for the disk takes along all that was committed before it.
    db::Transaction transaction(session_);
    session_.exec({"synchronous commit", "set local synchronous_commit = on"});
    // Something must be written to the log, or the commit would not wait for all its number.
    session_.exec({"flush", "select pg_catalog.pg_logical_emit_message(true, 'trialbase', 'flush')"});
    transaction.commit();
}

}  // namespace tb::load
