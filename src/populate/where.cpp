#include "src/populate/where.hpp"

#include "src/db/condition.hpp"
#include "src/populate/batch.hpp"

#include <optional>

namespace tb::populate {

void check_key_condition(db::Session& session, const TableInfo& table, std::string_view where) {
    db::check_condition(session, key_context_source(session, table), where,
                        " on the keys of " + table.name);
}

std::vector<TableInfo> tables_with(db::Session& session, const std::vector<TableInfo>& tables,
                                   const std::string& where, bool needs_all) {
    if (where.empty()) return tables;
    std::vector<TableInfo> good;
    std::optional<Error> first;
    for (const auto& table : tables) {
        try {
            check_key_condition(session, table, where);
            good.push_back(table);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::usage || error.sqlstate == "42501") throw;
            if (!first) first = error;
        }
    }
    if (first && (needs_all || good.empty())) throw *first;
    return good;
}

}  // namespace tb::populate
