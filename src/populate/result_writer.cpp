#include "src/populate/result_writer.hpp"

#include "src/base/quoted.hpp"
#include "src/populate/key_errors.hpp"

#include <algorithm>
#include <optional>

#include <spdlog/spdlog.h>

namespace tb::populate {

namespace {

/// Transactions under way at once where each key has its own: as many sessions a worker, so that
/// eight workers leave half of the 200 of a private server to others.
constexpr std::size_t concurrent_commits = 12;

}  // namespace

void ResultWriter::write(db::Session& session, const TableInfo& table, int code_version,
                         const std::vector<ClaimedKey*>& computed, bool each_alone) {
    const auto keys = publish_arrays(session, table, code_version, computed);
    if (keys.empty()) return;
    if (each_alone) return write_alone(session, table, code_version, keys);
    const auto started = Clock::now();
    std::int64_t statements = 0;
    std::vector<Verdict> verdicts;
    try {
        verdicts = write_keys(session, table, code_version, context_.worker_id, keys, statements);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::unavailable) throw;
        if (keys.size() > 1) {
            for (auto* key : keys) write(session, table, code_version, {key});
        } else {
            KeyArrays::discard(*keys[0]);
            record_errors(session, context_, table, code_version, {{keys[0], key_error_of(error)}},
                          &error);
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
    fill_ring(std::min(keys.size(), concurrent_commits));
    if (ring_.empty()) {
        for (auto* key : keys) write(session, table, code_version, {key});
        return;
    }
    std::vector<std::optional<Error>> errors;
    errors = write_each(ring_, table, code_version, context_.worker_id, keys, statements);
    context_.counters.write_us += microseconds_since(started);
    context_.counters.statements += statements;
    for (std::size_t k = 0; k < keys.size(); ++k) {
        if (!errors[k]) {
            count_written(table, *keys[k]);
            ++context_.counters.commits;
        } else if (errors[k]->kind() == ErrorKind::unavailable) {
            ring_.clear();
            throw *errors[k];
        } else {
            write(session, table, code_version, {keys[k]});
        }
    }
}

void ResultWriter::fill_ring(std::size_t most) {
    try {
        while (ring_.size() < most) {
            ring_.push_back(std::make_unique<db::Session>(context_.options.connect));
        }
    } catch (const Error& error) {
        // The server may have no more connections to give: what there is must do. A lost database
        // is met by the next statement.
        if (error.kind() != ErrorKind::unavailable) throw;
        spdlog::debug("event=few_connections worker={} sessions={} message={}", context_.worker_id,
                      ring_.size(), Quoted{error.what()});
    }
}

void ResultWriter::count_written(const TableInfo& table, const ClaimedKey& key) {
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
    const auto errors = arrays_.publish(keys);
    std::vector<ClaimedKey*> published;
    for (std::size_t k = 0; k < keys.size(); ++k) {
        if (!errors[k]) {
            published.push_back(keys[k]);
        } else {
            record_errors(session, context_, table, code_version,
                          {{keys[k], key_error_of(*errors[k])}}, &*errors[k]);
        }
    }
    context_.counters.write_us += microseconds_since(started);
    return published;
}

}  // namespace tb::populate
