#include "src/populate/worker.hpp"

#include "src/base/quoted.hpp"
#include "src/base/uuid.hpp"
#include "src/populate/arrays.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <condition_variable>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace tb::populate {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::int64_t microseconds_since(Clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
}

std::string os_user() {
    const auto* entry = getpwuid(geteuid());
    return entry != nullptr ? entry->pw_name : std::to_string(geteuid());
}

std::string host_name() {
    char name[256] = {};
    gethostname(name, sizeof name - 1);
    return name;
}

/// What one worker did; Counters are its program's.
struct OwnCounts {
    std::atomic<std::int64_t> done{0}, errors{0};
};

/// Prolongs the worker's lease from a thread and a connection of its own, so that a long
/// computation keeps its keys; takes back the keys of dead workers; gives up the running
/// computation when a stop request outlasts its grace.
class Heart {
  public:
    Heart(const WorkerOptions& options, std::string worker_id, const OwnCounts& own)
        : options_(options),
          worker_id_(std::move(worker_id)),
          own_(own),
          thread_([this] { beat_until_stopped(); }) {}
    ~Heart() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        thread_.join();
    }
    Heart(const Heart&) = delete;
    Heart& operator=(const Heart&) = delete;

    void set_doing(std::string doing) {
        const std::lock_guard lock(mutex_);
        doing_ = std::move(doing);
    }
    /// What to give back when the process must end in the midst of a computation.
    void set_give_up(std::function<void(db::Session&)> give_up) {
        const std::lock_guard lock(mutex_);
        give_up_ = std::move(give_up);
    }

  private:
    void beat_until_stopped() {
        std::unique_ptr<db::Session> session;
        std::optional<Clock::time_point> stop_seen;
        auto next_beat = Clock::now();
        std::unique_lock lock(mutex_);
        while (!stopping_) {
            const auto doing = doing_;
            lock.unlock();
            try {
                if (options_.stop_signal != nullptr && options_.stop_signal->load() != 0 &&
                    !stop_seen)
                    stop_seen = Clock::now();
                if (Clock::now() >= next_beat) {
                    if (!session) session = std::make_unique<db::Session>(options_.connect);
                    const auto known = session->exec_prepared(
                        {"heartbeat",
                         "select engine.worker_heartbeat($1::uuid, make_interval(secs => "
                         "$2::double precision), $3, $4::bigint, $5::bigint)"},
                        db::Params()
                            .text(worker_id_)
                            .number(static_cast<double>(options_.lease.count()) / 1000.0)
                            .text(doing)
                            .integer(own_.done.load())
                            .integer(own_.errors.load()));
                    if (!known.get<bool>(0, std::size_t{0}))
                        spdlog::warn("event=worker_unknown worker={}", worker_id_);
                    session->exec_prepared({"reclaim", "select engine.reclaim_expired()"});
                    next_beat = Clock::now() + options_.lease / 3;
                }
                if (stop_seen && options_.owns_process &&
                    Clock::now() - *stop_seen > options_.stop_grace)
                    give_up(session);
            } catch (const std::exception& error) {
                spdlog::warn("event=heartbeat_failed worker={} message={}", worker_id_,
                             Quoted{error.what()});
                session.reset();
                next_beat = Clock::now() + std::min<std::chrono::milliseconds>(
                                               options_.lease / 10, std::chrono::seconds(2));
            }
            lock.lock();
            wake_.wait_for(lock,
                           std::min<std::chrono::milliseconds>(options_.lease / 3,
                                                               std::chrono::milliseconds(200)),
                           [this] { return stopping_; });
        }
    }

    void give_up(std::unique_ptr<db::Session>& session) {
        std::function<void(db::Session&)> action;
        {
            const std::lock_guard lock(mutex_);
            action = give_up_;
        }
        if (!session) session = std::make_unique<db::Session>(options_.connect);
        if (action) action(*session);
        session->exec(
            {"worker stop", "select engine.worker_stop($1::uuid, $2::bigint, $3::bigint)"},
            db::Params().text(worker_id_).integer(own_.done.load()).integer(own_.errors.load()));
        spdlog::warn(
            "event=gave_up worker={} message=\"stopped during a computation; its key is pending "
            "again\"",
            worker_id_);
        _exit(130);
    }

    const WorkerOptions& options_;
    std::string worker_id_;
    const OwnCounts& own_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::string doing_;
    std::function<void(db::Session&)> give_up_;
    std::thread thread_;
};

/// Transactions under way at once where each key has its own, and keys of one such round.
constexpr std::size_t concurrent_commits = 24;
constexpr std::size_t keys_per_round = 240;

class Worker {
  public:
    Worker(const WorkerOptions& options, Counters& counters)
        : options_(options),
          counters_(counters),
          worker_id_(new_run_id().to_string()),
          arrays_(options.store) {}

    void run() {
        connect();
        std::optional<std::vector<TableInfo>> computable;
        if (options_.watch) open_listener();
        heart_ = std::make_unique<Heart>(options_, worker_id_, own_);
        int outages = 0;
        std::int64_t done_at_outage = -1;
        while (!stop_wanted()) {
            try {
                if (!session_) connect();
                if (!computable) computable = computable_tables();
                const auto worked = pass(*computable);
                outages = 0;
                if (worked) continue;
                if (!options_.watch) {
                    // Keys of workers that died come back when their lease runs out; look once
                    // before ending.
                    if (reclaim() == 0) break;
                    continue;
                }
                wait_for_keys();
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::unavailable) throw;
                // An outage after some work is a new one: only a database that stays away is given
                // up.
                const auto done = counters_.done.load() + counters_.settled.load();
                if (done != done_at_outage) outages = 0;
                done_at_outage = done;
                lost_database(error, outages++);
            }
        }
        heart_.reset();
        try {
            if (session_) {
                session_->exec(
                    {"worker stop", "select engine.worker_stop($1::uuid, $2::bigint, $3::bigint)"},
                    db::Params()
                        .text(worker_id_)
                        .integer(own_.done.load())
                        .integer(own_.errors.load()));
            }
        } catch (const Error& error) {  // its work is done; its lease runs out by itself
            if (error.kind() != ErrorKind::unavailable) throw;
            spdlog::warn("event=stop_not_recorded worker={} message={}", worker_id_,
                         Quoted{error.what()});
        }
        if (claim_error_ && !options_.watch) throw *claim_error_;
        if (too_old_ > 0 && computable && too_old_ == static_cast<int>(computable->size())) {
            throw Error(ErrorKind::conflict,
                        "this program is older than the database's code versions",
                        "Start workers of the newer program.");
        }
    }

  private:
    /// Where in a table's queue this worker is, and how many keys it takes at a time.
    struct Place {
        int priority = std::numeric_limits<int>::min();
        std::int64_t queue_no = 0;
        double seconds_per_key = 0.05;  ///< a guess; the first claims tell
        int claims_since_start = 0;
        int claim_failures = 0;  ///< in a row
        bool too_old = false;
        [[nodiscard]] bool is_given_up() const { return claim_failures >= most_claim_failures; }
    };
    static constexpr int most_claim_failures = 5;

    db::Session& session() { return *session_; }

    void connect() {
        session_ = std::make_unique<db::Session>(options_.connect);
        session_->exec({"worker start",
                        "select engine.worker_start($1::uuid, $2, $3::integer, $4, $5, $6, "
                        "make_interval(secs => $7::double precision))"},
                       db::Params()
                           .text(worker_id_)
                           .text(host_name())
                           .integer(getpid())
                           .text(os_user())
                           .text(options_.program_version)
                           .text(options_.git_revision)
                           .number(static_cast<double>(options_.lease.count()) / 1000.0));
        // What an earlier connection left unfinished; what it committed is done and stays.
        for (const auto& [table, keys] : unreturned_)
            hand_back(session(), table, pointers_to(keys));
        unreturned_.clear();
    }

    /// The tables wanted that this program can compute.
    std::vector<TableInfo> computable_tables() {
        std::vector<TableInfo> computable;
        for (const auto& table : select_tables(read_tables(session()), options_.tables)) {
            if (computation_of(table.name) != nullptr) {
                computable.push_back(table);
            } else {
                spdlog::warn(
                    "event=no_computation table={} message=\"this program cannot compute it\"",
                    table.name);
            }
        }
        return computable;
    }

    void open_listener() {
        try {
            auto listen = options_.connect;
            if (!options_.listen_conninfo.empty()) listen.conninfo = options_.listen_conninfo;
            listener_ = std::make_unique<db::Session>(listen);
            if (listener_->is_pooled()) {
                throw Error(ErrorKind::usage,
                            "notifications do not pass through a connection pooler, name a direct "
                            "connection for them");
            }
            listener_->listen("trialbase_queue");
            told_cannot_listen_ = false;
        } catch (const Error& error) {
            listener_.reset();
            if (!std::exchange(told_cannot_listen_, true)) {
                spdlog::warn("event=cannot_listen message={}",
                             Quoted{fmt::format("{}; new keys are found by polling every {} ms",
                                                error.what(), options_.poll.count())});
            }
        }
    }

    void wait_for_keys() {
        for (auto& [name, place] : places_)
            place.claim_failures = 0;  // a watching worker asks again
        const auto deadline = Clock::now() + options_.poll;
        while (!stop_wanted() && Clock::now() < deadline) {
            const auto slice = std::min(
                std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()),
                std::chrono::milliseconds(200));
            if (listener_) {
                try {
                    if (!listener_->wait_notifications(slice).empty()) return;
                } catch (const Error&) {
                    listener_.reset();
                }
            } else {
                std::this_thread::sleep_for(slice);
            }
        }
        if (!listener_ && options_.watch) open_listener();
    }

    void lost_database(const Error& error, int outages) {
        session_.reset();
        if (!options_.watch && outages >= 12) throw error;
        const auto delay = std::chrono::milliseconds(std::min(250 << std::min(outages, 5), 8000));
        spdlog::warn("event=database_lost message={} retry_ms={}", Quoted{error.what()},
                     delay.count());
        pause(delay);
    }

    /// Sleeps, at most until a stop is wanted.
    void pause(std::chrono::milliseconds delay) const {
        for (auto waited = std::chrono::milliseconds(0); waited < delay && !stop_wanted();
             waited += std::chrono::milliseconds(50)) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    }

    std::int64_t reclaim() {
        return session()
            .exec({"reclaim", "select engine.reclaim_expired()"})
            .get<std::int64_t>(0, std::size_t{0});
    }

    [[nodiscard]] bool stop_wanted() const {
        return (options_.stop_signal != nullptr && options_.stop_signal->load() != 0) ||
               counters_.failed_stop.load() || counters_.budget.load() == 0;
    }

    const ComputedTable* computation_of(const std::string& name) const {
        for (const auto& computation : *options_.registry) {
            if (computation.name == name) return &computation;
        }
        return nullptr;
    }

    /// One look at every table in dependency order. @return whether any key was claimed
    bool pass(const std::vector<TableInfo>& tables) {
        bool worked = false;
        for (const auto& table : tables) {
            while (!stop_wanted() && work_on(table)) worked = true;
        }
        return worked;
    }

    /// Takes from the shared budget; gives 0 when it is spent.
    int take_budget(int wanted) {
        auto left = counters_.budget.load();
        while (left >= 0) {
            const auto taken = std::min<std::int64_t>(left, wanted);
            if (counters_.budget.compare_exchange_weak(left, left - taken))
                return static_cast<int>(taken);
        }
        return wanted;
    }
    void return_budget(std::size_t untaken) {
        if (counters_.budget.load() >= 0) counters_.budget += static_cast<std::int64_t>(untaken);
    }

    /// Keys of about a second's work. Of slow keys never more than a quarter of those that wait, so
    /// that at the queue's end no worker sits on what another could do.
    int claim_size(const TableInfo& table, const Place& place) {
        const auto size =
            static_cast<int>(std::clamp(1.0 / std::max(place.seconds_per_key, 1e-4), 1.0, 500.0));
        if (size == 1 || place.seconds_per_key < 0.02) return size;
        const auto waiting =
            session()
                .exec_prepared(
                    {table.name + " waiting",
                     fmt::format("select count(*) from (select from {} where state = 'pending' "
                                 "limit $1) as waiting",
                                 table.job_table())},
                    db::Params().integer(4 * size))
                .get<std::int64_t>(0, std::size_t{0});
        ++counters_.statements;
        return std::clamp(static_cast<int>(waiting / 4), 1, size);
    }

    /// Claims a batch of one table and sees it through. @return false when nothing was claimable
    bool work_on(const TableInfo& table) {
        const auto& computation = *computation_of(table.name);
        auto& place = places_[table.name];
        if (place.too_old || place.is_given_up()) return false;
        const auto per_transaction = options_.keys_per_transaction > 0
                                         ? options_.keys_per_transaction
                                         : computation.keys_per_transaction;
        const auto size = take_budget(claim_size(table, place));
        if (size == 0) return false;
        const auto started = Clock::now();
        std::vector<ClaimedKey> keys;
        try {
            if (!options_.where.empty()) {
                keys = claim_where(session(), table, worker_id_, computation.code_version, size,
                                   options_.where);
            } else {
                if (++place.claims_since_start >= 64)
                    place = Place{.seconds_per_key = place.seconds_per_key};
                keys = claim(session(), table, worker_id_, computation.code_version, size,
                             place.priority, place.queue_no);
                if (keys.empty() &&
                    place.queue_no > 0) {  // the end reached: anything left before it?
                    place = Place{.seconds_per_key = place.seconds_per_key};
                    keys = claim(session(), table, worker_id_, computation.code_version, size,
                                 place.priority, place.queue_no);
                    ++counters_.statements;
                }
            }
            ++counters_.statements;
        } catch (const Error& error) {
            return_budget(static_cast<std::size_t>(size));
            if (error.sqlstate == "TB013") {
                place.too_old = true;
                ++too_old_;
                spdlog::warn("event=too_old table={} message={}", table.name, Quoted{error.what()});
                return false;
            }
            // A condition that the user gave is wrong for every table.
            if (error.kind() == ErrorKind::unavailable || !options_.where.empty()) throw;
            // The other tables go on; this one is tried again before it is given up.
            ++place.claim_failures;
            spdlog::warn("event=claim_failed table={} tries={} message={}", table.name,
                         place.claim_failures, Quoted{error.what()});
            if (place.is_given_up()) {
                if (!claim_error_) claim_error_ = error;
                return false;
            }
            pause(std::chrono::milliseconds(50 << place.claim_failures));
            return true;
        }
        place.claim_failures = 0;
        counters_.claim_us += microseconds_since(started);
        return_budget(static_cast<std::size_t>(size) -
                      std::min(keys.size(), static_cast<std::size_t>(size)));
        if (keys.empty()) return false;
        place.priority = keys.back().priority;
        place.queue_no = keys.back().queue_no;
        process(table, computation, keys, per_transaction);
        const auto per_key = seconds_since(started) / static_cast<double>(keys.size());
        place.seconds_per_key = 0.5 * place.seconds_per_key + 0.5 * per_key;
        return true;
    }

    /// Keys of a batch that are neither written, failed nor handed back: what a stop has to return.
    void set_open(const TableInfo& table, const std::vector<const ClaimedKey*>& open) {
        heart_->set_doing(open.empty() ? ""
                                       : fmt::format("{} ({} keys) {}", table.name, open.size(),
                                                     open.front()->text));
        if (!options_.owns_process) return;
        std::vector<ClaimedKey> copy;
        for (const auto* key : open) {
            ClaimedKey one;
            one.parts = key->parts;
            one.claim_id = key->claim_id;
            copy.push_back(std::move(one));
        }
        heart_->set_give_up([table, copy = std::move(copy)](db::Session& session) {
            if (!copy.empty()) hand_back(session, table, pointers_to(copy));
        });
    }

    static void hand_back(db::Session& session, const TableInfo& table,
                          const std::vector<const ClaimedKey*>& keys) {
        db::Params params;
        params.integer(keys.front()->claim_id);
        add_key_arrays(params, table, keys);
        session.exec({table.name + " hand back",
                      fmt::format("select {}__hand_back($1::bigint, {})", table.function_stem(),
                                  table.key_parameters(2))},
                     params);
    }

    void process(const TableInfo& table, const ComputedTable& computation,
                 std::vector<ClaimedKey>& keys, int per_transaction) {
        std::vector<ClaimedKey*> todo;
        for (auto& key : keys) todo.push_back(&key);
        std::vector<const ClaimedKey*> open(todo.begin(), todo.end());
        set_open(table, open);
        try {
            std::unique_ptr<FetchedBatch> batch = fetch_all(table, computation, todo);
            if (!batch) {  // one of them cannot be fetched: find out which
                for (auto* key : todo) {
                    std::vector<ClaimedKey*> one{key};
                    auto single = fetch_all(table, computation, one);
                    if (single)
                        compute_and_write(table, computation, *single, one, per_transaction);
                }
            } else {
                compute_and_write(table, computation, *batch, todo, per_transaction);
            }
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::unavailable) throw;
            // Reconnect and give back what was not committed; what was committed is no longer ours
            // to give.
            counters_.retried += static_cast<std::int64_t>(keys.size());
            session_.reset();
            unreturned_.push_back({table, std::move(keys)});
            throw;
        }
        set_open(table, {});
    }

    /// Null when the fetch of several keys failed together; a single key's failure is recorded.
    std::unique_ptr<FetchedBatch> fetch_all(const TableInfo& table,
                                            const ComputedTable& computation,
                                            std::vector<ClaimedKey*>& keys) {
        const auto started = Clock::now();
        try {
            auto batch = std::make_unique<FetchedBatch>(session(), table, computation, keys);
            counters_.fetch_us += microseconds_since(started);
            counters_.statements += static_cast<std::int64_t>(computation.fetches.size()) + 3;
            return batch;
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::unavailable) throw;
            if (keys.size() == 1) fail(table, computation, {{keys[0], error_of(error)}}, &error);
            return nullptr;
        }
    }

    static KeyError error_of(const std::exception& error) { return key_error_of(error); }

    void compute_and_write(const TableInfo& table, const ComputedTable& computation,
                           const FetchedBatch& batch, const std::vector<ClaimedKey*>& keys,
                           int per_transaction) {
        std::vector<ClaimedKey*> finished;
        std::vector<std::pair<ClaimedKey*, KeyError>> failed;
        auto group_started = Clock::now();
        const auto group =
            per_transaction == 1 ? keys_per_round : static_cast<std::size_t>(per_transaction);
        std::size_t next = 0;
        for (; next < keys.size() && !stop_wanted_between_keys(); ++next) {
            auto& key = *keys[next];
            key.run_id = new_run_id().to_string();
            const auto started = Clock::now();
            try {
                key.output = Output{};
                auto inputs = batch.inputs_of(next);
                inputs.arrays = &arrays_.reader();
                computation.compute(inputs, key.output);
                key.compute_s = seconds_since(started);
                if (!key.output.master_row && !key.output.settled_reason) {
                    throw Error(ErrorKind::data,
                                key.output.part_rows.empty()
                                    ? "the computation gave neither a row nor a reason"
                                    : "the computation gave part rows without their master",
                                "", "NoRows");
                }
                if (key.output.settled_reason &&
                    (key.output.master_row || !key.output.part_rows.empty() ||
                     !key.output.arrays.empty())) {
                    throw Error(ErrorKind::data,
                                "the computation gave rows and a reason for having none", "",
                                "RowsAndReason");
                }
                arrays_.set_aside(table, key);
                finished.push_back(&key);
            } catch (const Error& error) {
                if (is_passing(error)) {  // the store's disk is full, for example
                    fail(table, computation, {{&key, error_of(error)}}, &error);
                } else {
                    failed.emplace_back(&key, error_of(error));
                }
                if (options_.stop_on_error) {
                    ++next;
                    break;
                }
            } catch (const std::exception& error) {
                failed.emplace_back(&key, error_of(error));
                if (options_.stop_on_error) {
                    ++next;
                    break;
                }
            } catch (...) {
                failed.emplace_back(
                    &key, KeyError{"unknown",
                                   "the computation threw something that is no exception", ""});
            }
            counters_.compute_us += microseconds_since(started);
            if (finished.size() >= group || seconds_since(group_started) > 1.0 ||
                arrays_.is_full()) {
                write(table, computation, finished, per_transaction == 1);
                finished.clear();
                group_started = Clock::now();
                std::vector<const ClaimedKey*> open(
                    keys.begin() + static_cast<std::ptrdiff_t>(next) + 1, keys.end());
                set_open(table, open);
            }
        }
        write(table, computation, finished, per_transaction == 1);
        if (!failed.empty()) fail(table, computation, failed, nullptr);
        if (next < keys.size()) {
            std::vector<const ClaimedKey*> rest(keys.begin() + static_cast<std::ptrdiff_t>(next),
                                                keys.end());
            hand_back(session(), table, rest);
            counters_.retried += static_cast<std::int64_t>(rest.size());
            return_budget(rest.size());
        }
    }

    /// The budget is taken at the claim, so that its end does not stop a batch.
    [[nodiscard]] bool stop_wanted_between_keys() const {
        return (options_.stop_signal != nullptr && options_.stop_signal->load() != 0) ||
               counters_.failed_stop.load();
    }

    /// A transaction a key, several of them under way at once: their commits share the disk's
    /// flushes.
    void write_alone(const TableInfo& table, const ComputedTable& computation,
                     const std::vector<ClaimedKey*>& keys) {
        if (keys.size() == 1) return write(table, computation, keys);
        const auto started = Clock::now();
        std::int64_t statements = 0;
        while (writers_.size() < std::min(keys.size(), concurrent_commits)) {
            writers_.push_back(std::make_unique<db::Session>(options_.connect));
        }
        std::vector<std::optional<Error>> errors;
        errors =
            write_each(writers_, table, computation.code_version, worker_id_, keys, statements);
        counters_.write_us += microseconds_since(started);
        counters_.statements += statements;
        for (std::size_t k = 0; k < keys.size(); ++k) {
            if (!errors[k]) {
                count_written(table, *keys[k]);
                ++counters_.commits;
            } else if (errors[k]->kind() == ErrorKind::unavailable) {
                writers_.clear();
                throw *errors[k];
            } else {
                write(table, computation, {keys[k]});
            }
        }
    }

    void count_written(const TableInfo& table, const ClaimedKey& key) {
        if (key.output.settled_reason) {
            ++counters_.settled;
            spdlog::info("event=key_settled table={} key={} compute_s={:.6f} reason={}", table.name,
                         Quoted{key.text}, key.compute_s, Quoted{*key.output.settled_reason});
        } else {
            ++counters_.done;
            ++own_.done;
            spdlog::info("event=key_done table={} key={} compute_s={:.6f}", table.name,
                         Quoted{key.text}, key.compute_s);
        }
    }

    /// Makes the arrays of finished keys durable, so that rows may name them. @return the keys
    /// that may be written; the others' errors are recorded
    std::vector<ClaimedKey*> publish_arrays(const TableInfo& table,
                                            const ComputedTable& computation,
                                            const std::vector<ClaimedKey*>& keys) {
        const auto started = Clock::now();
        const auto errors = arrays_.publish(keys);
        std::vector<ClaimedKey*> published;
        for (std::size_t k = 0; k < keys.size(); ++k) {
            if (!errors[k]) {
                published.push_back(keys[k]);
            } else {
                fail(table, computation, {{keys[k], error_of(*errors[k])}}, &*errors[k]);
            }
        }
        counters_.write_us += microseconds_since(started);
        return published;
    }

    /// Writes finished keys together; when that fails, each alone, so that an error is its key's
    /// own.
    void write(const TableInfo& table, const ComputedTable& computation,
               const std::vector<ClaimedKey*>& computed, bool each_alone = false) {
        const auto keys = publish_arrays(table, computation, computed);
        if (keys.empty()) return;
        if (each_alone) return write_alone(table, computation, keys);
        const auto started = Clock::now();
        std::int64_t statements = 0;
        std::vector<Verdict> verdicts;
        try {
            verdicts = write_keys(session(), table, computation.code_version, worker_id_, keys,
                                  statements);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::unavailable) throw;
            if (keys.size() > 1) {
                for (auto* key : keys) write(table, computation, {key});
            } else {
                KeyArrays::discard(*keys[0]);
                fail(table, computation, {{keys[0], error_of(error)}}, &error);
            }
            return;
        }
        for (std::size_t k = 0; k < keys.size(); ++k) {
            if (verdicts[k] != Verdict::ok) KeyArrays::discard(*keys[k]);
        }
        counters_.write_us += microseconds_since(started);
        counters_.statements += statements;
        ++counters_.commits;
        for (std::size_t k = 0; k < keys.size(); ++k) {
            switch (verdicts[k]) {
                case Verdict::ok:
                    count_written(table, *keys[k]);
                    break;
                case Verdict::lost:
                    ++counters_.lost;
                    spdlog::warn("event=claim_lost table={} key={} worker={}", table.name,
                                 Quoted{keys[k]->text}, worker_id_);
                    break;
                case Verdict::changed:
                case Verdict::busy:
                    ++counters_.retried;
                    spdlog::info("event=inputs_changed table={} key={}", table.name,
                                 Quoted{keys[k]->text});
                    break;
            }
        }
    }

    /// Records errors with their keys. A passing error (as the database reported it) is tried again
    /// after a growing delay.
    void fail(const TableInfo& table, const ComputedTable& computation,
              const std::vector<std::pair<ClaimedKey*, KeyError>>& failed,
              const Error* database_error) {
        db::Params params;
        std::vector<const ClaimedKey*> keys;
        std::vector<std::string> types, messages, details;
        std::vector<std::optional<std::string>> retries;
        std::vector<std::int64_t> stamps;
        bool was_fetched = true;
        std::int64_t final_errors = 0;
        for (const auto& [key, error] : failed) {
            keys.push_back(key);
            was_fetched = was_fetched && std::cmp_equal(key->stamps.size(), table.sources);
            stamps.insert(stamps.end(), key->stamps.begin(), key->stamps.end());
            types.push_back(error.type);
            messages.push_back(error.message);
            details.push_back(error.detail);
            if (database_error != nullptr && is_passing(*database_error) &&
                key->attempt < options_.max_attempts) {
                const double delay_s = std::min(300.0, 0.25 * std::pow(2.0, key->attempt));
                std::string bytes(8, '\0');
                const auto bits = std::bit_cast<std::uint64_t>(delay_s);
                for (std::size_t i = 0; i < 8; ++i)
                    bytes[i] = static_cast<char>(bits >> (56 - 8 * i));
                retries.emplace_back(bytes);
                ++counters_.retried;
            } else {
                retries.emplace_back(std::nullopt);
                ++final_errors;
            }
            spdlog::info("event=key_error table={} key={} type={} message={}", table.name,
                         Quoted{key->text}, Quoted{error.type}, Quoted{error.message});
        }
        params.integer(keys.front()->claim_id);
        add_key_arrays(params, table, keys);
        params.text_array(types)
            .text_array(messages)
            .text_array(details)
            .binary_array(db::oid::float8, retries)
            .integer(computation.code_version)
            .text(worker_id_);
        was_fetched ? params.int8_array(stamps) : params.null();
        const auto n = static_cast<int>(table.key.size()) + 2;
        const db::Sql sql{
            table.name + " fail",
            fmt::format("select {}__fail($1::bigint, {}, ${}::text[], ${}::text[], ${}::text[], "
                        "${}::double precision[], ${}::integer, ${}::uuid, ${}::bigint[])",
                        table.function_stem(), table.key_parameters(2), n, n + 1, n + 2, n + 3,
                        n + 4, n + 5, n + 6)};
        try {
            // Keys that were lost, or whose inputs have changed since, are not recorded as failed.
            const auto recorded =
                session().exec_prepared(sql, params).get<std::int64_t>(0, std::size_t{0});
            const auto unrecorded = static_cast<std::int64_t>(failed.size()) - recorded;
            const auto errors = std::max<std::int64_t>(0, final_errors - unrecorded);
            counters_.errors += errors;
            own_.errors += errors;
            counters_.retried += final_errors - errors;
            if (errors > 0 && options_.stop_on_error) counters_.failed_stop = true;
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::unavailable) throw;
            // The lease gives the key back in time; the worker goes on.
            spdlog::error("event=cannot_record_error table={} message={}", table.name,
                          Quoted{error.what()});
        }
    }

    struct Unreturned {
        TableInfo table;
        std::vector<ClaimedKey> keys;
    };

    const WorkerOptions& options_;
    Counters& counters_;
    OwnCounts own_;
    std::string worker_id_;
    KeyArrays arrays_;
    std::unique_ptr<db::Session> session_;
    std::unique_ptr<db::Session> listener_;
    std::vector<std::unique_ptr<db::Session>> writers_;  ///< for tables that ask for a commit a key
    std::unique_ptr<Heart> heart_;
    std::map<std::string, Place> places_;
    std::vector<Unreturned> unreturned_;
    int too_old_ = 0;
    std::optional<Error> claim_error_;  ///< of a table whose keys could not be claimed
    bool told_cannot_listen_ = false;
};

}  // namespace

bool is_passing(const Error& error) {
    if (error.kind() == ErrorKind::unavailable) return true;
    const auto& state = error.sqlstate;
    return state.starts_with("08") || state.starts_with("57P") || state == "40001" ||
           state == "40P01" || state == "55P03" || state.starts_with("53") || state == "58030";
}

KeyError key_error_of(const std::exception& error) {
    KeyError kept;
    std::string message = db::sanitize_text(error.what());
    if (const auto* ours = dynamic_cast<const Error*>(&error)) {
        kept.type = !ours->type().empty()     ? ours->type()
                    : !ours->sqlstate.empty() ? "SQLSTATE " + ours->sqlstate
                                              : std::string(to_string(ours->kind()));
        if (!ours->hint().empty()) kept.detail = db::sanitize_text(ours->hint());
    } else if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
        kept.type = "OutOfMemory";
    } else {
        kept.type = "exception";
    }
    constexpr std::size_t longest = 2000;
    if (message.size() > longest) {
        kept.detail = message + (kept.detail.empty() ? "" : "\n" + kept.detail);
        auto cut = longest;
        while (cut > 0 && (static_cast<unsigned char>(message[cut]) & 0xC0) == 0x80) --cut;
        message = message.substr(0, cut) +
                  fmt::format(" ... [cut, {} bytes in error_detail]", kept.detail.size());
    }
    kept.message = std::move(message);
    return kept;
}

void run_worker(const WorkerOptions& options, Counters& counters) {
    Worker(options, counters).run();
}

}  // namespace tb::populate
