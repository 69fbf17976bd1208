#include "src/db/condition.hpp"

#include "src/base/nearest.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace tb::db {
namespace {

/// Whether the server blames the text of a statement and not itself, rights or the data.
bool is_of_text(const std::string& sqlstate) {
    return (sqlstate.starts_with("42") && sqlstate != "42501") || sqlstate.starts_with("22") ||
           sqlstate.starts_with("0A") || sqlstate.starts_with("21") || sqlstate.starts_with("3F");
}

/// The word in double quotes of a message: `column "lab_nam" does not exist`; of a qualified name,
/// which stands without them (`column session.lab_nam does not exist`), its last part.
std::string blamed_word(const std::string& message) {
    const auto first = message.find('"');
    const auto second = first == message.npos ? first : message.find('"', first + 1);
    if (second != message.npos) return message.substr(first + 1, second - first - 1);
    const auto begin = message.find("column ");
    const auto end = message.find(" does not exist");
    if (begin == message.npos || end == message.npos || end < begin + 7) return {};
    const auto name = message.substr(begin + 7, end - begin - 7);
    return name.substr(name.rfind('.') + 1);
}

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
    } catch (const Error& error) {
        if (!is_of_text(error.sqlstate)) throw;
        std::string message(error.what());
        if (const auto colon = message.find(": "); colon != message.npos)
            message = message.substr(colon + 2);
        if (session.in_transaction()) session.rollback();
        throw Error(ErrorKind::usage,
                    fmt::format("cannot use --where \"{}\"{}: {}", where, about, message),
                    suggestion(error.sqlstate == "42703" ? blamed_word(message) : std::string(),
                               columns_of(session, from), "Columns it may use"));
    }
}

}  // namespace tb::db
