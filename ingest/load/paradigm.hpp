// What a world (a paradigm: choice, change detection, networks, ...) adds to the loading of
// sessions. Everything that sessions of all worlds share (subjects, people, files, issues, errors,
// what is new, changed, unchanged or withdrawn) is SessionLoader's; a paradigm knows its own rows
// and arrays, and nothing else. How to write one: README.md, "A new world".
#pragma once

#include "ingest/load/session_arrays.hpp"
#include "ingest/load/session_state.hpp"
#include "ingest/load/table_columns.hpp"
#include "src/db/session.hpp"
#include "trialbase/error.hpp"
#include "trialbase/session_record.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::load {

/// A session in the middle of being loaded. Nothing of it belongs to the one who gets it.
struct SessionToWrite {
    const SessionRecord* record = nullptr;
    const SessionState* state = nullptr;    ///< what the database held when the loader looked
    const SessionArrays* arrays = nullptr;  ///< as write_arrays() gave them; may be null
};

/// The side of one world in loading sessions. Has no state: one object serves every loader, from
/// any thread at once. Each method gets only sessions that the world's own readers made; ask for
/// their type with session_as().
///
/// The order of calls for a batch of sessions, each step once a batch where it takes a span:
///
///     require_loadable   before anything else; what it throws is that session's error alone
///     held               with what the common room knows this tells new, changed and unchanged
///     array_files        of an unchanged session with arrays: are they still in the store?
///     write_arrays       of those that changed, before the transaction
///     -- begin; labs, subjects, sessions, aliases, people, projects, files, issues, store.array,
///     -- water, weighings
///     add_rows           statements of the sessions whose values changed, parents before children
///     copy_rows          long tables of the same sessions, by COPY
///     -- commit
///
/// The transaction may be tried several times (conflicts with other loaders), and session by
/// session when one of a batch is bad: add_rows and copy_rows must not remember anything.
class Paradigm {
  public:
    Paradigm() = default;
    Paradigm(const Paradigm&) = delete;
    Paradigm& operator=(const Paradigm&) = delete;
    virtual ~Paradigm() = default;

    /// What messages call the world's sessions: `choice`.
    [[nodiscard]] virtual std::string_view name() const = 0;

    /// Refuses a session that cannot be stored as it is.
    /// @throws tb::Error (data, MissingExtractedData or another type of the spec)
    virtual void require_loadable(const SessionRecord& session) const = 0;

    /// Issues that storing adds to those of the reader (rows that are left out).
    [[nodiscard]] virtual std::vector<SessionIssue> issues(const SessionRecord& session) const;

    /// Not empty: other files of the session are loaded by themselves, each with its own issues;
    /// the dataset of this file's begins so. Issues of the other files stay.
    [[nodiscard]] virtual std::string issue_prefix(const SessionRecord& session) const;

    /// Rows of the world's trials table that the session gives: what summaries count as trials.
    [[nodiscard]] virtual std::int64_t count_trials(const SessionRecord& session) const = 0;

    /// A JSON object with what core.session.details keeps of it besides the rig's version; empty:
    /// nothing.
    [[nodiscard]] virtual std::string details(const SessionRecord& session) const;

    /// What the database holds of the world's rows of these sessions, in their order.
    /// @param session_ids  their keys, as the aliases lead to them
    [[nodiscard]] virtual std::vector<HeldRows> held(
        db::Session& database, std::span<const std::string> session_ids,
        std::span<const SessionRecord* const> sessions) const = 0;

    /// True when the session has values that go to the array store.
    [[nodiscard]] virtual bool has_arrays(const SessionRecord& session) const;

    /// Bytes that these values hold in memory: a batch ends early where its sessions hold many.
    [[nodiscard]] virtual std::size_t array_bytes(const SessionRecord& session) const;

    /// Files of the store that the session's rows name, relative to its root.
    [[nodiscard]] virtual std::vector<std::string> array_files(db::Session& database,
                                                               const std::string& session_id) const;

    /// Writes the session's arrays into one file of the store and publishes it. Null: the world
    /// has nothing to write. Never called for what did not change; called anew when what the
    /// database holds of the session (`state.held`) has changed meanwhile.
    /// @param database  for questions; writes nothing
    /// @throws tb::Error (usage, NoStore) when there are arrays and no store; (io) when it cannot
    /// be written
    [[nodiscard]] virtual std::unique_ptr<SessionArrays> write_arrays(
        const store::StoreOptions& store, const SessionRecord& session, const SessionState& state,
        db::Session& database) const;

    /// Adds the statements that write the sessions' rows, which replace those that are there
    /// (`state->is_known`: there may be some). Always the same order of tables: two loaders then
    /// wait for each other, never in a circle.
    virtual void add_rows(std::span<const SessionToWrite> sessions,
                          std::vector<db::Session::Step>& steps) const = 0;

    /// Copies rows that are too many for statements (trials), all sessions in one COPY a table.
    virtual void copy_rows(db::Session& database, std::span<const SessionToWrite> sessions,
                           TableColumns& columns) const;
};

/// The session as its world made it.
/// @throws tb::Error (internal) when it is of another world
template <class Session>
[[nodiscard]] const Session& session_as(const SessionRecord& record) {
    const auto* session = dynamic_cast<const Session*>(&record);
    if (session == nullptr) {
        throw Error(ErrorKind::internal,
                    "session " + record.identifier() + " was given to the loader of another world");
    }
    return *session;
}

/// All issues that a session is stored with: those of its reader, and what storing adds.
[[nodiscard]] std::vector<SessionIssue> issues_of(const Paradigm& paradigm,
                                                  const SessionRecord& session);

}  // namespace tb::load
