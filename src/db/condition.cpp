#include "src/db/condition.hpp"

#include "src/base/nearest.hpp"
#include "src/db/statement_error.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace tb::db {
namespace {

std::vector<std::string> columns_of(Session& session, const std::string& from) {
    const auto none = session.exec({"columns", "select * from " + from + " limit 0"});
    std::vector<std::string> names;
    for (std::size_t c = 0; c < none.columns(); ++c) {
        const std::string name(none.column_name(c));
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    return names;
}

}  // namespace

void check_condition(Session& session, const std::string& from, std::string_view where,
                     std::string_view about) {
    try {
        // The closing parenthesis stands on its own line so that a comment in the condition ends
        // before it.
        session.exec(
            {"--where", fmt::format("select from {} where (\n{}\n) limit 0", from, where)});
    } catch (const StatementError& error) {
        if (!is_of_text(error.sqlstate)) throw;
        if (session.in_transaction()) session.rollback();
        const auto& said = error.refusal().message;
        throw Error(ErrorKind::usage,
                    fmt::format("cannot use --where \"{}\"{}: {}", where, about, said),
                    suggestion(error.sqlstate == "42703" ? blamed_name(said) : std::string(),
                               columns_of(session, from), "Columns it may use"));
    }
}

}  // namespace tb::db
