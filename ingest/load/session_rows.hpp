// Sessions as rows: the parameters of the loader's statements, each of which writes the rows of
// several sessions.
#pragma once

#include "src/db/session.hpp"
#include "trialbase/choice_session.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tb::load {

class SessionArrays;

/// What the database holds of a session, compared with the files that were found (sql/state.sql).
struct SessionState {
    std::string session_id;
    bool is_known = false;      ///< core.session has it
    bool is_loaded = false;     ///< its trials, or its photometry, are there, or it has none
    bool lacks_arrays = false;  ///< photometry or wheel of the files is not there
    std::int64_t changed_files = 0;
    std::int64_t changed_used_files = 0;
    std::int64_t gone_files = 0;
    bool lost_arrays = false;  ///< files of its arrays are not in the store; asked apart
    friend bool operator==(const SessionState&, const SessionState&) = default;

    [[nodiscard]] bool is_unchanged() const {
        return is_loaded && changed_files == 0 && gone_files == 0 && !lacks_arrays && !lost_arrays;
    }
    [[nodiscard]] bool needs_trials() const {
        return !is_loaded || changed_used_files > 0 || gone_files > 0 || lacks_arrays ||
               lost_arrays;
    }
};

/// States in the order of the sessions, each of which may be there once.
[[nodiscard]] std::vector<SessionState> states_of(db::Session& session,
                                                  std::span<const ChoiceSession* const> sessions);

/// A session to be written, with its state and its arrays (which may have none).
struct SessionToWrite {
    const ChoiceSession* session = nullptr;
    const SessionState* state = nullptr;
    const SessionArrays* arrays = nullptr;
};

/// The statements that write everything of the sessions but their trials, parents before children.
[[nodiscard]] std::vector<db::Session::Step> write_steps(std::span<const SessionToWrite> sessions);

/// Writes the trials of those sessions that need them, in one COPY.
/// @param table_columns  of task.choice_trial, generated ones left out
void copy_trials(db::Session& session, std::span<const SessionToWrite> sessions,
                 const std::vector<std::string>& table_columns);

/// Trials without end, choice or probability are not stored (spec/ibl_behavior.md, 1.6), unless the
/// source has no such column at all.
[[nodiscard]] std::int64_t count_stored(const ChoiceTrials& trials);

/// Text for a person, cut to a sensible length: a hostile file may put anything into a message.
[[nodiscard]] std::string cut(std::string_view text, std::size_t most);
inline constexpr std::size_t longest_message = 2000;
inline constexpr std::size_t longest_name = 500;

}  // namespace tb::load
