// Writes a choice session into the database: one transaction, all of it or nothing.
#pragma once

#include "src/db/session.hpp"
#include "src/store/array_store.hpp"
#include "trialbase/choice_session.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tb::load {

class SessionArrays;

enum class Outcome { added, updated, unchanged };
[[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;

struct LoadResult {
    Outcome outcome = Outcome::unchanged;
    std::string session_id;
    std::int64_t trials = 0;  ///< rows of task.choice_trial written
};

/// Why a session could not be loaded, as core.session_error keeps it.
struct Failure {
    std::string source;
    std::string identifier;  ///< lab/subject/date/number as far as known, else the path
    std::string lab;         ///< empty when not known
    std::string type;        ///< MissingExtractedData, ConstraintViolation, ...
    std::string message;
    std::string hint;
    std::string file;  ///< folder, archive or file concerned
};

/// What the failure of reading or loading a session is called: the error's own type where it has
/// one.
[[nodiscard]] Failure failure_of(const Error& error, std::string source, std::string identifier,
                                 std::string lab, std::string file);

/// All issues that a session is stored with: those of its reader, and what the loader leaves out.
[[nodiscard]] std::vector<SessionIssue> issues_of(const ChoiceSession& session);

/// True for an error after which no other session will fare better: without a database, with its
/// disk full, or without the right to write.
[[nodiscard]] bool is_hopeless(const Error& error);

/// What came of one session of several.
struct LoadOutcome {
    LoadResult result;
    std::optional<Error> error;  ///< why it was not loaded
};

/// What tells a session that was found from its twins.
struct FoundSession {
    std::string session_id, source, lab, subject, date, number;
    struct File {
        std::string dataset_type, sha256;
    };
    std::vector<File> trial_files;
};
[[nodiscard]] FoundSession found_session(const ChoiceSession& session,
                                         const std::string& session_id);

/// Loads sessions one after another, or several in one transaction, over a connection of its own.
/// Belongs to one thread; several loaders, also in other programs, may work at once: conflicts
/// between them (deadlocks, the same new subject) are tried again.
///
/// A session is known by its files: when all that were found are registered with the same bytes and
/// SHA-256, nothing is written. When only files changed that no value comes from, only their rows
/// are. A session whose arrays are lost (their files are not in the store) is loaded again. Else
/// the session is updated in place: rows of core.session and task.choice_session stay, trials,
/// licks and wheel movements are replaced. Files that were loaded and are no longer found (a
/// revision that was withdrawn) are a change, and no longer registered, where the session says that
/// its list is whole. What other sources have told about the session stays where the files say
/// nothing.
///
/// Commits do not wait for the disk: call flush() at the end. A crash of the server before that may
/// lose the last sessions, whole, and loading them again finds them missing.
class SessionLoader {
  public:
    /// @param store  where the arrays of photometry and wheel go; without a root only sessions
    /// without such arrays can be loaded
    explicit SessionLoader(db::Session session, store::StoreOptions store = {});

    /// @throws tb::Error (data) when the session cannot be stored as it is: without `choice`
    /// (MissingExtractedData), or with values that the tables refuse; (unavailable) when the
    /// connection is lost; nothing of it is left behind
    LoadResult load(const ChoiceSession& session);
    /// Loads sessions in one transaction, which costs a fraction of one each; where it fails they
    /// are loaded one by one, so that a bad session costs itself alone. In the order given.
    /// @throws tb::Error when no session will fare better: the connection is lost, the disk full,
    /// the right to write not given
    std::vector<LoadOutcome> load_all(std::span<const ChoiceSession* const> sessions);
    /// What load() would do; writes nothing. `trials` is the number that would be written.
    LoadResult preview(const ChoiceSession& session);
    std::vector<LoadOutcome> preview_all(std::span<const ChoiceSession* const> sessions);
    /// Keeps the failure in core.session_error; the same failure again changes nothing.
    void record(const Failure& failure);
    /// Remarks upon sessions that are there twice: with another's files, or from two sources.
    /// @param session_ids  those that were added or updated
    /// @return the number of new issues by type
    std::map<std::string, std::size_t> remark_on_twins(const std::vector<std::string>& session_ids);
    /// The same for sessions that load() would add or update; writes nothing.
    std::map<std::string, std::size_t> preview_twins(std::span<const FoundSession> sessions);
    /// A search is over: errors of earlier searches of these places that it has not met are of the
    /// past. @param met  identifiers of the failures of this one
    void resolve_search(std::span<const std::filesystem::path> places,
                        std::span<const std::string> met);
    /// Returns when everything loaded so far, by any loader, is safe on disk.
    void flush();

  private:
    bool has_lost_arrays(const ChoiceSession& session, const std::string& session_id);
    std::vector<LoadResult> write(std::span<const ChoiceSession* const> sessions);

    db::Session session_;
    store::StoreOptions store_;
    std::vector<std::string> trial_columns_;  // of task.choice_trial, generated ones left out
};

}  // namespace tb::load
