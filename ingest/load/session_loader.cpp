#include "ingest/load/session_loader.hpp"

#include "ingest/load/commits.hpp"
#include "ingest/load/record_rows.hpp"
#include "ingest/load/statements.hpp"
#include "ingest/load/stored_text.hpp"
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

constexpr int most_tries = 8;

/// Conflicts with other loaders that pass when tried again.
bool is_transient(const Error& error) {
    return error.sqlstate == "40001" || error.sqlstate == "40P01" || error.sqlstate == "55P03" ||
           error.sqlstate == "23505";
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

SessionLoader::SessionLoader(const Paradigm& paradigm, db::Session session,
                             store::StoreOptions store)
    : paradigm_(paradigm), session_(std::move(session)), store_(std::move(store)) {
    commit_without_waiting(session_);
}

std::vector<SessionState> SessionLoader::states_now(
    std::span<const SessionRecord* const> sessions) {
    auto states = states_of(session_, paradigm_, sessions);
    for (std::size_t i = 0; i < states.size(); ++i) {
        auto& state = states[i];
        if (state.is_unchanged())
            state.lost_arrays = has_lost_arrays(*sessions[i], state.session_id);
    }
    return states;
}

std::vector<LoadOutcome> SessionLoader::preview_all(
    std::span<const SessionRecord* const> sessions) {
    std::vector<LoadOutcome> outcomes(sessions.size());
    std::vector<const SessionRecord*> asked;
    std::vector<std::size_t> places;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        try {
            paradigm_.require_loadable(*sessions[i]);
        } catch (const Error& error) {
            outcomes[i].error = error;
            continue;
        }
        if (!seen.insert(sessions[i]->source + ":" + sessions[i]->identifier()).second) continue;
        asked.push_back(sessions[i]);
        places.push_back(i);
    }
    if (asked.empty()) return outcomes;
    const auto states = states_now(asked);
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto& state = states[i];
        auto& result = outcomes[places[i]].result;
        result.session_id = state.session_id;
        if (state.is_unchanged()) continue;
        result.outcome = state.held.is_loaded ? Outcome::updated : Outcome::added;
        result.trials = state.needs_rows() ? paradigm_.count_trials(*asked[i]) : 0;
    }
    return outcomes;
}

bool SessionLoader::has_lost_arrays(const SessionRecord& session, const std::string& session_id) {
    if (!paradigm_.has_arrays(session) || store_.root.empty()) return false;
    for (const auto& file : paradigm_.array_files(session_, session_id)) {
        std::error_code unknown;
        if (std::filesystem::exists(store_.root / file, unknown)) continue;
        // All of them are missing where the store is not there at all.
        if (store_.access) store_.access->require_readable();
        return true;
    }
    return false;
}

LoadResult SessionLoader::preview(const SessionRecord& session) {
    const auto* one = &session;
    const auto outcome = preview_all({&one, 1}).front();
    if (outcome.error) throw Error(*outcome.error);
    return outcome.result;
}

LoadResult SessionLoader::load(const SessionRecord& session) {
    paradigm_.require_loadable(session);
    const auto* one = &session;
    return write({&one, 1}).front();
}

std::vector<LoadOutcome> SessionLoader::load_all(std::span<const SessionRecord* const> sessions) {
    std::vector<LoadOutcome> outcomes(sessions.size());
    // Together: those that can be loaded at all, and each once.
    std::vector<const SessionRecord*> together;
    std::vector<std::size_t> places, alone;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        if (!seen.insert(sessions[i]->source + ":" + sessions[i]->identifier()).second) {
            alone.push_back(i);
            continue;
        }
        try {
            paradigm_.require_loadable(*sessions[i]);
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

std::vector<LoadResult> SessionLoader::write(std::span<const SessionRecord* const> sessions) {
    static thread_local std::minstd_rand random{std::random_device{}()};
    std::vector<std::unique_ptr<SessionArrays>> arrays(sessions.size());
    std::vector<HeldRows> written_for(sessions.size());
    const auto discard = [&] {
        for (auto& one : arrays)
            if (one) one->discard();
    };
    for (int tries = 1;; ++tries) {
        try {
            const auto states = states_now(sessions);
            std::vector<LoadResult> results;
            std::vector<SessionToWrite> to_write;
            for (std::size_t i = 0; i < sessions.size(); ++i) {
                const auto& state = states[i];
                results.push_back({Outcome::unchanged, state.session_id, 0, {}});
                if (!state.needs_rows() || written_for[i] != state.held) {
                    // Another loader was quicker: nobody names the file that was written meanwhile.
                    if (arrays[i]) arrays[i]->discard();
                    arrays[i].reset();
                }
                if (state.is_unchanged()) continue;
                results.back().outcome = state.held.is_loaded ? Outcome::updated : Outcome::added;
                if (state.needs_rows()) {
                    results.back().trials = paradigm_.count_trials(*sessions[i]);
                    written_for[i] = state.held;
                    if (!arrays[i])
                        arrays[i] = paradigm_.write_arrays(store_, *sessions[i], state, session_);
                }
                if (arrays[i]) results.back().left_out = arrays[i]->left_out();
                to_write.push_back({sessions[i], &state, arrays[i].get()});
            }
            if (to_write.empty()) return results;
            if (store_.access && std::ranges::any_of(to_write, [](const auto& one) {
                    return one.arrays != nullptr;
                }))
                store_.access->require_still_ours(session_);
            db::Transaction transaction(session_);
            require_same_states(to_write);
            write_rows(to_write);
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

/// Arrays were written for sessions as they stood before the transaction. Another load of the same
/// session that was quicker meanwhile would make one of the two files an orphan: then all is tried
/// again, on what stands now.
void SessionLoader::require_same_states(std::span<const SessionToWrite> sessions) {
    std::vector<std::string> keys;
    std::vector<const SessionRecord*> with_arrays;
    std::vector<const SessionState*> before;
    for (const auto& one : sessions) {
        if (one.arrays == nullptr) continue;
        keys.push_back(one.state->session_id);
        with_arrays.push_back(one.record);
        before.push_back(one.state);
    }
    if (keys.empty()) return;
    session_.exec_prepared(statement("session_locks"), db::Params().text_array(keys));
    const auto now = states_of(session_, paradigm_, with_arrays);
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

void SessionLoader::write_rows(std::span<const SessionToWrite> sessions) {
    // Parents before children, always in this order: two loaders wait for each other, never in a
    // circle.
    std::vector<db::Session::Step> steps;
    add_record_steps(paradigm_, sessions, steps);
    std::vector<SessionToWrite> with_rows;
    for (const auto& one : sessions)
        if (one.state->needs_rows()) with_rows.push_back(one);
    for (const auto& one : with_rows)
        if (one.arrays != nullptr) one.arrays->add_array_rows(steps);
    add_care_steps(with_rows, steps);
    if (!with_rows.empty()) paradigm_.add_rows(with_rows, steps);
    session_.pipeline(steps);
    if (!with_rows.empty()) paradigm_.copy_rows(session_, with_rows, columns_);
}

void SessionLoader::record(const Failure& failure) {
    record_failure(session_, failure);
}

void SessionLoader::resolve_refusals(const std::vector<std::string>& files) {
    std::vector<std::string> kept;  // as errors keep them
    for (const auto& file : files) kept.push_back(cut(file, longest_message));
    session_.exec_prepared(statement("refusals_resolved"), db::Params().text_array(kept));
}

void SessionLoader::flush() {
    flush_commits(session_);
}

}  // namespace tb::load
