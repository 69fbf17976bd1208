#include "app/cli/rights.hpp"

#include <array>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tb::app {
namespace {

struct Needs {
    std::string_view command;  ///< first words
    std::string_view flag;     ///< that has to be given, too; empty: none
    std::string_view role;
};

/// Commands that do more than read; the longest that fits counts. What each role may stands in
/// schema/objects/zz_grants.sql; a test runs the commands with it.
constexpr std::array<Needs, 17> needs{{
    {"add", "", "trialbase_ingest"},
    {"ingest", "", "trialbase_ingest"},
    {"pool import", "", "trialbase_ingest"},
    {"pool fill", "", "trialbase_ingest"},
    {"reference-weights", "", "trialbase_ingest"},
    {"exclude add", "", "trialbase_ingest"},
    {"exclude lift", "", "trialbase_ingest"},
    {"errors dismiss", "", "trialbase_ingest"},
    {"store adopt", "", "trialbase_ingest"},
    {"populate", "", "trialbase_worker"},
    {"retry", "", "trialbase_worker"},
    {"refresh", "", "trialbase_worker"},
    {"store verify", "--requeue", "trialbase_admin"},
    {"store verify", "--forget", "trialbase_admin"},
    {"delete", "", "trialbase_admin"},
    {"migrate", "", "trialbase_admin"},
    {"server", "", "trialbase_admin"},
}};

/// Who the database takes us for; empty when it does not say.
std::string login(const Context& context) {
    try {
        db::ConnectOptions options;
        options.conninfo = context.conninfo();
        db::Session session(options);
        return session.exec({"login", "select quote_ident(current_user)"})
            .get<std::string>(0, std::size_t{0});
    } catch (const Error&) {
        return {};
    }
}

/// The server's words without the name of the statement that it refused.
std::string words_of(const Error& error) {
    std::string message(error.what());
    if (error.sql_name.empty() || !message.starts_with(error.sql_name)) return message;
    const auto colon = message.find(": ", error.sql_name.size());
    return colon == message.npos ? message : message.substr(colon + 2);
}

}  // namespace

std::string_view role_of_command(std::string_view command) {
    Needs best{"", "", "trialbase_analyst"};
    for (const auto& one : needs) {
        if (!command.starts_with(one.command) || command.find(one.flag) == command.npos) continue;
        if (one.command.size() + one.flag.size() > best.command.size() + best.flag.size())
            best = one;
    }
    return best.role;
}

std::string command_given(const CLI::App& program) {
    std::string words;
    const auto* command = &program;
    for (auto next = command->get_subcommands(); !next.empty(); next = command->get_subcommands()) {
        command = next.front();
        words += (words.empty() ? "" : " ") + command->get_name();
    }
    for (const auto* option : command->get_options()) {
        if (command != &program && option->count() > 0 && option->get_items_expected_max() == 0)
            words += " " + option->get_name();
    }
    return words;
}

Error told_with_role(const Error& error, const Context& context, std::string_view command) {
    if (error.sqlstate != "42501") return error;
    const auto who = login(context);
    Error told(ErrorKind::usage,
               fmt::format("the login {}may not run {}: {}", who.empty() ? "" : who + " ", command,
                           words_of(error)),
               fmt::format("Ask an administrator: grant {} to {}.", role_of_command(command),
                           who.empty() ? "your login" : who));
    told.sqlstate = error.sqlstate;
    return told;
}

int run_with_rights(const Context& context, std::string_view command) {
    if (!context.run) return 0;
    try {
        return context.run();
    } catch (const Error& error) {
        if (error.sqlstate != "42501") throw;
        throw told_with_role(error, context, command);
    }
}

}  // namespace tb::app
