// The loop of one worker: passes over its tables, fetch and compute, stops, lost databases. What
// it claims, writes and records, and its heartbeat, have files of their own.
#include "src/populate/worker.hpp"

#include "src/base/quoted.hpp"
#include "src/base/uuid.hpp"
#include "src/populate/arrays.hpp"
#include "src/populate/claimer.hpp"
#include "src/populate/heart.hpp"
#include "src/populate/key_errors.hpp"
#include "src/populate/left_keys.hpp"
#include "src/populate/result_writer.hpp"
#include "src/populate/row_names.hpp"
#include "src/store/store_identity.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace tb::populate {

namespace {

/// Keys whose transactions are made in one round where each key has its own.
constexpr std::size_t keys_per_round = 240;

/// Outages in a row after which a worker that does not watch gives up: about a minute of them.
constexpr int most_outages = 12;

class Worker {
  public:
    Worker(const WorkerOptions& options, Counters& counters)
        : options_(options),
          counters_(counters),
          context_{options, counters, own_, new_run_id().to_string()},
          arrays_(options.store),
          claimer_(context_, arrays_.reader().most_bytes()),
          writer_(context_, arrays_) {}

    void run() {
        std::optional<std::vector<TableInfo>> computable;
        int outages = 0;
        std::int64_t done_at_outage = -1;
        while (!stop_wanted()) {
            try {
                if (!session_) connect();
                if (!computable) computable = computable_tables();
                const auto finished_before = own_finished_;
                const bool worked = pass(*computable);
                outages = 0;
                if (worked && own_finished_ != finished_before) {
                    looks_ = 0;
                    continue;
                }
                if (options_.watch) {
                    // Keys that were put back are not taken again at once, over and over.
                    worked ? pause(look_delay()) : wait_for_keys();
                } else if (!wait_for_what_is_left(*computable)) {
                    ++counters_.ended;
                    break;
                }
            } catch (const Error& error) {
                if (!is_passing(error) && !is_cancelled(error)) throw;
                if (store::is_store_unavailable(error) && !options_.watch) {
                    leave();
                    throw;
                }
                if (!was_connected_) {
                    // With no connection at all the others of the program do the work.
                    if (counters_.ended.load() > 0) return;
                    if (!options_.watch && !options_.owns_process) throw;
                }
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
            if (session_) stop();
        } catch (const Error& error) {  // its work is done; its lease runs out by itself
            if (!is_passing(error)) throw;
            spdlog::warn("event=stop_not_recorded worker={} message={}", context_.worker_id,
                         Quoted{error.what()});
        }
        if (claimer_.error() && !options_.watch) throw *claimer_.error();
        if (claimer_.too_old() > 0 && computable &&
            claimer_.too_old() == static_cast<int>(computable->size())) {
            throw Error(ErrorKind::conflict,
                        "this program is older than the database's code versions",
                        "Start workers of the newer program.");
        }
    }

  private:
    db::Session& session() { return *session_; }

    void connect() {
        session_ = std::make_unique<db::Session>(options_.connect);
        if (!was_connected_) {
            start();
            was_connected_ = true;
            heart_ = std::make_unique<Heart>(context_);
            if (options_.watch) open_listener();
            return;
        }
        // What an earlier connection left unfinished; what it committed is done and stays.
        for (const auto& [table, keys] : unreturned_)
            hand_back(session(), table, pointers_to(keys));
        unreturned_.clear();
        take_back_claims();
    }

    /// Gives back what it holds and stops: who has the store may go on.
    void leave() {
        heart_.reset();
        try {
            if (!session_) connect();
            stop();
        } catch (const Error& error) {
            spdlog::warn("event=stop_not_recorded worker={} message={}", context_.worker_id,
                         Quoted{error.what()});
        }
    }

    /// Claims whose answer was lost do not stay: nobody else would take them from a living worker.
    /// For the length of this transaction it counts as stopped. It holds no key that it knows of.
    void take_back_claims() {
        db::Transaction transaction(session());
        stop();
        (void)reclaim();
        start();
        transaction.commit();
        was_connection_replaced_ = false;
    }

    void start() { announce(session(), context_); }

    void stop() {
        session().exec(
            {"worker stop", "select engine.worker_stop($1::uuid, $2::bigint, $3::bigint)"},
            db::Params()
                .text(context_.worker_id)
                .integer(own_.done.load())
                .integer(own_.errors.load()));
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
        claimer_.try_again();
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

    /// Whether to look once more before ending: for keys that are held, delayed, or with workers
    /// that may be dead or may put them back. Waits a while between looks, as long as the program
    /// has finished a key within options_.wait.
    bool wait_for_what_is_left(const std::vector<TableInfo>& tables) {
        const auto finished = counters_.finished();
        if (std::exchange(finished_seen_, finished) != finished || !idle_since_) {
            idle_since_ = Clock::now();
            looks_ = 0;
        }
        (void)reclaim();  // of workers that died: their lease has run out
        std::vector<TableInfo> open;
        for (const auto& table : tables) {
            if (!claimer_.is_given_up(table)) open.push_back(table);
        }
        bool may_take = false, is_being_taken_back = false, is_left = false;
        double soonest_s = std::numeric_limits<double>::infinity();
        for (const auto& left : read_left(session(), open, options_.where)) {
            is_left = true;
            if (left.reason == LeftKeys::Reason::pending) may_take = true;
            // A dead worker's keys that were not taken back just now: somebody else is at it.
            if (left.reason == LeftKeys::Reason::abandoned) is_being_taken_back = true;
            soonest_s = std::min(soonest_s, left.wait_s);
        }
        if (!is_left) return false;
        // What came, or came back, during the last pass.
        if (may_take && looks_ == 0) return ++looks_, true;
        if (is_being_taken_back && looks_ == 0) return pause(look_delay(), true), true;
        const auto waited = Clock::now() - *idle_since_;
        if (waited >= options_.wait) return false;
        const auto rest =
            std::chrono::duration_cast<std::chrono::milliseconds>(options_.wait - waited);
        auto delay = look_delay();
        if (std::isfinite(soonest_s) && soonest_s > 0) {
            if (soonest_s * 1000 > static_cast<double>(rest.count())) return false;
            delay =
                std::max(delay, std::chrono::milliseconds(static_cast<int>(soonest_s * 1000) + 1));
        }
        pause(std::min(delay, rest + std::chrono::milliseconds(1)), true);
        return true;
    }

    /// Between looks at keys that could not be had: longer with each.
    std::chrono::milliseconds look_delay() {
        return std::chrono::milliseconds(std::min(20 << std::min(looks_++, 5), 500));
    }

    void lost_database(const Error& error, int outages) {
        session_.reset();
        if (!options_.watch && outages >= most_outages) throw error;
        const auto delay = std::chrono::milliseconds(std::min(250 << std::min(outages, 5), 8000));
        spdlog::warn("event={} message={} retry_ms={}",
                     store::is_store_unavailable(error)       ? "store_lost"
                     : error.kind() == ErrorKind::unavailable ? "database_lost"
                                                              : "database_refuses",
                     Quoted{error.what()}, delay.count());
        pause(delay);
    }

    /// Sleeps, at most until a stop is wanted.
    /// @param for_others  or until no worker of the program is at work any more
    void pause(std::chrono::milliseconds delay, bool for_others = false) const {
        const bool are_at_work = for_others && counters_.working.load() > 0;
        const auto end = Clock::now() + delay;
        while (!stop_wanted() && Clock::now() < end) {
            if (are_at_work && counters_.working.load() == 0) return;
            if (!was_connected_ && counters_.ended.load() > 0) return;  // see run()
            std::this_thread::sleep_for(std::min<Clock::duration>(
                std::chrono::milliseconds(for_others ? 5 : 50), end - Clock::now()));
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

    /// Works on every table in dependency order until nothing of it is claimable. Those that read
    /// arrays take turns, a claim each: keys are queued session by session, so that the tables of a
    /// session find its recordings in memory. @return whether any key was claimed
    bool pass(const std::vector<TableInfo>& tables) {
        bool worked = false;
        std::vector<const TableInfo*> turn;
        for (const auto& table : tables) turn.push_back(&table);
        while (!turn.empty()) {
            std::vector<const TableInfo*> next_turn;
            for (const auto* table : turn) {
                while (!stop_wanted() && work_on(*table)) {
                    worked = true;
                    if (!claimer_.reads_arrays(*table)) continue;
                    next_turn.push_back(table);
                    break;
                }
            }
            turn = std::move(next_turn);
        }
        arrays_.reader().clear();
        return worked;
    }

    /// Claims a batch of one table and sees it through. @return false when nothing was claimable
    bool work_on(const TableInfo& table) {
        const auto& computation = *computation_of(table.name);
        const auto started = Clock::now();
        const auto read_before = arrays_.reader().bytes();
        auto keys = claimer_.take(session(), table, computation.code_version);
        if (keys.empty()) {
            const auto delay = claimer_.retry_delay(table);
            pause(delay);
            return delay.count() > 0;
        }
        {
            const AtWork at_work(counters_);
            process(table, computation, keys,
                    options_.keys_per_transaction > 0 ? options_.keys_per_transaction
                                                      : computation.keys_per_transaction);
            if (was_connection_replaced_) take_back_claims();
        }
        const auto n = static_cast<double>(keys.size());
        claimer_.learn(table, seconds_since(started) / n,
                       static_cast<double>(arrays_.reader().bytes() - read_before) / n);
        return true;
    }

    /// Counts this worker among those at work.
    struct AtWork {
        explicit AtWork(Counters& counters) : counters_(counters) { ++counters_.working; }
        ~AtWork() { --counters_.working; }
        AtWork(const AtWork&) = delete;
        AtWork& operator=(const AtWork&) = delete;
        Counters& counters_;
    };

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

    void process(const TableInfo& table, const ComputedTable& computation,
                 std::vector<ClaimedKey>& keys, int per_transaction) {
        std::vector<ClaimedKey*> todo;
        for (auto& key : keys) todo.push_back(&key);
        std::vector<const ClaimedKey*> open(todo.begin(), todo.end());
        set_open(table, open);
        const auto ended = [&] {
            return std::ranges::count_if(keys, [](const auto& key) { return key.is_ended; });
        };
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
            if (!is_passing(error)) throw;
            // Reconnect and give back what was not committed; what was committed is no longer ours
            // to give.
            own_finished_ += ended();
            std::erase_if(keys, [](const auto& key) { return key.is_ended; });
            counters_.retried += static_cast<std::int64_t>(keys.size());
            session_.reset();
            if (!keys.empty()) unreturned_.push_back({table, std::move(keys)});
            throw;
        }
        own_finished_ += ended();
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
            if (is_outage(error)) throw;
            if (keys.size() == 1)
                record_errors(session(), context_, table, computation.code_version,
                              {{keys[0], key_error_of(error)}}, &error);
            return nullptr;
        }
    }

    /// Does something with the session that may be done again when the connection dies meanwhile;
    /// then with a new one, under the claims as they are, so that what was computed is not lost.
    void with_session(const std::function<void()>& action) {
        for (int outages = 0;; ++outages) {
            try {
                if (!session_) {
                    session_ = std::make_unique<db::Session>(options_.connect);
                    was_connection_replaced_ = true;
                }
                return action();
            } catch (const Error& error) {
                if (!is_outage(error) || store::is_store_unavailable(error) ||
                    stop_wanted_between_keys())
                    throw;
                lost_database(error, outages);
            }
        }
    }

    /// Writes finished keys.
    void write(const TableInfo& table, const ComputedTable& computation,
               const std::vector<ClaimedKey*>& finished, bool each_alone) {
        if (finished.empty()) return;
        with_session([&] {
            writer_.write(session(), table, computation.code_version, finished, each_alone);
        });
    }

    /// Records failed keys, each of which ends or waits for its next try.
    void record(const TableInfo& table, const ComputedTable& computation,
                const std::vector<std::pair<ClaimedKey*, KeyError>>& failed,
                const Error* database_error) {
        if (failed.empty()) return;
        with_session([&] {
            record_errors(session(), context_, table, computation.code_version, failed,
                          database_error);
        });
        if (database_error == nullptr) {
            for (const auto& [key, error] : failed) key->is_ended = true;
        }
    }

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
                const double read_before_s = arrays_.reader().seconds();
                computation.compute(inputs, key.output);
                const double read_s = arrays_.reader().seconds() - read_before_s;
                key.fetch_s += read_s;
                key.compute_s = seconds_since(started) - read_s;
                counters_.fetch_us += static_cast<std::int64_t>(read_s * 1e6);
                counters_.compute_us += static_cast<std::int64_t>(key.compute_s * 1e6);
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
                row_names_.check(table, key.output);
                const auto computed = Clock::now();
                arrays_.set_aside(table, key);
                counters_.write_us += microseconds_since(computed);
                finished.push_back(&key);
            } catch (const Error& error) {
                if (store::is_store_unavailable(error)) throw;  // no key's fault
                if (is_passing(error)) {  // the store's disk is full, for example
                    record(table, computation, {{&key, key_error_of(error)}}, &error);
                } else {
                    failed.emplace_back(&key, key_error_of(error));
                }
                if (options_.stop_on_error) {
                    ++next;
                    break;
                }
            } catch (const std::exception& error) {
                failed.emplace_back(&key, key_error_of(error));
                if (options_.stop_on_error) {
                    ++next;
                    break;
                }
            } catch (...) {
                failed.emplace_back(
                    &key, KeyError{"unknown",
                                   "the computation threw something that is no exception", ""});
            }
            if (finished.size() >= group || seconds_since(group_started) > 1.0 ||
                arrays_.is_full()) {
                write(table, computation, finished, per_transaction == 1);
                finished.clear();
                group_started = Clock::now();
                std::vector<const ClaimedKey*> open(
                    keys.begin() + static_cast<std::ptrdiff_t>(next) + 1, keys.end());
                set_open(table, open);
            }
            if (session_) heart_->help(session());
        }
        write(table, computation, finished, per_transaction == 1);
        record(table, computation, failed, nullptr);
        if (next < keys.size()) {
            std::vector<const ClaimedKey*> rest(keys.begin() + static_cast<std::ptrdiff_t>(next),
                                                keys.end());
            hand_back(session(), table, rest);
            counters_.retried += static_cast<std::int64_t>(rest.size());
            claimer_.return_budget(rest.size());
        }
    }

    /// The budget is taken at the claim, so that its end does not stop a batch.
    [[nodiscard]] bool stop_wanted_between_keys() const {
        return (options_.stop_signal != nullptr && options_.stop_signal->load() != 0) ||
               counters_.failed_stop.load();
    }

    struct Unreturned {
        TableInfo table;
        std::vector<ClaimedKey> keys;
    };

    const WorkerOptions& options_;
    Counters& counters_;
    OwnCounts own_;
    WorkerContext context_;
    KeyArrays arrays_;
    Claimer claimer_;
    ResultWriter writer_;
    RowNames row_names_;
    std::unique_ptr<db::Session> session_;
    std::unique_ptr<db::Session> listener_;
    std::unique_ptr<Heart> heart_;
    std::vector<Unreturned> unreturned_;
    std::int64_t own_finished_ = 0;   ///< keys that this worker brought to an end
    std::int64_t finished_seen_ = 0;  ///< of the program, at the last look at what is left
    std::optional<Clock::time_point> idle_since_;  ///< first look since the program finished a key
    int looks_ = 0;                                ///< since then
    bool was_connected_ = false;
    bool was_connection_replaced_ = false;  ///< in the midst of a batch
    bool told_cannot_listen_ = false;
};

}  // namespace

void run_worker(const WorkerOptions& options, Counters& counters) {
    Worker(options, counters).run();
}

}  // namespace tb::populate
