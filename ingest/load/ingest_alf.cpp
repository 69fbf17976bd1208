#include "ingest/load/ingest_alf.hpp"

#include "ingest/alf/session_reader.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include <fmt/format.h>

namespace tb::load {
namespace {

constexpr std::size_t most_waiting_bytes = std::size_t{512}
                                           << 20;  // of archive members held in memory

struct Stopped {};  // ends the visit of a tree

std::string identifier_of(const alf::SessionSource& source) {
    auto number = source.number;
    if (number.size() < 3) number.insert(0, 3 - number.size(), '0');
    return fmt::format("{}/{}/{}/{}", source.lab, source.subject, source.date, number);
}

std::size_t held_bytes(const alf::SessionSource& source) {
    std::size_t bytes = 0;
    for (const auto& member : source.members) bytes += member.bytes.size();
    return bytes;
}

/// Sessions found and not yet taken; the finder waits when too many are.
class Queue {
  public:
    explicit Queue(std::size_t most) : most_(most) {}

    /// @return false when nobody wants any more
    bool push(alf::SessionSource&& source) {
        std::unique_lock lock(mutex_);
        const auto bytes = held_bytes(source);
        has_room_.wait(lock, [&] {
            return closed_ || waiting_.empty() ||
                   (waiting_.size() < most_ && bytes_ + bytes <= most_waiting_bytes);
        });
        if (closed_) return false;
        bytes_ += bytes;
        waiting_.push_back(std::move(source));
        has_work_.notify_one();
        return true;
    }

    std::optional<alf::SessionSource> pop() {
        std::unique_lock lock(mutex_);
        has_work_.wait(lock, [&] { return closed_ || finished_ || !waiting_.empty(); });
        if (closed_ || waiting_.empty()) return std::nullopt;
        auto source = std::move(waiting_.front());
        waiting_.pop_front();
        bytes_ -= held_bytes(source);
        has_room_.notify_one();
        return source;
    }

    /// No more will come: takers get what is left.
    void finish() {
        const std::lock_guard lock(mutex_);
        finished_ = true;
        has_work_.notify_all();
    }

    /// Nobody takes any more.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        has_work_.notify_all();
        has_room_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable has_work_;
    std::condition_variable has_room_;
    std::deque<alf::SessionSource> waiting_;
    std::size_t most_;
    std::size_t bytes_ = 0;
    bool finished_ = false;
    bool closed_ = false;
};

/// One ingest: the queue, the workers' common state, and what came of it.
class Run {
  public:
    Run(const IngestOptions& options, unsigned jobs)
        : options_(options), queue_(std::size_t{jobs} * 4) {}

    void find(std::span<const std::filesystem::path> paths) {
        alf::DiscoveryOptions discovery;
        discovery.lab = options_.lab;
        try {
            for (const auto& path : paths) {
                alf::visit_sessions(
                    path, discovery,
                    [&](alf::SessionSource&& source) {
                        if (is_stopped() || !queue_.push(std::move(source))) throw Stopped{};
                    },
                    [&](alf::DiscoveryProblem&& problem) {
                        const auto& name =
                            problem.session.empty() ? problem.origin : problem.session;
                        const std::lock_guard lock(mutex_);
                        unrecorded_.push_back(
                            failure_of(problem.error, options_.source, name, {}, problem.origin));
                    });
            }
        } catch (const Stopped&) {
        } catch (...) {
            abort(std::current_exception());
        }
        queue_.finish();
    }

    void work() {
        try {
            SessionLoader loader(options_.connect(), options_.store);
            while (!is_stopped()) {
                const auto source = queue_.pop();
                if (!source) break;
                take(loader, *source);
            }
            if (is_stopped()) queue_.close();  // the finder may be waiting for room
        } catch (...) {
            abort(std::current_exception());
        }
    }

    IngestSummary finish() {
        if (aborted_) std::rethrow_exception(aborted_);
        if (!options_.dry_run) {
            SessionLoader loader(options_.connect());
            for (const auto& failure : unrecorded_) loader.record(failure);
            loader.flush();
        }
        for (auto& failure : unrecorded_) summary_.failures.push_back(std::move(failure));
        std::sort(summary_.failures.begin(), summary_.failures.end(),
                  [](const auto& a, const auto& b) { return a.identifier < b.identifier; });
        return std::move(summary_);
    }

  private:
    [[nodiscard]] bool is_stopped() const {
        return options_.stop != nullptr && options_.stop->load();
    }

    void abort(std::exception_ptr error) {
        {
            const std::lock_guard lock(mutex_);
            if (!aborted_) aborted_ = std::move(error);
        }
        queue_.close();
    }

    /// Sessions of one subject change the subject's rows and stamps: loading two at once would only
    /// make one of them wait in the database.
    std::shared_ptr<std::mutex> subject_lock(const std::string& subject) {
        const std::lock_guard lock(mutex_);
        auto& entry = subject_locks_[subject];
        if (!entry) entry = std::make_shared<std::mutex>();
        return entry;
    }

    void take(SessionLoader& loader, const alf::SessionSource& source) {
        const auto identifier = identifier_of(source);
        std::optional<LoadResult> result;
        std::optional<Failure> failure;
        std::vector<Failure> part_failures;
        try {
            alf::ReadOptions reading;
            reading.source = options_.source;
            reading.keep_every_wheel = options_.keep_every_wheel;
            const auto session = alf::read_session(source, reading);
            for (const auto& error : session.part_errors) {
                part_failures.push_back({options_.source, identifier, source.lab, error.type,
                                         error.message, error.hint, error.file});
            }
            const auto subject = subject_lock(source.lab + "/" + source.subject);
            const std::lock_guard one_at_a_time(*subject);
            result = options_.dry_run ? loader.preview(session) : loader.load(session);
        } catch (const Error& error) {
            // Without a database, or with its disk full, no other session will fare better.
            const bool is_hopeless = error.kind() == ErrorKind::unavailable ||
                                     (error.kind() == ErrorKind::io && !error.sqlstate.empty()) ||
                                     error.sqlstate == "42501";
            if (is_hopeless) throw;
            failure = failure_of(error, options_.source, identifier, source.lab, source.origin);
        } catch (const std::exception& error) {
            failure = failure_of(Error(ErrorKind::internal, error.what()), options_.source,
                                 identifier, source.lab, source.origin);
        }
        if (failure && !options_.dry_run) loader.record(*failure);
        for (const auto& part : part_failures) {
            if (!options_.dry_run) loader.record(part);
        }

        const std::lock_guard lock(mutex_);
        labs_.insert(source.lab);
        subjects_.insert(source.lab + "/" + source.subject);
        summary_.labs = labs_.size();
        summary_.subjects = subjects_.size();
        if (failure) {
            summary_.failures.push_back(std::move(*failure));
        } else {
            summary_.trials += result->trials;
            auto& count = result->outcome == Outcome::added     ? summary_.added
                          : result->outcome == Outcome::updated ? summary_.updated
                                                                : summary_.unchanged;
            ++count;
        }
        for (auto& part : part_failures) summary_.failures.push_back(std::move(part));
        if (options_.progress) options_.progress(summary_);
    }

    const IngestOptions& options_;
    Queue queue_;
    std::mutex mutex_;  // guards what follows
    std::exception_ptr aborted_;
    std::map<std::string, std::shared_ptr<std::mutex>> subject_locks_;
    std::set<std::string> labs_;
    std::set<std::string> subjects_;
    std::vector<Failure> unrecorded_;  // of discovery, which has no connection
    IngestSummary summary_;
};

}  // namespace

IngestSummary ingest_alf(std::span<const std::filesystem::path> paths,
                         const IngestOptions& options) {
    for (const auto& path : paths) {
        std::error_code ignored;
        if (!std::filesystem::exists(path, ignored)) {
            throw Error(ErrorKind::not_found, fmt::format("there is no {}", path.string()));
        }
    }
    const unsigned jobs =
        options.jobs > 0 ? options.jobs : std::max(2U, std::thread::hardware_concurrency());
    Run run(options, jobs);
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < jobs; ++i) workers.emplace_back([&run] { run.work(); });
    run.find(paths);
    for (auto& worker : workers) worker.join();
    return run.finish();
}

}  // namespace tb::load
