#include "ingest/load/session_loader.hpp"

#include "ingest/load/photometry_writer.hpp"
#include "ingest/load/session_rows.hpp"
#include "ingest/load/statements.hpp"
#include "src/base/uuid.hpp"
#include "src/store/store_identity.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include <fmt/format.h>

namespace tb::load {
namespace {

using db::Params;

constexpr int most_tries = 8;

void require_loadable(const ChoiceSession& session) {
    const bool needs_no_trials = session.photometry || session.is_without_choices;
    if (session.trials.choice.empty() && !(needs_no_trials && session.trials.count == 0)) {
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

/// Arrays were written for sessions as they stood before the transaction. Another load of the same
/// session that was quicker meanwhile would make one of the two files an orphan: then all is tried
/// again, on what stands now.
void require_same_states(db::Session& session, std::span<const SessionToWrite> sessions) {
    std::vector<std::string> keys;
    std::vector<const ChoiceSession*> with_arrays;
    std::vector<const SessionState*> before;
    for (const auto& one : sessions) {
        if (one.arrays == nullptr) continue;
        keys.push_back(one.state->session_id);
        with_arrays.push_back(one.session);
        before.push_back(one.state);
    }
    if (keys.empty()) return;
    session.exec_prepared(statement("session_locks"), Params().text_array(keys));
    const auto now = states_of(session, with_arrays);
    for (std::size_t i = 0; i < now.size(); ++i) {
        auto seen = *before[i];
        seen.lost_arrays = false;  // of the store, not of the database
        if (now[i] == seen) continue;
        Error error(ErrorKind::conflict, fmt::format("session {}: another load was quicker",
                                                     with_arrays[i]->identifier()));
        error.sqlstate = "40001";
        throw error;
    }
}

}  // namespace

std::vector<SessionIssue> issues_of(const ChoiceSession& session) {
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

bool is_hopeless(const Error& error) {
    return error.kind() == ErrorKind::unavailable ||
           (error.kind() == ErrorKind::io && !error.sqlstate.empty()) || error.sqlstate == "42501";
}

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

std::vector<LoadOutcome> SessionLoader::preview_all(
    std::span<const ChoiceSession* const> sessions) {
    std::vector<LoadOutcome> outcomes(sessions.size());
    std::vector<const ChoiceSession*> asked;
    std::vector<std::size_t> places;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        try {
            require_loadable(*sessions[i]);
        } catch (const Error& error) {
            outcomes[i].error = error;
            continue;
        }
        if (!seen.insert(sessions[i]->source + ":" + sessions[i]->identifier()).second) continue;
        asked.push_back(sessions[i]);
        places.push_back(i);
    }
    if (asked.empty()) return outcomes;
    auto states = states_of(session_, asked);
    for (std::size_t i = 0; i < asked.size(); ++i) {
        auto& state = states[i];
        if (state.is_unchanged()) state.lost_arrays = has_lost_arrays(*asked[i], state.session_id);
        auto& result = outcomes[places[i]].result;
        result.session_id = state.session_id;
        if (state.is_unchanged()) continue;
        result.outcome = state.is_loaded ? Outcome::updated : Outcome::added;
        result.trials = state.needs_trials() ? count_stored(asked[i]->trials) : 0;
    }
    return outcomes;
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
    const auto* one = &session;
    const auto outcome = preview_all({&one, 1}).front();
    if (outcome.error) throw Error(*outcome.error);
    return outcome.result;
}

LoadResult SessionLoader::load(const ChoiceSession& session) {
    require_loadable(session);
    const auto* one = &session;
    return write({&one, 1}).front();
}

std::vector<LoadOutcome> SessionLoader::load_all(std::span<const ChoiceSession* const> sessions) {
    std::vector<LoadOutcome> outcomes(sessions.size());
    // Together: those that can be loaded at all, and each once.
    std::vector<const ChoiceSession*> together;
    std::vector<std::size_t> places, alone;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        if (!seen.insert(sessions[i]->source + ":" + sessions[i]->identifier()).second) {
            alone.push_back(i);
            continue;
        }
        try {
            require_loadable(*sessions[i]);
            together.push_back(sessions[i]);
            places.push_back(i);
        } catch (const Error& error) {
            outcomes[i].error = error;
        }
    }
    try {
        if (!together.empty()) {
            const auto results = write(together);
            for (std::size_t i = 0; i < places.size(); ++i) outcomes[places[i]].result = results[i];
        }
    } catch (const Error& error) {
        if (is_hopeless(error)) throw;
        if (places.size() == 1) {
            outcomes[places.front()].error = error;
        } else {  // one of them is bad: it costs itself alone
            alone.insert(alone.end(), places.begin(), places.end());
        }
    }
    std::ranges::sort(alone);
    for (const auto i : alone) {
        try {
            outcomes[i].result = load(*sessions[i]);
        } catch (const Error& error) {
            if (is_hopeless(error)) throw;
            outcomes[i].error = error;
        }
    }
    return outcomes;
}

std::vector<LoadResult> SessionLoader::write(std::span<const ChoiceSession* const> sessions) {
    static thread_local std::minstd_rand random{std::random_device{}()};
    std::vector<std::optional<SessionArrays>> arrays(sessions.size());
    const auto discard = [&] {
        for (auto& one : arrays)
            if (one) one->discard();
    };
    for (int tries = 1;; ++tries) {
        try {
            auto states = states_of(session_, sessions);
            std::vector<LoadResult> results;
            std::vector<SessionToWrite> to_write;
            for (std::size_t i = 0; i < sessions.size(); ++i) {
                auto& state = states[i];
                if (state.is_unchanged())
                    state.lost_arrays = has_lost_arrays(*sessions[i], state.session_id);
                results.push_back({Outcome::unchanged, state.session_id, 0});
                if (state.is_unchanged()) {
                    // Another loader was quicker: nobody names the file that was written meanwhile.
                    if (arrays[i]) arrays[i]->discard();
                    arrays[i].reset();
                    continue;
                }
                results.back().outcome = state.is_loaded ? Outcome::updated : Outcome::added;
                if (state.needs_trials()) results.back().trials = count_stored(sessions[i]->trials);
                if (!arrays[i] && (has_arrays(*sessions[i]) || sessions[i]->photometry))
                    arrays[i].emplace(store_, *sessions[i], state.session_id);
                to_write.push_back({sessions[i], &state, arrays[i] ? &*arrays[i] : nullptr});
            }
            if (to_write.empty()) return results;
            if (store_.access && std::ranges::any_of(to_write, [](const auto& one) {
                    return one.arrays != nullptr;
                }))
                store_.access->require_still_ours(session_);
            db::Transaction transaction(session_);
            require_same_states(session_, to_write);
            session_.pipeline(write_steps(to_write));
            copy_trials(session_, to_write, trial_columns_);
            transaction.commit();
            return results;
        } catch (const Error& error) {
            session_.rollback();
            if (tries < most_tries && is_transient(error)) {
                const auto longest = 10 << tries;
                std::this_thread::sleep_for(std::chrono::milliseconds(
                    std::uniform_int_distribution<int>(longest / 2, longest)(random)));
                continue;
            }
            // After a lost connection nobody knows whether the rows are there: the files stay.
            if (error.kind() != ErrorKind::unavailable || store::is_store_unavailable(error))
                discard();
            throw;
        }
    }
}

void SessionLoader::record(const Failure& failure) {
    std::optional<std::string> hint;
    std::optional<std::string> lab;
    std::optional<std::string> key;
    if (!failure.hint.empty()) hint = cut(failure.hint, longest_message);
    if (!failure.lab.empty()) lab = cut(failure.lab, longest_name);
    if (std::count(failure.identifier.begin(), failure.identifier.end(), '/') == 3 &&
        !failure.lab.empty()) {
        key = source_uuid(failure.source, failure.identifier).to_string();
    }
    session_.exec_prepared(statement("error"), Params()
                                                   .text(failure.source)
                                                   .text(cut(failure.identifier, longest_message))
                                                   .text(cut(failure.type, longest_name))
                                                   .text(cut(failure.message, longest_message))
                                                   .text(hint)
                                                   .text(cut(failure.file, longest_message))
                                                   .text(key)
                                                   .text(lab));
}

std::map<std::string, std::size_t> SessionLoader::remark_on_twins(
    const std::vector<std::string>& session_ids) {
    std::map<std::string, std::size_t> issues;
    if (session_ids.empty()) return issues;
    const auto rows = session_.exec(statement("twins"), Params().text_array(session_ids));
    for (std::size_t i = 0; i < rows.rows(); ++i)
        issues[rows.get<std::string>(i, "issue_type")] =
            static_cast<std::size_t>(rows.get<std::int64_t>(i, "issues"));
    return issues;
}

FoundSession found_session(const ChoiceSession& session, const std::string& session_id) {
    FoundSession found{session_id,   session.source, session.lab, session.subject,
                       session.date, session.number, {}};
    for (const auto& file : session.files) {
        if (file.dataset_type.starts_with("trials."))
            found.trial_files.push_back({file.dataset_type, file.sha256});
    }
    return found;
}

std::map<std::string, std::size_t> SessionLoader::preview_twins(
    std::span<const FoundSession> sessions) {
    std::map<std::string, std::size_t> issues;
    if (sessions.empty()) return issues;
    std::vector<std::string> key, source, lab, subject, date, number, file_key, type, sha256;
    for (const auto& one : sessions) {
        key.push_back(one.session_id);
        source.push_back(one.source);
        lab.push_back(one.lab);
        subject.push_back(one.subject);
        date.push_back(one.date);
        number.push_back(one.number);
        for (const auto& file : one.trial_files) {
            file_key.push_back(one.session_id);
            type.push_back(file.dataset_type);
            sha256.push_back(file.sha256);
        }
    }
    const auto rows = session_.exec(statement("twins_found"), Params()
                                                                  .text_array(key)
                                                                  .text_array(source)
                                                                  .text_array(lab)
                                                                  .text_array(subject)
                                                                  .text_array(date)
                                                                  .text_array(number)
                                                                  .text_array(file_key)
                                                                  .text_array(type)
                                                                  .text_array(sha256));
    for (std::size_t i = 0; i < rows.rows(); ++i)
        issues[rows.get<std::string>(i, "issue_type")] =
            static_cast<std::size_t>(rows.get<std::int64_t>(i, "issues"));
    return issues;
}

void SessionLoader::resolve_search(std::span<const std::filesystem::path> places,
                                   std::span<const std::string> met) {
    std::vector<std::string> paths, cut_met;
    for (const auto& place : places) {
        auto path = place.generic_string();
        while (path.size() > 1 && path.back() == '/') path.pop_back();
        paths.push_back(db::sanitize_text(path));
    }
    for (const auto& one : met) cut_met.push_back(cut(one, longest_message));  // as it was kept
    session_.exec(statement("errors_of_search_resolved"),
                  Params().text_array(paths).text_array(cut_met));
}

void SessionLoader::flush() {
    // A commit that waits for the disk takes along all that was committed before it.
    db::Transaction transaction(session_);
    session_.exec({"synchronous commit", "set local synchronous_commit = on"});
    // Something must be written to the log, or the commit would not wait for all its number.
    session_.exec(
        {"flush", "select pg_catalog.pg_logical_emit_message(true, 'trialbase', 'flush')"});
    transaction.commit();
}

}  // namespace tb::load
