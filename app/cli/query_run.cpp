#include "app/cli/query_run.hpp"

#include "app/cli/query_writers.hpp"

namespace tb::app {

QueryFormat query_format(std::string_view name) {
    if (name == "table") return QueryFormat::table;
    if (name == "csv") return QueryFormat::csv;
    if (name == "json") return QueryFormat::json;
    if (name == "ndjson") return QueryFormat::ndjson;
    if (name == "parquet") return QueryFormat::parquet;
    throw Error(ErrorKind::usage, "no format named " + std::string(name),
                "Formats: table, csv, json, ndjson, parquet.");
}

BinaryColumns binary_columns(db::Session& session, const db::Sql& statement,
                             const std::function<bool(unsigned)>& as_is,
                             const std::function<unsigned(unsigned)>& cast) {
    const auto described = session.exec(
        {statement.name, "select * from (\n" + statement.text + "\n) as answer limit 0"});
    BinaryColumns found;
    std::string aliases;  // names may be the same, or none that SQL could repeat
    std::string columns;
    for (std::size_t c = 0; c < described.columns(); ++c) {
        const auto alias = "c" + std::to_string(c);
        const auto type = described.type_oid(c);
        const auto target = cast(type);
        found.names.emplace_back(described.column_name(c));
        aliases += (c == 0 ? "" : ", ") + alias;
        columns += c == 0 ? "" : ", ";
        if (target != type) {
            found.types.push_back(target);
            columns += "(" + alias + ")::" + (target == db::oid::float8 ? "float8" : "text");
        } else if (as_is(type)) {
            found.types.push_back(type);
            columns += alias;
        } else {
            // concat() calls the type's output function, which a cast to text does not do for every
            // type; it makes an empty text of NULL. (A row of nulls is not null, and no `is not
            // null` either.)
            found.types.push_back(db::oid::text);
            columns += "case when num_nulls(" + alias + ") = 0 then concat(" + alias + ") end";
        }
    }
    if (found.names.empty()) throw Error(ErrorKind::usage, statement.name + " has no columns");
    // The statement stands on lines of its own, so that a comment at its end does not swallow the
    // bracket.
    found.copy = "copy (select " + columns + " from (\n" + statement.text + "\n) as answer (" +
                 aliases + ")) to stdout with (format binary)";
    return found;
}

std::int64_t write_query(db::Session& session, const db::Sql& statement, QueryFormat format,
                         const Write& write, int width) {
    Buffer out(write);
    db::Transaction transaction(session, "read only");
    session.exec({"query: datestyle", "set local datestyle = 'ISO'"});
    session.exec({"query: digits", "set local extra_float_digits = 1"});
    std::int64_t rows = 0;
    switch (format) {
        case QueryFormat::csv:
            rows = write_csv(session, statement, out);
            break;
        case QueryFormat::table:
            rows = write_table(session, statement, out, width);
            break;
        case QueryFormat::parquet:
            rows = write_parquet(session, statement, out);
            break;
        case QueryFormat::json:
        case QueryFormat::ndjson:
            rows = write_json(session, statement, out, format == QueryFormat::json);
    }
    transaction.commit();
    out.flush();
    return rows;
}

}  // namespace tb::app
