#include "app/cli/session_name.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tb::app {

std::string session_key(db::Session& session, std::string_view name) {
    try {
        return session
            .exec({"session name", "select analysis.find_session($1)::text"},
                  db::Params().text(name))
            .get<std::string>(0, std::size_t{0});
    } catch (const Error& error) {
        const bool is_none = error.sqlstate == "P0002";    // no_data_found
        if (!is_none && error.sqlstate != "P0003") throw;  // too_many_rows
        std::string message(error.what());
        if (const auto colon = message.find(": "); colon != message.npos)
            message = message.substr(colon + 2);
        throw Error(is_none ? ErrorKind::not_found : ErrorKind::usage, message, error.hint());
    }
}

std::string condition_with_sessions(db::Session& session, const std::string& condition,
                                    const std::vector<std::string>& names) {
    if (names.empty()) return condition;
    std::string keys;
    for (const auto& name : names)
        keys += fmt::format("{}'{}'", keys.empty() ? "" : ", ", session_key(session, name));
    const auto named = fmt::format("session_id in ({})", keys);
    return condition.empty() ? named : fmt::format("({}) and {}", condition, named);
}

void add_sessions_option(CLI::App& command, std::vector<std::string>& names) {
    command.add_option("--session", names, session_name_about)
        ->allow_extra_args(false)
        ->expected(1)
        ->take_all();
}

}  // namespace tb::app
