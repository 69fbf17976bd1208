#include "ingest/load/ingest_run.hpp"

#include "ingest/load/commits.hpp"
#include "ingest/load/session_loader.hpp"
#include "ingest/load/session_queue.hpp"
#include "ingest/load/twins.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/format.h>

namespace tb::load {
namespace {

/// Failed sessions of one archive that are kept one by one; the others are counted.
constexpr std::size_t most_failures = 200;

struct Stopped {};  // ends a search

/// One ingest: the queue, the workers' common state, and what came of it.
class Run : public SessionSink {
  public:
    Run(SessionSource& source, const RunOptions& options, unsigned jobs)
        : source_(source),
          options_(options),
          queue_(jobs, std::max<std::size_t>(options.batch, 1)) {}

    void find() {
        try {
            source_.find(*this);
        } catch (const Stopped&) {
        } catch (...) {
            abort(std::current_exception());
        }
        queue_.finish();
    }

    void found(std::unique_ptr<SessionToRead> session) override {
        if (is_stopped() || !queue_.push(std::move(session))) throw Stopped{};
    }

    void failed(Failure failure) override {
        const std::lock_guard lock(mutex_);
        unrecorded_.push_back(std::move(failure));
    }

    void work() {
        try {
            std::optional<SessionLoader> loader;  // with the first batch: some workers get none
            while (!is_stopped()) {
                const auto batch = queue_.pop();
                if (batch.empty()) break;
                if (!loader) loader.emplace(source_.paradigm(), options_.connect(), options_.store);
                take(*loader, batch);
                queue_.done(batch);
            }
            if (is_stopped()) queue_.close();  // the finder may be waiting for room
        } catch (...) {
            abort(std::current_exception());
        }
    }

    IngestSummary finish() {
        if (aborted_) std::rethrow_exception(aborted_);
        for (const auto& [archive, count] : failures_of_archive_) {
            if (count <= most_failures) continue;
            unrecorded_.push_back(failure_of(
                Error(ErrorKind::data, fmt::format("{}: {} sessions could not be loaded, of which "
                                                   "{} are told one by one",
                                                   archive, count, most_failures)),
                source_.name(), archive, {}, archive));
        }
        auto database = options_.connect();
        if (options_.dry_run) {
            add_issues(preview_twins(database, found_));
        } else {
            commit_without_waiting(database);
            if (!is_stopped()) {
                std::vector<std::string> met;
                for (const auto& failure : unrecorded_)
                    if (failure.type == "NoSession") met.push_back(failure.identifier);
                resolve_search(database, source_.places(), met);
            }
            for (const auto& failure : unrecorded_) record_failure(database, failure);
            add_issues(remark_on_twins(database, written_));
            flush_commits(database);
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

    /// A session of a batch on its way: first as it was found, then as it was read.
    struct Taken {
        std::string source, identifier, lab, subject, origin, archive;
        std::unique_ptr<SessionRecord> session;
        std::optional<LoadResult> result;
        std::vector<SessionIssue> issues;
        std::vector<Failure> failures;  ///< of the session, or of parts of it
    };

    [[nodiscard]] Taken read(const SessionToRead& found) const {
        Taken taken;
        taken.source = found.source;
        taken.identifier = found.identifier;
        taken.lab = found.lab;
        taken.subject = found.subject;
        taken.origin = found.origin;
        taken.archive = found.archive;
        try {
            taken.session = found.read();
            const auto& session = *taken.session;
            taken.source = session.source;
            if (taken.identifier.empty()) taken.identifier = session.identifier();
            if (taken.lab.empty()) taken.lab = session.lab;
            if (taken.subject.empty()) taken.subject = session.subject;
            for (const auto& error : session.part_errors) add_part_error(taken, error);
            taken.issues = issues_of(source_.paradigm(), session);
        } catch (const Error& error) {
            fail(taken, error);
        } catch (const std::exception& error) {
            fail(taken, error_of(error));
        }
        return taken;
    }

    static void add_part_error(Taken& taken, const SessionPartError& error) {
        taken.failures.push_back(
            {taken.source, taken.identifier, taken.lab, error.type, error.message, error.hint,
             error.file.empty() ? taken.origin : error.file, names_session(taken)});
    }

    static bool names_session(const Taken& taken) {
        return !taken.identifier.empty() && !taken.lab.empty();
    }

    static void fail(Taken& taken, const Error& error) {
        taken.session.reset();
        auto failure = failure_of(error, taken.source,
                                  taken.identifier.empty() ? taken.origin : taken.identifier,
                                  taken.lab, taken.origin);
        failure.names_session = names_session(taken);
        taken.failures.insert(taken.failures.begin(), std::move(failure));
    }

    void take(SessionLoader& loader, const SessionBatch& batch) {
        std::vector<Taken> all;
        std::size_t first = 0;  // of those not loaded yet
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < batch.size() && !is_stopped(); ++i) {
            all.push_back(read(*batch[i]));
            if (all.back().session) bytes += source_.paradigm().array_bytes(*all.back().session);
            if (bytes < most_batch_bytes && i + 1 < batch.size() && !is_stopped()) continue;
            load(loader, all, first);
            first = all.size();
            bytes = 0;
        }
    }

    void load(SessionLoader& loader, std::vector<Taken>& all, std::size_t first) {
        std::vector<const SessionRecord*> sessions;
        std::vector<std::size_t> places;
        for (std::size_t i = first; i < all.size(); ++i) {
            if (!all[i].session) continue;
            sessions.push_back(all[i].session.get());
            places.push_back(i);
        }
        const auto outcomes =
            options_.dry_run ? loader.preview_all(sessions) : loader.load_all(sessions);
        for (std::size_t i = 0; i < places.size(); ++i) {
            auto& taken = all[places[i]];
            if (outcomes[i].error) {
                taken.failures.clear();  // parts of a session that is not there
                fail(taken, *outcomes[i].error);
            } else {
                taken.result = outcomes[i].result;
                for (const auto& error : outcomes[i].result.left_out) add_part_error(taken, error);
            }
        }
        if (!options_.dry_run) resolve_refusals(loader, all, first);
        for (std::size_t i = first; i < all.size(); ++i) {
            bound_failures(all[i]);
            if (!options_.dry_run)
                for (const auto& failure : all[i].failures) loader.record(failure);
            count(all[i]);
            all[i].session.reset();
        }
    }

    static void resolve_refusals(SessionLoader& loader, const std::vector<Taken>& all,
                                 std::size_t first) {
        std::vector<std::string> files;
        for (std::size_t i = first; i < all.size(); ++i)
            if (all[i].result) files.push_back(all[i].origin);
        if (!files.empty()) loader.resolve_refusals(files);
    }

    /// A hostile archive may hold any number of bad sessions: beyond some they are only counted.
    void bound_failures(Taken& taken) {
        if (taken.archive.empty() || taken.failures.empty()) return;
        const std::lock_guard lock(mutex_);
        auto& count = failures_of_archive_[taken.archive];
        count += taken.failures.size();
        if (count > most_failures) taken.failures.clear();
    }

    void count(Taken& taken) {
        const std::lock_guard lock(mutex_);
        if (!taken.lab.empty() || !taken.subject.empty()) {
            labs_.insert(taken.lab);
            summary_.names.insert(taken.lab + "/" + taken.subject);
        }
        summary_.labs = labs_.size();
        summary_.subjects = summary_.names.size();
        for (const auto& issue : taken.issues) {
            ++summary_.issues[issue.type];
            constexpr std::size_t most_extracted = 1000;
            if (issue.type == "ExtractedFromRaw" && summary_.extracted.size() < most_extracted) {
                summary_.extracted.push_back(taken.identifier + ": " + issue.dataset + ": " +
                                             issue.message);
            }
        }
        ++summary_.read;
        if (taken.result) {
            count_session(taken);
            if (taken.result->outcome != Outcome::unchanged) {
                written_.push_back(taken.result->session_id);
                if (options_.dry_run && taken.session)
                    found_.push_back(found_session(*taken.session, taken.result->session_id));
            }
        }
        for (auto& failure : taken.failures) summary_.failures.push_back(std::move(failure));
        if (options_.progress) options_.progress(summary_);
    }

    /// A session counts once, by the most that happened to it, however many files name it.
    void count_session(const Taken& taken) {
        const auto number = [this](Outcome outcome) -> std::size_t& {
            return outcome == Outcome::added     ? summary_.added
                   : outcome == Outcome::updated ? summary_.updated
                                                 : summary_.unchanged;
        };
        const auto outcome = taken.result->outcome;
        // A session that a dry run would add has no id yet.
        auto key = taken.result->session_id;
        if (options_.dry_run && taken.session)
            key = taken.session->source + ":" + taken.session->identifier();
        const auto [counted, is_first] = counted_.try_emplace(std::move(key), outcome);
        if (is_first) {
            summary_.trials += taken.result->trials;  // those of another plane's file are the same
        } else {
            if (static_cast<int>(outcome) >= static_cast<int>(counted->second)) return;
            --number(counted->second);
            counted->second = outcome;
        }
        ++number(outcome);
    }

    void add_issues(const std::map<std::string, std::size_t>& more) {
        for (const auto& [type, number] : more) summary_.issues[type] += number;
    }

    SessionSource& source_;
    const RunOptions& options_;
    SessionQueue queue_;
    std::mutex mutex_;  // guards what follows
    std::exception_ptr aborted_;
    std::set<std::string> labs_;
    std::vector<Failure> unrecorded_;  // of the search, which has no connection
    std::map<std::string, std::size_t> failures_of_archive_;
    std::map<std::string, Outcome> counted_;  // by session
    std::vector<std::string> written_;        // sessions added or updated
    std::vector<FoundSession> found_;         // that would be, in a dry run
    IngestSummary summary_;
};

}  // namespace

IngestSummary ingest_sessions(SessionSource& source, const RunOptions& options) {
    for (const auto& place : source.places()) {
        std::error_code ignored;
        if (!std::filesystem::exists(place, ignored))
            throw Error(ErrorKind::not_found, fmt::format("there is no {}", place.string()),
                        "Name a file or folder that is there.");
    }
    const unsigned jobs =
        options.jobs > 0 ? options.jobs : std::max(2U, std::thread::hardware_concurrency());
    Run run(source, options, jobs);
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < jobs; ++i) workers.emplace_back([&run] { run.work(); });
    run.find();
    for (auto& worker : workers) worker.join();
    return run.finish();
}

}  // namespace tb::load
