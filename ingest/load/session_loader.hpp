// Writes sessions of a world into the database: one transaction, all of it or nothing.
#pragma once

#include "ingest/load/failure.hpp"
#include "ingest/load/paradigm.hpp"
#include "src/db/session.hpp"
#include "src/store/array_store.hpp"
#include "trialbase/session_record.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tb::load {

enum class Outcome { added, updated, unchanged };
[[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;

struct LoadResult {
    Outcome outcome = Outcome::unchanged;
    std::string session_id;
    std::int64_t trials = 0;                 ///< rows of the world's trials table written
    std::vector<SessionPartError> left_out;  ///< arrays that could not be read
};

/// What came of one session of several.
struct LoadOutcome {
    LoadResult result;
    std::optional<Error> error;  ///< why it was not loaded
};

/// Loads sessions of one world one after another, or several in one transaction, over a connection
/// of its own. Belongs to one thread; several loaders, also in other programs, may work at once:
/// conflicts between them (deadlocks, the same new subject) are tried again.
///
/// A session is known by its files: when all that were found are registered with the same bytes and
/// SHA-256, nothing is written. When only files changed that no value comes from, only their rows
/// are. A session whose arrays are lost (their files are not in the store) is loaded again. Else
/// the session is updated in place: its row and its world's row of it (task.choice_session) stay,
/// trials and the like are replaced. Files that were loaded and are no longer found (a revision
/// that was withdrawn) are a change, and no longer registered, where the session says that its list
/// is whole. What other sources have told about the session stays where the files say nothing.
///
/// Commits do not wait for the disk: call flush() at the end. A crash of the server before that may
/// lose the last sessions, whole, and loading them again finds them missing.
class SessionLoader {
  public:
    /// @param paradigm  the world of the sessions; outlives the loader
    /// @param store  where arrays go; without a root only sessions without arrays can be loaded
    SessionLoader(const Paradigm& paradigm, db::Session session, store::StoreOptions store = {});
    SessionLoader(const SessionLoader&) = delete;
    SessionLoader& operator=(const SessionLoader&) = delete;

    /// @throws tb::Error (data) when the session cannot be stored as it is: without what its world
    /// needs (MissingExtractedData), or with values that the tables refuse; (unavailable) when the
    /// connection is lost; nothing of it is left behind
    LoadResult load(const SessionRecord& session);
    /// Loads sessions in one transaction, which costs a fraction of one each; where it fails they
    /// are loaded one by one, so that a bad session costs itself alone. In the order given.
    /// @throws tb::Error when no session will fare better: the connection is lost, the disk full,
    /// the right to write not given
    std::vector<LoadOutcome> load_all(std::span<const SessionRecord* const> sessions);
    /// What load() would do; writes nothing. `trials` is the number that would be written.
    LoadResult preview(const SessionRecord& session);
    std::vector<LoadOutcome> preview_all(std::span<const SessionRecord* const> sessions);
    /// Keeps the failure in core.session_error; the same failure again changes nothing.
    void record(const Failure& failure);
    /// Refusals of these files by an option or another file are of the past: they are loaded.
    void resolve_refusals(const std::vector<std::string>& files);
    /// Returns when everything loaded so far, by any loader, is safe on disk.
    void flush();

  private:
    std::vector<SessionState> states_now(std::span<const SessionRecord* const> sessions);
    bool has_lost_arrays(const SessionRecord& session, const std::string& session_id);
    std::vector<LoadResult> write(std::span<const SessionRecord* const> sessions);
    void require_same_states(std::span<const SessionToWrite> sessions);
    void write_rows(std::span<const SessionToWrite> sessions);

    const Paradigm& paradigm_;
    db::Session session_;
    store::StoreOptions store_;
    TableColumns columns_{session_};
};

}  // namespace tb::load
