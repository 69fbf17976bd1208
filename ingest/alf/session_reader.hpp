// Sessions of the IBL's ALF/ONE folders and archives: finding them and reading them into
// ChoiceSession.
#pragma once

#include "include/trialbase/choice_session.hpp"
#include "include/trialbase/error.hpp"

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
    std::string number;  ///< as written: "1" and "001" are the same session
    std::string origin;  ///< for messages: the folder, or `archive.tar.xz: lab/Subjects/...`
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
    std::string
        lab;  ///< for trees that name none (subject/date/number); a lab that the tree names wins
    /// A session of an archive may hold at most so much data of the kinds that are read; beyond it
    /// is a problem.
    std::uint64_t session_limit_bytes = std::uint64_t{1} << 30;
    /// Sessions of an archive are held back until this many others, or this many bytes, came after
    /// them.
    std::size_t window_sessions = 16;
    std::uint64_t window_bytes = std::uint64_t{256} << 20;
};

/// Sessions below a folder, at any depth, sorted by (lab, subject, date, number). Contents are not
/// read. A session folder is `[lab/Subjects/]subject/date/number` holding at least one file; the
/// folder itself may be given. Symbolic links to folders are followed once (a loop ends; what is
/// reached twice is taken once).
/// @param problems  receives sessions without a lab (Error usage, "say --lab") and folders that
/// cannot be read
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
/// (plain, gzip, bzip2, xz, zstd, lz4; also zip), one after another. An archive is streamed once,
/// bounded memory: members that the reader does not use are hashed and dropped. A session is
/// delivered when the archive has moved on (see DiscoveryOptions). Should one of its members come
/// even later, the archive is streamed a second time and the whole session is delivered again at
/// the end. Entries that are absolute, climb with
/// `..`, or are no regular files are skipped (a climbing name is a problem). When the archive is
/// damaged or ends early, finished sessions are delivered first, the one being read is reported as
/// a problem that names archive and entry. A folder without any session is a problem too.
/// @throws tb::Error (not_found) when the path does not exist
void visit_sessions(const std::filesystem::path& path, const DiscoveryOptions& options,
                    const SessionVisitor& visitor, const ProblemVisitor& problem);

struct ReadOptions {
    std::optional<std::string>
        revision;  ///< the last revision at or before this one; none: the last of all
    /// Files on disk larger than this get no checksum (videos, raw electrophysiology).
    std::uint64_t checksum_limit_bytes = std::uint64_t{1} << 30;
    std::string source = "ibl";
    /// Wheel traces are kept (WheelSummary::position): of sessions with photometry, or of all.
    bool keep_every_wheel = false;
};

/// Reads a session. A part that cannot be used (photometry without regions) is in `part_errors`,
/// and the rest is read. Trials are the rows of `choice` (else `feedbackType`, else the commonest
/// length of all trial arrays); a column of another length is left out and an issue says so; odd
/// values become NaN with an issue (see README.md). The list of files holds every member.
/// @throws tb::Error (data, type MissingExtractedData) when there is no usable trial array (neither
/// choice nor
///         feedbackType nor contrasts), or the session has no lab; (io) when a file cannot be read
///         at all
[[nodiscard]] ChoiceSession read_session(const SessionSource& source,
                                         const ReadOptions& options = {});

}  // namespace tb::alf
