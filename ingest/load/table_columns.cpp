#include "ingest/load/table_columns.hpp"

#include <algorithm>

namespace tb::load {

const std::vector<std::string>& TableColumns::of(const std::string& table) {
    const auto found = known_.find(table);
    if (found != known_.end()) return found->second;
    const auto rows = database_.exec(
        {"columns of a table",
         "select attname from pg_catalog.pg_attribute where attrelid = $1::text::regclass and "
         "attnum > 0 and not attisdropped and attgenerated = '' order by attnum"},
        db::Params().text(table));
    auto& columns = known_[table];
    for (std::size_t i = 0; i < rows.rows(); ++i)
        columns.push_back(rows.get<std::string>(i, "attname"));
    return columns;
}

bool TableColumns::has(const std::string& table, std::string_view column) {
    return std::ranges::find(of(table), column) != of(table).end();
}

}  // namespace tb::load
