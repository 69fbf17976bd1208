// What the database holds of a session, compared with what was found.
#pragma once

#include "src/db/session.hpp"
#include "trialbase/session_record.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tb::load {

class Paradigm;

/// What the database holds of a world's rows of one session.
struct HeldRows {
    bool is_loaded = false;     ///< they are there, or the session has none to have
    bool lacks_arrays = false;  ///< arrays that the files give are not named by any row
    std::string note{};         ///< what else the world wants to know when it writes
    friend bool operator==(const HeldRows&, const HeldRows&) = default;
};

/// What the database holds of a session (sql/state.sql, and its world's rows).
struct SessionState {
    std::string session_id;
    bool is_known = false;  ///< core.session has it
    std::string lab;        ///< that it is held in
    HeldRows held;
    std::int64_t changed_files = 0;
    std::int64_t changed_used_files = 0;
    std::int64_t gone_files = 0;  ///< registered, and no longer there
    bool lost_arrays = false;     ///< files of its arrays are not in the store; asked apart
    friend bool operator==(const SessionState&, const SessionState&) = default;

    [[nodiscard]] bool is_unchanged() const {
        return held.is_loaded && changed_files == 0 && gone_files == 0 && !held.lacks_arrays &&
               !lost_arrays;
    }
    /// Whether the world's rows are written: a file that no value comes from changes only its own.
    [[nodiscard]] bool needs_rows() const {
        return !held.is_loaded || changed_used_files > 0 || gone_files > 0 || held.lacks_arrays ||
               lost_arrays;
    }
};

/// States in the order of the sessions, each of which may be there once.
[[nodiscard]] std::vector<SessionState> states_of(db::Session& database, const Paradigm& paradigm,
                                                  std::span<const SessionRecord* const> sessions);

}  // namespace tb::load
