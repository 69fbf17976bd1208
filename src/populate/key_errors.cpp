#include "src/populate/key_errors.hpp"

#include "src/base/quoted.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <new>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace tb::populate {

namespace {

/// Tries of a key whose statement takes longer than statement_timeout: the disk may have been cold.
constexpr int most_cut_off = 3;

/// Whether the key is to be tried once more for an error that the database reported.
bool deserves_another_try(const Error& error, int attempt, int max_attempts) {
    if (is_cancelled(error)) return attempt < std::min(most_cut_off, max_attempts);
    return is_passing(error) && attempt < max_attempts;
}

}  // namespace

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

void record_errors(db::Session& session, const WorkerContext& context, const TableInfo& table,
                   int code_version, const std::vector<std::pair<ClaimedKey*, KeyError>>& failed,
                   const Error* database_error) {
    const auto& options = context.options;
    auto& counters = context.counters;
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
        if (database_error != nullptr && is_cancelled(*database_error) &&
            !session.statement_timeout().empty())
            messages.back() +=
                fmt::format(" (statement_timeout is {})", session.statement_timeout());
        details.push_back(error.detail);
        if (database_error != nullptr &&
            deserves_another_try(*database_error, key->attempt, options.max_attempts)) {
            const double delay_s = std::min(300.0, 0.25 * std::pow(2.0, key->attempt));
            std::string bytes(8, '\0');
            const auto bits = std::bit_cast<std::uint64_t>(delay_s);
            for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(bits >> (56 - 8 * i));
            retries.emplace_back(bytes);
            ++counters.retried;
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
        .integer(code_version)
        .text(context.worker_id);
    was_fetched ? params.int8_array(stamps) : params.null();
    const auto n = static_cast<int>(table.key.size()) + 2;
    const db::Sql sql{
        table.name + " fail",
        fmt::format("select {}__fail($1::bigint, {}, ${}::text[], ${}::text[], ${}::text[], "
                    "${}::double precision[], ${}::integer, ${}::uuid, ${}::bigint[])",
                    table.function_stem(), table.key_parameters(2), n, n + 1, n + 2, n + 3, n + 4,
                    n + 5, n + 6)};
    try {
        // Keys that were lost, or whose inputs have changed since, are not recorded as failed.
        const auto recorded =
            session.exec_prepared(sql, params).get<std::int64_t>(0, std::size_t{0});
        const auto unrecorded = static_cast<std::int64_t>(failed.size()) - recorded;
        const auto errors = std::max<std::int64_t>(0, final_errors - unrecorded);
        counters.errors += errors;
        context.own.errors += errors;
        counters.retried += final_errors - errors;
        if (errors > 0 && options.stop_on_error) counters.failed_stop = true;
    } catch (const Error& error) {
        if (is_passing(error)) throw;
        // The worker goes on; the key is taken back when it ends.
        spdlog::error("event=cannot_record_error table={} message={}", table.name,
                      Quoted{error.what()});
    }
}

}  // namespace tb::populate
