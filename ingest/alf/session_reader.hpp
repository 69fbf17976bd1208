// Sessions of the IBL's ALF/ONE folders and archives: finding them and reading them into
// ChoiceSession.
#pragma once

#include "include/trialbase/choice_session.hpp"
#include "include/trialbase/error.hpp"
#include "ingest/rig/pregenerated_session.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::alf {

/// One file of a session before it is parsed: on disk, or in memory as taken from an archive.
struct SessionMember {
    std::string path;              ///< relative to the session's folder, '/' between parts
    std::filesystem::path file;    ///< on disk; empty for a member of an archive
    std::vector<std::byte> bytes;  ///< content of a member of an archive, where it was kept
    std::uint64_t size_bytes = 0;
    std::string sha256;         ///< known already for archive members; else empty
    bool is_in_memory = false;  ///< bytes holds the content
};

/// A session as found: where it belongs, and its files in path order.
struct SessionSource {
    std::string lab;  ///< empty when the tree does not name one and no option did
    std::string subject;
    std::string date;
    std::string number;         ///< as written: "1" and "001" are the same session
    std::string origin;         ///< for messages: the folder, or `archive.tar.xz: lab/Subjects/...`
    std::string archive;        ///< that it was read from; empty for a folder
    bool is_simulated = false;  ///< below a folder that `trialbase simulate` has marked
    std::vector<SessionMember> members;
    std::vector<SessionIssue>
        issues;  ///< what discovery noticed (duplicate archive entries, skipped links)
};

/// What could not be found or delivered: a damaged archive, a session without a lab, an unreadable
/// folder. `origin` names the archive or folder, `session` the session (may be empty); `error` says
/// what and why.
struct DiscoveryProblem {
    std::string origin;
    std::string session;
    Error error;
};

struct DiscoveryOptions {
    /// Lab of trees that name none (subject/date/number). A session whose tree names another one is
    /// a problem (conflict): nothing is loaded under a name that somebody did not mean.
    std::string lab;
    /// What the sessions must be of, where it was asked for; others are problems (conflict).
    std::string subject;
    std::string date;
    std::string number;
    /// A session of an archive may hold at most so much data of the kinds that are read; beyond it
    /// is a problem.
    std::uint64_t session_limit_bytes = std::uint64_t{1} << 30;
    /// So much of an archive is held in memory at once; a larger one is streamed a second time.
    std::uint64_t window_bytes = std::uint64_t{256} << 20;
};

/// Sessions below a folder, at any depth, sorted by (lab, subject, date, number). Contents are not
/// read. A session folder is `[lab/Subjects/]subject/date/number` holding at least one file; the
/// folder itself may be given. Symbolic links to folders are followed once (a loop ends; what is
/// reached twice is taken once).
/// @param problems  receives sessions without a lab (Error usage, "say --lab"), folders that cannot
/// be read, and folders that hold trials but are no session, with the reason
/// @throws tb::Error (not_found) when the path does not exist; (data) when it is an archive
[[nodiscard]] std::vector<SessionSource> find_sessions(
    const std::filesystem::path& folder, const DiscoveryOptions& options = {},
    std::vector<DiscoveryProblem>* problems = nullptr);

/// Called with each session; take what you need, the value is yours. An exception ends the visit
/// and passes through.
using SessionVisitor = std::function<void(SessionSource&&)>;
using ProblemVisitor = std::function<void(DiscoveryProblem&&)>;

/// True for an existing regular file: visit_sessions() will read it as an archive.
[[nodiscard]] bool is_archive(const std::filesystem::path& path);

/// Every session of a folder (and of the tar archives that lie directly in it), or of a tar archive
/// (plain, gzip, bzip2, xz, zstd, lz4; also zip), one after another. Members of an archive that the
/// reader does not use are hashed and dropped. A session of an archive is delivered once it is
/// known whole: an archive whose wanted data fit the window at its end, a larger one in a second
/// pass, each session when its last member has come. Entries that are absolute, climb with `..`, or
/// are no regular files are skipped (climbing names are a problem, one for the archive). When the
/// archive is damaged or ends early, sessions are delivered where its order shows that nothing of
/// them can follow; the one being read, and all where their files lie scattered, are problems that
/// name archive and entry. A folder without any session is a problem too.
/// @throws tb::Error (not_found) when the path does not exist
void visit_sessions(const std::filesystem::path& path, const DiscoveryOptions& options,
                    const SessionVisitor& visitor, const ProblemVisitor& problem);

struct ReadOptions {
    std::optional<std::string>
        revision;  ///< the last revision at or before this one; none: the last of all
    /// Files on disk larger than this get no checksum (videos, raw electrophysiology).
    std::uint64_t checksum_limit_bytes = std::uint64_t{1} << 30;
    std::string source = "ibl";
    bool is_source_asked = false;  ///< the user named it: a simulated session is refused as ibl
    /// Wheel traces are kept (WheelSummary::position): of sessions with photometry, or of all.
    bool keep_every_wheel = false;
    /// Sessions drawn beforehand, which ephys rigs before version 8 ran; null: not at hand.
    const rig::PregeneratedSessions* pregenerated = nullptr;
    double frame_unit_s = 1.0;  ///< one unit of the times of raw frames and digital inputs [s]
};

/// Reads a session. A part that cannot be used (photometry without regions) is in `part_errors`,
/// and the rest is read; a file that cannot be read, and a value that is odd, cost themselves and
/// are issues (see README.md). Trials are the rows of `choice` (else `feedbackType`, else the
/// commonest length of all trial arrays); a column of another length is left out. A session whose
/// task asks for no choices has no trials. The list of files holds every member that can be read.
/// @throws tb::Error (data, type MissingExtractedData), with the files' reasons, when there are no
/// usable choices, or the session has no lab; (conflict, SimulatedSession) for a simulated session
/// when another source was asked for
[[nodiscard]] ChoiceSession read_session(const SessionSource& source,
                                         const ReadOptions& options = {});

}  // namespace tb::alf
