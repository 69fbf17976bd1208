#include "src/populate/batch.hpp"
#include "src/populate/sql_text.hpp"

#include <limits>

#include <fmt/format.h>

namespace tb::populate {

std::vector<const ClaimedKey*> pointers_to(const std::vector<ClaimedKey>& keys) {
    std::vector<const ClaimedKey*> pointers;
    pointers.reserve(keys.size());
    for (const auto& key : keys) pointers.push_back(&key);
    return pointers;
}

void add_key_arrays(db::Params& params, const TableInfo& table,
                    const std::vector<const ClaimedKey*>& keys) {
    std::vector<std::optional<std::string>> column(keys.size());
    for (std::size_t c = 0; c < table.key.size(); ++c) {
        for (std::size_t k = 0; k < keys.size(); ++k) column[k] = keys[k]->parts[c];
        params.binary_array(table.key[c].type_oid, column);
    }
}

namespace {

std::vector<ClaimedKey> keys_of(const db::Result& result, const TableInfo& table) {
    std::vector<ClaimedKey> keys(result.rows());
    const auto width = table.key.size();
    for (std::size_t row = 0; row < keys.size(); ++row) {
        auto& key = keys[row];
        for (std::size_t c = 0; c < width; ++c) key.parts.emplace_back(result.bytes(row, c));
        key.text = result.get<std::string>(row, width);
        key.claim_id = result.get<std::int64_t>(row, width + 1);
        key.attempt = result.get<int>(row, width + 2);
        key.is_stale = result.get<bool>(row, width + 3);
        key.priority = result.get<int>(row, width + 4);
        key.queue_no = result.get<std::int64_t>(row, width + 5);
    }
    return keys;
}

}  // namespace

std::vector<ClaimedKey> claim(db::Session& session, const TableInfo& table,
                              const std::string& worker_id, int code_version, int limit,
                              int after_priority, std::int64_t after_queue_no) {
    const auto result = session.exec_prepared(
        {table.name + " claim",
         fmt::format(
             "select * from {}__claim($1::uuid, $2::integer, $3::integer, $4::integer, $5::bigint)",
             table.function_stem())},
        db::Params()
            .text(worker_id)
            .integer(code_version)
            .integer(limit)
            .integer(after_priority)
            .integer(after_queue_no),
        db::Format::binary);
    return keys_of(result, table);
}

std::string key_context_source(db::Session& session, const TableInfo& table) {
    std::string from = table.key_source() + " as key_source";
    const auto context = session.exec(
        {"key context",
         "select key_column, view_name from engine.key_context order by key_column desc"});
    for (std::size_t row = 0; row < context.rows(); ++row) {
        const auto column = context.get<std::string>(row, 0);
        for (const auto& key : table.key) {
            if (key.name == column) {
                from += fmt::format(" left join {} as {}_context using ({})",
                                    context.get<std::string>(row, 1), column, column);
            }
        }
    }
    return from;
}

std::string restricted_source(db::Session& session, const TableInfo& table,
                              const std::string& where) {
    // The closing parenthesis stands on its own line so that a comment in the condition ends before
    // it.
    return fmt::format("select {} from {} where (\n{}\n)", table.key_list(),
                       key_context_source(session, table), where);
}

std::vector<ClaimedKey> claim_where(db::Session& session, const TableInfo& table,
                                    const std::string& worker_id, int code_version, int limit,
                                    const std::string& where) {
    const auto candidates = session.exec(
        {table.name + " --where",
         fmt::format(
             "select {0} from {1} as j join ({2}) as restricted using ({0}) where j.state = "
             "'pending' "
             "and j.run_after <= clock_timestamp() order by j.priority, j.queue_no limit {3}",
             table.key_list(), table.job_table(), restricted_source(session, table, where), limit)},
        {}, db::Format::binary);
    if (candidates.rows() == 0) return {};
    db::Params params;
    params.text(worker_id).integer(code_version);
    std::vector<std::optional<std::string>> column(candidates.rows());
    for (std::size_t c = 0; c < table.key.size(); ++c) {
        for (std::size_t row = 0; row < column.size(); ++row)
            column[row] = std::string(candidates.bytes(row, c));
        params.binary_array(table.key[c].type_oid, column);
    }
    const auto result = session.exec_prepared(
        {table.name + " claim keys",
         fmt::format("select * from {}__claim_keys($1::uuid, $2::integer, {})",
                     table.function_stem(), table.key_parameters(3))},
        params, db::Format::binary);
    return keys_of(result, table);
}

void hand_back(db::Session& session, const TableInfo& table,
               const std::vector<const ClaimedKey*>& keys) {
    db::Params params;
    params.integer(keys.front()->claim_id);
    add_key_arrays(params, table, keys);
    session.exec(
        {table.name + " hand back", fmt::format("select {}__hand_back($1::bigint, {})",
                                                table.function_stem(), table.key_parameters(2))},
        params);
}

}  // namespace tb::populate
