#include "src/populate/result_writer.hpp"

#include "src/base/quoted.hpp"
#include "src/populate/key_errors.hpp"
#include "src/populate/sql_text.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <spdlog/spdlog.h>

namespace tb::populate {

namespace {

/// Transactions under way at once where each key has its own: as many sessions a worker, so that
/// eight workers leave half of the 200 of a private server to others.
constexpr std::size_t concurrent_commits = 12;

/// Connections that a worker needs beside these: its own, its heart's, its listener's.
constexpr std::int64_t connections_besides = 3;

}  // namespace

void ResultWriter::write(db::Session& session, const TableInfo& table, int code_version,
                         const std::vector<ClaimedKey*>& computed, bool each_alone) {
    const auto keys =
        publish_arrays(session, table, code_version, still_to_write(session, table, computed));
    if (keys.empty()) return;
    if (each_alone) return write_alone(session, table, code_version, keys);
    const auto started = Clock::now();
    std::int64_t statements = 0;
    std::vector<Verdict> verdicts;
    for (auto* key : keys) key->was_tried = true;
    try {
        verdicts = write_keys(session, table, code_version, context_.worker_id, keys, statements);
    } catch (const Error& error) {
        if (is_outage(error)) throw;
        for (auto* key : keys) key->was_tried = false;
        if (keys.size() > 1) {
            for (auto* key : keys) write(session, table, code_version, {key});
        } else {
            KeyArrays::discard(*keys[0]);
            record(session, table, code_version, *keys[0], error);
        }
        return;
    }
    for (std::size_t k = 0; k < keys.size(); ++k) {
        if (verdicts[k] != Verdict::ok) KeyArrays::discard(*keys[k]);
    }
    context_.counters.write_us += microseconds_since(started);
    context_.counters.statements += statements;
    ++context_.counters.commits;
    for (std::size_t k = 0; k < keys.size(); ++k) {
        keys[k]->is_ended = true;
        switch (verdicts[k]) {
            case Verdict::ok:
                count_written(table, *keys[k]);
                break;
            case Verdict::lost:
                ++context_.counters.lost;
                spdlog::warn("event=claim_lost table={} key={} worker={}", table.name,
                             Quoted{keys[k]->text}, context_.worker_id);
                break;
            case Verdict::changed:
            case Verdict::busy:
                ++context_.counters.retried;
                spdlog::info("event=inputs_changed table={} key={}", table.name,
                             Quoted{keys[k]->text});
                break;
        }
    }
}

void ResultWriter::write_alone(db::Session& session, const TableInfo& table, int code_version,
                               const std::vector<ClaimedKey*>& keys) {
    if (keys.size() == 1) return write(session, table, code_version, keys);
    const auto started = Clock::now();
    std::int64_t statements = 0;
    fill_ring(session, std::min(keys.size(), concurrent_commits));
    if (ring_.empty()) {
        for (auto* key : keys) write(session, table, code_version, {key});
        return;
    }
    std::vector<std::optional<Error>> errors;
    for (auto* key : keys) key->was_tried = true;
    errors = write_each(ring_, table, code_version, context_.worker_id, keys, statements);
    context_.counters.write_us += microseconds_since(started);
    context_.counters.statements += statements;
    std::optional<Error> outage;
    for (std::size_t k = 0; k < keys.size(); ++k) {
        if (!errors[k]) {
            count_written(table, *keys[k]);
            ++context_.counters.commits;
        } else if (is_outage(*errors[k])) {
            outage = errors[k];
        } else {
            keys[k]->was_tried = false;
        }
    }
    if (outage) {
        ring_.clear();
        throw *outage;
    }
    for (std::size_t k = 0; k < keys.size(); ++k) {
        if (errors[k]) write(session, table, code_version, {keys[k]});
    }
}

std::vector<ClaimedKey*> ResultWriter::still_to_write(db::Session& session, const TableInfo& table,
                                                      const std::vector<ClaimedKey*>& keys) {
    std::vector<std::string> unknown;
    for (const auto* key : keys) {
        if (!key->is_ended && key->was_tried) unknown.push_back(key->run_id);
    }
    std::set<std::string> committed;
    if (!unknown.empty()) {
        db::Params params;
        params.text_array(unknown);
        const auto runs = session.exec(sql_text("committed_runs"), params);
        for (std::size_t row = 0; row < runs.rows(); ++row)
            committed.insert(runs.get<std::string>(row, 0));
    }
    std::vector<ClaimedKey*> open;
    for (auto* key : keys) {
        if (key->is_ended) continue;
        if (committed.contains(key->run_id)) {
            count_written(table, *key);
        } else {
            open.push_back(key);
        }
    }
    return open;
}

void ResultWriter::record(db::Session& session, const TableInfo& table, int code_version,
                          ClaimedKey& key, const Error& error) {
    record_errors(session, context_, table, code_version, {{&key, key_error_of(error)}}, &error);
    key.is_ended = true;
}

void ResultWriter::fill_ring(db::Session& session, std::size_t most) {
    if (ring_.size() >= most) return;
    if (!share_) {
        // All workers of the program take half of the server's connections at most.
        const auto room = session.exec(sql_text("connection_room")).get<std::int64_t>(0, "room");
        const auto share = room / 2 / std::max(1, context_.options.workers) - connections_besides;
        share_ = static_cast<std::size_t>(std::max<std::int64_t>(0, share));
    }
    most = std::min(most, *share_);
    try {
        while (ring_.size() < most) {
            ring_.push_back(std::make_unique<db::Session>(context_.options.connect));
        }
    } catch (const Error& error) {
        // The server may have no more connections to give: what there is must do. A lost database
        // is met by the next statement.
        if (!is_outage(error)) throw;
        ring_.resize(ring_.size() / 2);  // others need some, too
        share_ = ring_.size();
        spdlog::debug("event=few_connections worker={} sessions={} message={}", context_.worker_id,
                      ring_.size(), Quoted{error.what()});
    }
}

void ResultWriter::count_written(const TableInfo& table, ClaimedKey& key) {
    key.is_ended = true;
    if (key.output.settled_reason) {
        ++context_.counters.settled;
        spdlog::info("event=key_settled table={} key={} compute_s={:.6f} reason={}", table.name,
                     Quoted{key.text}, key.compute_s, Quoted{*key.output.settled_reason});
    } else {
        ++context_.counters.done;
        ++context_.own.done;
        spdlog::info("event=key_done table={} key={} compute_s={:.6f}", table.name,
                     Quoted{key.text}, key.compute_s);
    }
}

std::vector<ClaimedKey*> ResultWriter::publish_arrays(db::Session& session, const TableInfo& table,
                                                      int code_version,
                                                      const std::vector<ClaimedKey*>& keys) {
    const auto started = Clock::now();
    arrays_.require_store(session, keys);
    const auto errors = arrays_.publish(keys);
    std::vector<ClaimedKey*> published;
    for (std::size_t k = 0; k < keys.size(); ++k) {
        if (!errors[k]) {
            published.push_back(keys[k]);
        } else {
            record(session, table, code_version, *keys[k], *errors[k]);
        }
    }
    context_.counters.write_us += microseconds_since(started);
    return published;
}

}  // namespace tb::populate
