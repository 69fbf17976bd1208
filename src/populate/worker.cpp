// The loop of one worker: passes over its tables, fetch and compute, stops, lost databases. What
// it claims, writes and records, and its heartbeat, have files of their own.
#include "src/populate/worker.hpp"

#include "src/base/quoted.hpp"
#include "src/base/uuid.hpp"
#include "src/populate/arrays.hpp"
#include "src/populate/claimer.hpp"
#include "src/populate/heart.hpp"
#include "src/populate/key_errors.hpp"
#include "src/populate/result_writer.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace tb::populate {

namespace {

std::string os_user() {
    const auto* entry = getpwuid(geteuid());
    return entry != nullptr ? entry->pw_name : std::to_string(geteuid());
}

std::string host_name() {
    char name[256] = {};
    gethostname(name, sizeof name - 1);
    return name;
}

/// Keys whose transactions are made in one round where each key has its own.
constexpr std::size_t keys_per_round = 240;

class Worker {
  public:
    Worker(const WorkerOptions& options, Counters& counters)
        : options_(options),
          counters_(counters),
          context_{options, counters, own_, new_run_id().to_string()},
          arrays_(options.store),
          claimer_(context_),
          writer_(context_, arrays_) {}

    void run() {
        connect();
        std::optional<std::vector<TableInfo>> computable;
        if (options_.watch) open_listener();
        heart_ = std::make_unique<Heart>(context_);
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
                if (!is_passing(error)) throw;
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
        if (!std::exchange(was_connected_, true)) return start();
        // What an earlier connection left unfinished; what it committed is done and stays.
        for (const auto& [table, keys] : unreturned_)
            hand_back(session(), table, pointers_to(keys));
        unreturned_.clear();
        // Nor do claims stay whose answer was lost: nobody else would take them from a living
        // worker. For the length of this transaction it counts as stopped.
        db::Transaction transaction(session());
        stop();
        (void)reclaim();
        start();
        transaction.commit();
    }

    void start() {
        session().exec({"worker start",
                        "select engine.worker_start($1::uuid, $2, $3::integer, $4, $5, $6, "
                        "make_interval(secs => $7::double precision))"},
                       db::Params()
                           .text(context_.worker_id)
                           .text(host_name())
                           .integer(getpid())
                           .text(os_user())
                           .text(options_.program_version)
                           .text(options_.git_revision)
                           .number(static_cast<double>(options_.lease.count()) / 1000.0));
    }

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

    void lost_database(const Error& error, int outages) {
        session_.reset();
        if (!options_.watch && outages >= 12) throw error;
        const auto delay = std::chrono::milliseconds(std::min(250 << std::min(outages, 5), 8000));
        spdlog::warn("event={} message={} retry_ms={}",
                     error.kind() == ErrorKind::unavailable ? "database_lost" : "database_refuses",
                     Quoted{error.what()}, delay.count());
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

    /// Claims a batch of one table and sees it through. @return false when nothing was claimable
    bool work_on(const TableInfo& table) {
        const auto& computation = *computation_of(table.name);
        const auto started = Clock::now();
        auto keys = claimer_.take(session(), table, computation.code_version);
        if (keys.empty()) {
            const auto delay = claimer_.retry_delay(table);
            pause(delay);
            return delay.count() > 0;
        }
        process(table, computation, keys,
                options_.keys_per_transaction > 0 ? options_.keys_per_transaction
                                                  : computation.keys_per_transaction);
        claimer_.learn(table, seconds_since(started) / static_cast<double>(keys.size()));
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
            if (!is_passing(error)) throw;
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
            if (keys.size() == 1)
                record_errors(session(), context_, table, computation.code_version,
                              {{keys[0], key_error_of(error)}}, &error);
            return nullptr;
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
                const auto computed = Clock::now();
                arrays_.set_aside(table, key);
                counters_.write_us += microseconds_since(computed);
                finished.push_back(&key);
            } catch (const Error& error) {
                if (is_passing(error)) {  // the store's disk is full, for example
                    record_errors(session(), context_, table, computation.code_version,
                                  {{&key, key_error_of(error)}}, &error);
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
                writer_.write(session(), table, computation.code_version, finished,
                              per_transaction == 1);
                finished.clear();
                group_started = Clock::now();
                std::vector<const ClaimedKey*> open(
                    keys.begin() + static_cast<std::ptrdiff_t>(next) + 1, keys.end());
                set_open(table, open);
            }
        }
        writer_.write(session(), table, computation.code_version, finished, per_transaction == 1);
        if (!failed.empty())
            record_errors(session(), context_, table, computation.code_version, failed, nullptr);
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
    std::unique_ptr<db::Session> session_;
    std::unique_ptr<db::Session> listener_;
    std::unique_ptr<Heart> heart_;
    std::vector<Unreturned> unreturned_;
    bool was_connected_ = false;
    bool told_cannot_listen_ = false;
};

}  // namespace

void run_worker(const WorkerOptions& options, Counters& counters) {
    Worker(options, counters).run();
}

}  // namespace tb::populate
