#include "ingest/load/ingest_alf.hpp"

#include "ingest/alf/session_reader.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include <fmt/format.h>

namespace tb::load {
namespace {

// Of archive members held in memory.
constexpr std::size_t most_waiting_bytes = std::size_t{256} << 20;
constexpr std::size_t most_waiting = 512;
constexpr std::size_t most_batch_bytes = std::size_t{32} << 20;

/// Failed sessions of one archive that are kept one by one; the others are counted.
constexpr std::size_t most_failures = 200;

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

std::string subject_of(const alf::SessionSource& source) {
    return source.lab + "/" + source.subject;
}

/// Sessions found and not yet taken; the finder waits when too many are. Takers get batches of
/// sessions whose subjects no other taker has: sessions of one subject change the subject's rows
/// and stamps, and would only wait for each other in the database.
class Queue {
  public:
    Queue(unsigned takers, std::size_t most_batch) : takers_(takers), most_batch_(most_batch) {}

    /// @return false when nobody wants any more
    bool push(alf::SessionSource&& source) {
        std::unique_lock lock(mutex_);
        const auto bytes = held_bytes(source);
        const auto has_room = [&] {
            return closed_ || waiting_.empty() ||
                   (waiting_.size() < most_waiting && bytes_ + bytes <= most_waiting_bytes);
        };
        if (!has_room()) {
            finder_waits_ = true;  // takers wait for no more then
            has_work_.notify_all();
            has_room_.wait(lock, has_room);
            finder_waits_ = false;
        }
        if (closed_) return false;
        bytes_ += bytes;
        waiting_.push_back(std::move(source));
        has_work_.notify_one();
        return true;
    }

    /// The next batch; empty when there will be none. done() gives its subjects back.
    std::vector<alf::SessionSource> pop() {
        std::unique_lock lock(mutex_);
        std::vector<alf::SessionSource> batch;
        has_work_.wait(lock,
                       [&] { return closed_ || (finished_ && waiting_.empty()) || take(batch); });
        if (closed_) batch.clear();
        return batch;
    }

    void done(const std::vector<alf::SessionSource>& batch) {
        const std::lock_guard lock(mutex_);
        for (const auto& source : batch) taken_.erase(subject_of(source));
        has_work_.notify_all();
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
    /// Moves sessions of free subjects into the batch, at most a taker's share of what is waiting.
    bool take(std::vector<alf::SessionSource>& batch) {
        // While more is coming quickly, a fuller batch is worth the wait.
        if (!finished_ && !finder_waits_ && waiting_.size() < most_batch_ * takers_) return false;
        const auto share =
            std::clamp<std::size_t>(waiting_.size() / takers_, std::size_t{1}, most_batch_);
        std::set<std::string> own;
        std::size_t bytes = 0;
        for (auto at = waiting_.begin(); at != waiting_.end() && batch.size() < share;) {
            const auto subject = subject_of(*at);
            if (!own.contains(subject) && taken_.contains(subject)) {
                ++at;
                continue;
            }
            bytes += held_bytes(*at);
            if (!batch.empty() && bytes > most_batch_bytes) break;
            own.insert(subject);
            bytes_ -= held_bytes(*at);
            batch.push_back(std::move(*at));
            at = waiting_.erase(at);
        }
        taken_.insert(own.begin(), own.end());
        if (!batch.empty()) has_room_.notify_one();
        return !batch.empty();
    }

    std::mutex mutex_;
    std::condition_variable has_work_;
    std::condition_variable has_room_;
    std::deque<alf::SessionSource> waiting_;
    std::set<std::string> taken_;  ///< subjects
    unsigned takers_;
    std::size_t most_batch_;
    std::size_t bytes_ = 0;
    bool finder_waits_ = false;
    bool finished_ = false;
    bool closed_ = false;
};

/// One ingest: the queue, the workers' common state, and what came of it.
class Run {
  public:
    Run(const IngestOptions& options, unsigned jobs)
        : options_(options), queue_(jobs, std::max<std::size_t>(options.batch, 1)) {}

    void find(std::span<const std::filesystem::path> paths) {
        places_.assign(paths.begin(), paths.end());
        alf::DiscoveryOptions discovery;
        discovery.lab = options_.lab;
        discovery.subject = options_.subject;
        discovery.date = options_.date;
        discovery.number = options_.number;
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
                        auto failure =
                            failure_of(problem.error, options_.source, name, {}, problem.origin);
                        // lab/subject/date/number: the row tells which session it would be.
                        if (std::ranges::count(problem.session, '/') == 3)
                            failure.lab = problem.session.substr(0, problem.session.find('/'));
                        unrecorded_.push_back(std::move(failure));
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
                const auto batch = queue_.pop();
                if (batch.empty()) break;
                take(loader, batch);
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
                options_.source, archive, {}, archive));
        }
        if (options_.dry_run) {
            SessionLoader loader(options_.connect());
            for (const auto& [type, count] : loader.preview_twins(found_))
                summary_.issues[type] += count;
        } else {
            SessionLoader loader(options_.connect());
            if (!is_stopped()) {
                std::vector<std::string> met;
                for (const auto& failure : unrecorded_)
                    if (failure.type == "NoSession") met.push_back(failure.identifier);
                loader.resolve_search(places_, met);
            }
            for (const auto& failure : unrecorded_) loader.record(failure);
            for (const auto& [type, count] : loader.remark_on_twins(written_))
                summary_.issues[type] += count;
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

    /// A session of a batch on its way.
    struct Taken {
        std::string identifier;
        std::string source_name;
        std::optional<ChoiceSession> session;
        std::optional<LoadResult> result;
        std::vector<SessionIssue> issues;
        std::vector<Failure> failures;  ///< of the session, or of parts of it
    };

    /// Memory that a session's traces hold.
    static std::size_t trace_bytes(const ChoiceSession& session) {
        std::size_t values = 0;
        if (session.wheel) values += session.wheel->time_s.size() + session.wheel->position.size();
        if (session.photometry) {
            values += session.photometry->frame_times_s.size();
            for (const auto& band : session.photometry->bands)
                values += band.times_s.size() * (1 + band.signals.size());
        }
        return values * sizeof(double);
    }

    Taken read(const alf::SessionSource& source) const {
        Taken taken;
        taken.identifier = identifier_of(source);
        taken.source_name = source.is_simulated && !options_.is_source_asked
                                ? std::string("simulated")
                                : options_.source;
        try {
            alf::ReadOptions reading;
            reading.source = options_.source;
            reading.is_source_asked = options_.is_source_asked;
            reading.keep_every_wheel = options_.keep_every_wheel;
            reading.frame_unit_s = options_.frame_unit_s;
            taken.session = alf::read_session(source, reading);
            taken.source_name = taken.session->source;
            for (const auto& error : taken.session->part_errors) {
                taken.failures.push_back({taken.source_name, taken.identifier, source.lab,
                                          error.type, error.message, error.hint, error.file});
            }
            taken.issues = issues_of(*taken.session);
        } catch (const Error& error) {
            fail(taken, source, error);
        } catch (const std::exception& error) {
            fail(taken, source, error_of(error));
        }
        return taken;
    }

    static void fail(Taken& taken, const alf::SessionSource& source, const Error& error) {
        taken.session.reset();
        taken.failures.insert(
            taken.failures.begin(),
            failure_of(error, taken.source_name, taken.identifier, source.lab, source.origin));
    }

    void take(SessionLoader& loader, const std::vector<alf::SessionSource>& batch) {
        std::vector<Taken> all;
        std::size_t first = 0;  // of those not loaded yet
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < batch.size() && !is_stopped(); ++i) {
            all.push_back(read(batch[i]));
            if (all.back().session) bytes += trace_bytes(*all.back().session);
            if (bytes < most_batch_bytes && i + 1 < batch.size() && !is_stopped()) continue;
            load(loader, batch, all, first);
            first = all.size();
            bytes = 0;
        }
    }

    void load(SessionLoader& loader, const std::vector<alf::SessionSource>& batch,
              std::vector<Taken>& all, std::size_t first) {
        std::vector<const ChoiceSession*> sessions;
        std::vector<std::size_t> places;
        for (std::size_t i = first; i < all.size(); ++i) {
            if (!all[i].session) continue;
            sessions.push_back(&*all[i].session);
            places.push_back(i);
        }
        const auto outcomes =
            options_.dry_run ? loader.preview_all(sessions) : loader.load_all(sessions);
        for (std::size_t i = 0; i < places.size(); ++i) {
            auto& taken = all[places[i]];
            if (outcomes[i].error) {
                taken.failures.clear();  // parts of a session that is not there
                fail(taken, batch[places[i]], *outcomes[i].error);
            } else {
                taken.result = outcomes[i].result;
            }
        }
        for (std::size_t i = first; i < all.size(); ++i) {
            bound_failures(batch[i], all[i]);
            if (!options_.dry_run)
                for (const auto& failure : all[i].failures) loader.record(failure);
            count(batch[i], all[i]);
            all[i].session.reset();
        }
    }

    /// A hostile archive may hold any number of bad sessions: beyond some they are only counted.
    void bound_failures(const alf::SessionSource& source, Taken& taken) {
        if (source.archive.empty() || taken.failures.empty()) return;
        const std::lock_guard lock(mutex_);
        auto& count = failures_of_archive_[source.archive];
        count += taken.failures.size();
        if (count > most_failures) taken.failures.clear();
    }

    void count(const alf::SessionSource& source, Taken& taken) {
        const std::lock_guard lock(mutex_);
        labs_.insert(source.lab);
        summary_.names.insert(subject_of(source));
        summary_.labs = labs_.size();
        summary_.subjects = summary_.names.size();
        for (const auto& issue : taken.issues) ++summary_.issues[issue.type];
        if (taken.result) {
            summary_.trials += taken.result->trials;
            auto& number = taken.result->outcome == Outcome::added     ? summary_.added
                           : taken.result->outcome == Outcome::updated ? summary_.updated
                                                                       : summary_.unchanged;
            ++number;
            if (taken.result->outcome != Outcome::unchanged) {
                written_.push_back(taken.result->session_id);
                if (options_.dry_run && taken.session)
                    found_.push_back(found_session(*taken.session, taken.result->session_id));
            }
        }
        for (auto& failure : taken.failures) summary_.failures.push_back(std::move(failure));
        if (options_.progress) options_.progress(summary_);
    }

    const IngestOptions& options_;
    Queue queue_;
    std::mutex mutex_;  // guards what follows
    std::exception_ptr aborted_;
    std::set<std::string> labs_;
    std::vector<Failure> unrecorded_;  // of discovery, which has no connection
    std::map<std::string, std::size_t> failures_of_archive_;
    std::vector<std::string> written_;  // sessions added or updated
    std::vector<FoundSession> found_;   // that would be, in a dry run
    std::vector<std::filesystem::path> places_;
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
