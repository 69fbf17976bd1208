#include "ingest/load/statements.hpp"

#include "embedded/load_sql.hpp"
#include "trialbase/error.hpp"

#include <fmt/format.h>

namespace tb::load {

db::Sql statement(std::string_view name) {
    const auto slash = name.find('/');
    const auto path = slash == name.npos
                          ? fmt::format("ingest/load/sql/{}.sql", name)
                          : fmt::format("ingest/load/{}/sql/{}.sql", name.substr(0, slash),
                                        name.substr(slash + 1));
    for (const auto& file : embedded::load_sql()) {
        if (file.path == path) return {fmt::format("{}.sql", name), std::string(file.text)};
    }
    throw Error(ErrorKind::internal, fmt::format("no statement {} is built in", path));
}

db::Session::Step step(std::string_view name, db::Params params) {
    return {statement(name), std::move(params), db::Format::text, true};
}

db::Session::Step delete_step(std::string_view table, std::span<const std::string> session_ids) {
    return {{fmt::format("delete from {}", table),
             fmt::format("delete from {} where session_id = any ($1::text[]::uuid[])", table)},
            db::Params().text_array(session_ids),
            db::Format::text,
            true};
}

}  // namespace tb::load
