#include "ingest/fetch/downloader.hpp"

#include "ingest/fetch/part_file.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

#include <fmt/format.h>

namespace tb::fetch {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// True when the path is a file, false when nothing is there. A link that leads nowhere is in the
/// way.
bool is_present(const fs::path& path) {
    std::error_code fault;
    if (fs::is_regular_file(path, fault)) return true;
    if (fs::symlink_status(path, fault).type() == fs::file_type::not_found) return false;
    throw Error(ErrorKind::data, fmt::format("{} exists and is no regular file", path.string()),
                "Move it away: a downloaded file belongs there.", "CachePath");
}

/// The nearest folder above a path that exists.
fs::path existing_folder(fs::path path) {
    std::error_code ignored;
    path = fs::absolute(path).parent_path();
    while (!fs::is_directory(path, ignored) && path != path.parent_path())
        path = path.parent_path();
    return path;
}

Error no_space(const fs::path& where, std::uint64_t needed, std::uint64_t available) {
    return Error(ErrorKind::io,
                 fmt::format("{} bytes are to be downloaded below {}, and {} are free", needed,
                             where.string(), available),
                 "Make room, or ask for less.", "NoSpace");
}

void check_space(const fs::path& path, std::uint64_t needed) {
    std::error_code fault;
    const auto folder = existing_folder(path);
    const auto space = fs::space(folder, fault);
    if (!fault && needed > space.available) throw no_space(folder, needed, space.available);
}

/// Waits between attempts, growing; ends early when somebody asks to stop.
class Waits {
  public:
    explicit Waits(const DownloadOptions& options) : options_(options), next_(options.first_wait) {}

    void reset() { next_ = options_.first_wait; }
    void wait(std::optional<std::chrono::seconds> asked) {
        auto time = next_;
        next_ = std::min(2 * next_, options_.longest_wait);
        if (asked)
            time = std::max<std::chrono::milliseconds>(
                time, std::min<std::chrono::milliseconds>(*asked, options_.longest_retry_after));
        const auto end = Clock::now() + time;
        while (Clock::now() < end && !is_stopped())
            std::this_thread::sleep_for(
                std::min<Clock::duration>(end - Clock::now(), std::chrono::milliseconds(50)));
    }
    [[nodiscard]] bool is_stopped() const {
        return options_.stop != nullptr && options_.stop->load();
    }

  private:
    const DownloadOptions& options_;
    std::chrono::milliseconds next_;
};

Error stopped(const std::string& name) {
    return Error(ErrorKind::unavailable, fmt::format("{}: stopped", name),
                 "Run it again: it goes on where it stopped.");
}

/// What an answer that is no file means: an error that stays, or nothing when it may pass.
std::optional<Error> lasting_error(const HttpResult& result, const std::string& name) {
    const int status = result.head.status;
    if (status < 400 || is_passing_status(status)) return std::nullopt;
    // A signed link that was refused: the archive gives a fresh one.
    if (result.was_redirected) return std::nullopt;
    if (status == 404 || status == 410)
        return Error(ErrorKind::not_found,
                     fmt::format("{}: the archive does not have it (status {})", name, status), {},
                     "UnknownFile");
    return Error(ErrorKind::unavailable,
                 fmt::format("{}: the server refuses it (status {})", name, status));
}

std::string what_happened(const HttpResult& result) {
    if (!result.fault.empty()) return result.fault;
    return fmt::format("status {}", result.head.status);
}

/// One file. Lives as long as its download.
class Download {
  public:
    /// Bytes at hand, bytes fetched by this call, size.
    using Tell = std::function<void(std::uint64_t, std::uint64_t, std::optional<std::uint64_t>)>;

    Download(const DownloadJob& job, const DownloadOptions& options, HttpClient& client, Tell tell)
        : job_(job),
          options_(options),
          client_(client),
          tell_(std::move(tell)),
          name_(job.name.empty() ? job.path.filename().string() : job.name),
          waits_(options) {}

    DownloadOutcome run() {
        PartFile part(job_.path, job_.url);
        // Another program may have been faster.
        if (is_present(job_.path)) return {DownloadState::present, 0, 0, {}};
        outcome_.resumed = part.size();
        int idle = 0, mismatches = 0;
        while (true) {
            if (waits_.is_stopped()) throw stopped(name_);
            const auto before = part.size();
            const auto result = attempt(part);
            if (waits_.is_stopped()) throw stopped(name_);
            if (is_whole(result, part)) {
                const auto found = fault_of(part);
                if (found.empty()) {
                    part.finish();
                    outcome_.state = DownloadState::downloaded;
                    return outcome_;
                }
                part.start_over({});
                outcome_.resumed = 0;
                if (++mismatches >= options_.max_mismatches)
                    throw Error(ErrorKind::data,
                                fmt::format("{}: {} after {} downloads", name_, found, mismatches),
                                "What the archive sends is not what it lists; ask its keepers.",
                                "HashMismatch");
                waits_.wait(std::nullopt);
                continue;
            }
            if (auto error = lasting_error(result, name_)) throw std::move(*error);
            if (part.size() > before) {
                idle = 0;
                waits_.reset();
            } else if (++idle >= options_.max_attempts) {
                throw Error(ErrorKind::unavailable,
                            fmt::format("{}: given up after {} attempts: {}", name_, idle,
                                        what_happened(result)),
                            "Run it again: it goes on where it stopped.");
            }
            waits_.wait(result.head.retry_after);
        }
    }

  private:
    HttpResult attempt(PartFile& part) {
        HttpRequest request{job_.url, part.size(), {}};
        // Weak tags do not promise the same bytes.
        if (!part.etag().empty() && !part.etag().starts_with("W/")) request.if_range = part.etag();
        bool has_body = false;
        is_past_end_ = false;
        return client_.get(
            request,
            [&](const HttpHead& head) {
                has_body = begin(head, part);
                return has_body || head.status >= 300;
            },
            [&](std::string_view bytes) {
                if (!has_body) return true;  // the words of an error page
                part.add(bytes);
                outcome_.bytes += bytes.size();
                tell_(part.size(), outcome_.bytes, size_);
                return true;
            },
            options_.stop);
    }

    /// Whether the body that follows belongs at the end of the part.
    bool begin(const HttpHead& head, PartFile& part) {
        if (head.status == 206) {
            const bool is_same =
                head.range_start == part.size() &&
                (part.etag().empty() || head.etag.empty() || head.etag == part.etag());
            if (!is_same) {  // another version: from the start, by another request
                part.start_over({});
                outcome_.resumed = 0;
                return false;
            }
            size_ = head.total_size ? head.total_size : job_.size;
        } else if (head.status == 200) {
            outcome_.resumed = 0;
            part.start_over(head.etag);
            size_ = head.content_length ? head.content_length : job_.size;
        } else {
            is_past_end_ = head.status == 416;
            return false;
        }
        if (size_ && *size_ > part.size()) check_space(job_.path, *size_ - part.size());
        return true;
    }

    /// Whether nothing more is to come.
    bool is_whole(const HttpResult& result, const PartFile& part) const {
        // The part ends where the file does, or beyond.
        if (is_past_end_) return part.size() > 0;
        if (!result.is_complete || (result.head.status != 200 && result.head.status != 206))
            return false;
        // A connection that closed early can look like an end.
        const auto wanted = job_.size ? job_.size : size_;
        return !wanted || part.size() >= *wanted;
    }

    /// What is wrong with the whole file; empty for nothing.
    std::string fault_of(const PartFile& part) const {
        if (job_.size && part.size() != *job_.size)
            return fmt::format("{} bytes instead of {}", part.size(), *job_.size);
        if (job_.checksum.kind == ChecksumKind::none) return {};
        const auto found = checksum_of_file(job_.checksum.kind, part.part_path());
        if (found == job_.checksum.hex) return {};
        return fmt::format("checksum {} instead of {}", found, job_.checksum.hex);
    }

    const DownloadJob& job_;
    const DownloadOptions& options_;
    HttpClient& client_;
    Tell tell_;
    std::string name_;
    Waits waits_;
    DownloadOutcome outcome_;
    std::optional<std::uint64_t> size_;
    bool is_past_end_ = false;
};

/// All files of one call, taken by several threads.
class Downloads {
  public:
    Downloads(const std::vector<DownloadJob>& jobs, const DownloadOptions& options)
        : jobs_(jobs), options_(options), outcomes_(jobs.size()) {}

    std::vector<DownloadOutcome> run() {
        check_known_sizes();
        const auto count = std::min<std::size_t>(std::max(options_.parallel, 1U), jobs_.size());
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
        for (auto& thread : threads) thread.join();
        return std::move(outcomes_);
    }

  private:
    void check_known_sizes() const {
        std::map<fs::path, std::uint64_t> needed;
        for (const auto& job : jobs_) {
            std::error_code ignored;
            if (job.size && !fs::exists(job.path, ignored))
                needed[existing_folder(job.path)] += *job.size;
        }
        for (const auto& [folder, bytes] : needed) check_space(folder / "file", bytes);
    }

    void work() {
        std::optional<HttpClient> client;
        for (auto at = next_++; at < jobs_.size(); at = next_++) {
            try {
                if (!client) client.emplace(options_.limits);
                outcomes_[at] = take(at, *client);
            } catch (const std::exception& error) {
                outcomes_[at] = {DownloadState::failed, 0, 0, error_of(error)};
            }
        }
    }

    DownloadOutcome take(std::size_t at, HttpClient& client) {
        const auto& job = jobs_[at];
        if (is_present(job.path)) return {DownloadState::present, 0, 0, {}};
        if (options_.find_same && job.checksum.kind != ChecksumKind::none && link_to_same(job)) {
            finished(job);
            return {DownloadState::linked, 0, 0, {}};
        }
        const auto start = Clock::now();
        Download download(
            job, options_, client, [&](std::uint64_t bytes, std::uint64_t fetched, auto size) {
                if (!options_.progress) return;
                const std::lock_guard lock(mutex_);
                const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
                options_.progress(
                    {at, bytes, size, static_cast<double>(fetched) / std::max(seconds, 1e-3)});
            });
        auto outcome = download.run();
        if (outcome.state == DownloadState::downloaded) finished(job);
        return outcome;
    }

    bool link_to_same(const DownloadJob& job) {
        std::optional<fs::path> same;
        {
            const std::lock_guard lock(mutex_);
            same = options_.find_same(job.checksum);
        }
        std::error_code fault;
        if (!same || !fs::is_regular_file(*same, fault)) return false;
        fs::create_directories(job.path.parent_path(), fault);
        fs::create_symlink(fs::absolute(*same), job.path, fault);
        return !fault;
    }

    void finished(const DownloadJob& job) {
        if (!options_.finished) return;
        const std::lock_guard lock(mutex_);
        options_.finished(job);
    }

    const std::vector<DownloadJob>& jobs_;
    const DownloadOptions& options_;
    std::vector<DownloadOutcome> outcomes_;
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;  // callbacks one at a time
};

}  // namespace

std::vector<DownloadOutcome> download(const std::vector<DownloadJob>& jobs,
                                      const DownloadOptions& options) {
    return Downloads(jobs, options).run();
}

std::string download_text(const std::string& url, const DownloadOptions& options) {
    constexpr std::size_t longest = std::size_t{64} << 20U;
    HttpClient client(options.limits);
    Waits waits(options);
    for (int attempt = 1;; ++attempt) {
        std::string text;
        const auto result = client.get(
            {url, 0, {}}, [](const HttpHead&) { return true; },
            [&](std::string_view bytes) {
                if (text.size() + bytes.size() > longest)
                    throw Error(ErrorKind::data,
                                fmt::format("{}: longer than {} bytes", url, longest));
                text += bytes;
                return true;
            },
            options.stop);
        if (waits.is_stopped()) throw stopped(url);
        if (result.is_complete && result.head.status == 200) return text;
        if (auto error = lasting_error(result, url)) throw std::move(*error);
        if (attempt >= options.max_attempts)
            throw Error(ErrorKind::unavailable, fmt::format("{}: given up after {} attempts: {}",
                                                            url, attempt, what_happened(result)));
        waits.wait(result.head.retry_after);
    }
}

}  // namespace tb::fetch
