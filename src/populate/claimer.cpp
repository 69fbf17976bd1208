#include "src/populate/claimer.hpp"

#include "src/base/quoted.hpp"
#include "src/populate/key_errors.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace tb::populate {

int Claimer::take_budget(int wanted) {
    auto left = context_.counters.budget.load();
    while (left >= 0) {
        const auto taken = std::min<std::int64_t>(left, wanted);
        if (context_.counters.budget.compare_exchange_weak(left, left - taken))
            return static_cast<int>(taken);
    }
    return wanted;
}

void Claimer::return_budget(std::size_t untaken) {
    if (context_.counters.budget.load() >= 0)
        context_.counters.budget += static_cast<std::int64_t>(untaken);
}

int Claimer::claim_size(db::Session& session, const TableInfo& table, const Place& place) {
    double most = 500.0;
    if (place.bytes_per_key > 0) {
        double together = 0;
        for (const auto& [name, other] : places_) together += other.bytes_per_key;
        most = std::min(most, static_cast<double>(bytes_together_) / together);
    }
    const auto size = static_cast<int>(
        std::clamp(1.0 / std::max(place.seconds_per_key, 1e-4), 1.0, std::max(1.0, most)));
    if (size == 1 || place.seconds_per_key < 0.02) return size;
    const auto waiting =
        session
            .exec_prepared(
                {table.name + " waiting",
                 fmt::format("select count(*) from (select from {} where state = 'pending' "
                             "limit $1) as waiting",
                             table.job_table())},
                db::Params().integer(4 * size))
            .get<std::int64_t>(0, std::size_t{0});
    ++context_.counters.statements;
    return std::clamp(static_cast<int>(waiting / 4), 1, size);
}

std::vector<ClaimedKey> Claimer::take(db::Session& session, const TableInfo& table,
                                      int code_version) {
    auto& place = places_[table.name];
    place.has_just_failed = false;
    if (place.too_old || place.is_given_up()) return {};
    const auto size = take_budget(claim_size(session, table, place));
    if (size == 0) return {};
    const auto started = Clock::now();
    std::vector<ClaimedKey> keys;
    try {
        if (!context_.options.where.empty()) {
            keys = claim_where(session, table, context_.worker_id, code_version, size,
                               context_.options.where);
        } else {
            auto& claimed = context_.counters.place_of(table.name);
            const auto claim_from_there = [&] {
                keys = claim(session, table, context_.worker_id, code_version, size,
                             claimed.priority, claimed.queue_no);
            };
            if (++claimed.claims_since_start >= 64) claimed.restart();
            const bool is_start = claimed.queue_no == 0;
            claim_from_there();
            if (keys.empty() && !is_start) {  // the end reached: anything left before it?
                claimed.restart();
                claim_from_there();
                ++context_.counters.statements;
            }
            if (!keys.empty()) {
                claimed.priority = keys.back().priority;
                claimed.queue_no = keys.back().queue_no;
            }
        }
        ++context_.counters.statements;
    } catch (const Error& error) {
        return_budget(static_cast<std::size_t>(size));
        if (error.sqlstate == "TB013") {
            place.too_old = true;
            ++too_old_;
            spdlog::warn("event=too_old table={} message={}", table.name, Quoted{error.what()});
            return {};
        }
        // A lost or full database is all tables' trouble; a lock that another holds is this one's.
        const bool is_of_locks = error.kind() == ErrorKind::conflict;
        if (is_passing(error) && !is_of_locks) throw;
        // So is a condition of the user's that cannot be had for some row, as a division by zero.
        if (!context_.options.where.empty() && !is_of_locks && !is_cancelled(error)) {
            throw Error(ErrorKind::usage,
                        fmt::format("cannot use --where \"{}\" on the keys of {}: {}",
                                    context_.options.where, table.name, error.what()),
                        error.hint());
        }
        // The other tables go on; this one is tried again before it is given up.
        ++place.claim_failures;
        place.has_just_failed = true;
        spdlog::warn("event=claim_failed table={} tries={} message={}", table.name,
                     place.claim_failures, Quoted{error.what()});
        if (place.is_given_up() && !error_) error_ = error;
        return {};
    }
    place.claim_failures = 0;
    context_.counters.claim_us += microseconds_since(started);
    return_budget(static_cast<std::size_t>(size) -
                  std::min(keys.size(), static_cast<std::size_t>(size)));
    return keys;
}

std::chrono::milliseconds Claimer::retry_delay(const TableInfo& table) {
    const auto& place = places_[table.name];
    if (!place.has_just_failed || place.is_given_up()) return std::chrono::milliseconds(0);
    return std::chrono::milliseconds(50 << place.claim_failures);
}

bool Claimer::is_given_up(const TableInfo& table) {
    const auto& place = places_[table.name];
    return place.too_old || place.is_given_up();
}

void Claimer::try_again() {
    for (auto& [name, place] : places_) place.claim_failures = 0;
}

void Claimer::learn(const TableInfo& table, double seconds_per_key, double bytes_per_key) {
    auto& place = places_[table.name];
    place.seconds_per_key = 0.5 * place.seconds_per_key + 0.5 * seconds_per_key;
    place.bytes_per_key = bytes_per_key;
}

bool Claimer::reads_arrays(const TableInfo& table) {
    return places_[table.name].bytes_per_key > 0;
}

}  // namespace tb::populate
