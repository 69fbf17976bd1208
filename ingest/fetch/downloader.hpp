// Downloads of archives: many files, several at once, resumed and verified; a file is under its
// final name only when it is whole. Sources: spec/change_detection.md, 2.3; spec/known_troubles.md.
#pragma once

#include "include/trialbase/error.hpp"
#include "ingest/fetch/checksum.hpp"
#include "ingest/fetch/http.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tb::fetch {

struct DownloadJob {
    std::string url;             ///< asked anew by every attempt, so that signed links stay fresh
    std::filesystem::path path;  ///< where the whole file will lie
    std::optional<std::uint64_t> size;  ///< [byte], where the archive tells it
    Checksum checksum;
    std::string name;  ///< for people; empty: the path's file name
};

enum class DownloadState {
    present,  ///< was there already; not looked into
    linked,   ///< a link to a file with the same checksum was made
    downloaded,
    failed
};

struct DownloadOutcome {
    DownloadState state = DownloadState::failed;
    std::uint64_t bytes = 0;     ///< fetched by this call
    std::uint64_t resumed = 0;   ///< at hand from an earlier call
    std::optional<Error> error;  ///< of a failed one
};

/// How far a file has come.
struct DownloadProgress {
    std::size_t job = 0;  ///< its place in the list
    std::uint64_t bytes = 0;
    std::optional<std::uint64_t> size;
    double bytes_per_s = 0;  ///< since the file was begun
};

struct DownloadOptions {
    unsigned parallel = 6;
    /// Attempts in a row without a new byte before a file is given up.
    int max_attempts = 8;
    /// Downloads of a file whose checksum does not agree, before it is given up.
    int max_mismatches = 11;
    /// Waits between attempts: the first, doubled each time up to the longest. Retry-After stands
    /// before it, up to the longest that is waited for a server's word.
    std::chrono::milliseconds first_wait{1000};
    std::chrono::milliseconds longest_wait{60'000};
    std::chrono::milliseconds longest_retry_after{600'000};
    HttpLimits limits;
    /// Called from the threads that download, one at a time.
    std::function<void(const DownloadProgress&)> progress;
    /// Where a file with this checksum lies already, for a link; may be empty. One at a time.
    std::function<std::optional<std::filesystem::path>(const Checksum&)> find_same;
    /// Called for every file that is newly under its name. One at a time.
    std::function<void(const DownloadJob&)> finished;
    const std::atomic<bool>* stop = nullptr;
};

/// Downloads files. Each goes to `<path>.part` with `<path>.part.json` (which version it is of)
/// beside it; an interrupted one goes on from there when the server still has that version,
/// whichever program began it; one program at a time works on a file. Then length and checksum are
/// compared, the file is flushed and renamed. Failures of one file are in its outcome and stop no
/// other.
///
/// Types of errors: UnknownFile (404, 410), HashMismatch, CachePath (something that is no file has
/// its name), NoSpace; of kind unavailable where the server or the way to it failed.
/// @return outcomes in the order of the jobs
/// @throws tb::Error (io, NoSpace), before anything is fetched, when the sizes that are known
/// exceed the space that is free
[[nodiscard]] std::vector<DownloadOutcome> download(const std::vector<DownloadJob>& jobs,
                                                    const DownloadOptions& options = {});

/// A short text (a manifest, a listing) with the same retries. @throws tb::Error as a failed job;
/// (data) above 64 MiB
[[nodiscard]] std::string download_text(const std::string& url,
                                        const DownloadOptions& options = {});

}  // namespace tb::fetch
