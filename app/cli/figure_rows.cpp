#include "app/cli/figure_rows.hpp"

#include "app/cli/query_run.hpp"

#include <utility>

namespace tb::app {

using nlohmann::json;

json figure_rows(db::Session& session, const Figure& figure, const std::string& statement,
                 const OpenStore& open_store) {
    std::string text;
    write_query(session, {"query " + figure.query.name, statement}, QueryFormat::json,
                [&](std::string_view piece) { text += piece; });
    auto rows = json::parse(text);
    if (!figure.arrays || rows.empty()) return rows;
    return expand_arrays(*figure.arrays, rows, *open_store());
}

std::string statement_of_rows(const db::Session& session, const std::vector<QueryColumn>& columns,
                              const json& rows) {
    std::string names, typed;
    for (const auto& column : columns) {
        const auto name = session.quote_identifier(column.name);
        names += (names.empty() ? "" : ", ") + name;
        typed += (typed.empty() ? "" : ", ") + name + " " + column.type;
    }
    return "select " + names + " from json_to_recordset(" + session.quote_literal(rows.dump()) +
           "::json) as answer (" + typed + ")";
}

}  // namespace tb::app
