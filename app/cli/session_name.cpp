#include "app/cli/session_name.hpp"

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

}  // namespace tb::app
