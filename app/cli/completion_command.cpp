// trialbase completion, complete and man: what shells and the manual know of the commands.
#include "app/cli/commands.hpp"
#include "app/cli/completion.hpp"
#include "app/cli/context.hpp"
#include "app/cli/help.hpp"
#include "app/cli/output_file.hpp"
#include "embedded/app_sql.hpp"
#include "src/base/environment.hpp"
#include "src/db/local_server.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

namespace tb::app {
namespace {

const CLI::App& root_of(const CLI::App& app) {
    return app.get_parent() == nullptr ? app : root_of(*app.get_parent());
}

/// The database that is there already: a key that somebody presses starts no server.
std::optional<db::Session> running_database(const Context& context) {
    if (context.dsn.empty() && !db::environment_names_server() &&
        !db::LocalServer::status().is_running)
        return std::nullopt;
    ::setenv("PGCONNECT_TIMEOUT", "2", 0);
    std::optional<db::Session> session(
        std::in_place,
        db::ConnectOptions{
            .conninfo = context.conninfo(), .application_name = "trialbase complete", .role = {}});
    session->exec({"complete: timeout", "set statement_timeout = '2s'"});
    return session;
}

std::string tables_statement() {
    for (const auto& file : embedded::app_sql())
        if (file.path == "app/cli/sql/completed_tables.sql") return std::string(file.text);
    throw Error(ErrorKind::internal, "no statement completed_tables is built in");
}

std::vector<std::string> known_values(const Context& context, std::string_view relation,
                                      std::string_view column) {
    try {
        auto session = running_database(context);
        if (!session) return {};
        auto statement = tables_statement();
        if (!relation.empty()) {
            const auto dot = relation.find('.');
            statement = "select distinct " + session->quote_identifier(column) + "::text from " +
                        session->quote_identifier(relation.substr(0, dot)) + "." +
                        session->quote_identifier(relation.substr(dot + 1)) +
                        " order by 1 limit 2000";
        }
        const auto rows = session->exec({"complete: names", statement});
        std::vector<std::string> values;
        for (std::size_t i = 0; i < rows.rows(); ++i) {
            if (!rows.is_null(i, 0)) values.push_back(rows.get<std::string>(i, 0));
        }
        return values;
    } catch (const std::exception&) {
        return {};  // a completion that cannot be had is none
    }
}

int complete(const CLI::App& program, const std::vector<std::string>& words,
             const Context& context) {
    const LookUp look_up = [&](std::string_view relation, std::string_view column) {
        return known_values(context, relation, column);
    };
    for (const auto& word : completions(program, words, look_up)) std::printf("%s\n", word.c_str());
    return 0;
}

int write_pages(const CLI::App& program, const std::string& folder) {
    std::filesystem::create_directories(folder);
    const std::function<void(const CLI::App&, const std::string&)> write =
        [&](const CLI::App& command, const std::string& name) {
            OutputFile page((std::filesystem::path(folder) / (name + ".1")).string());
            page.write(man_page(command, TRIALBASE_VERSION));
            page.commit();
            for (const auto* one : command.get_subcommands({})) {
                if (!one->get_group().empty()) write(*one, name + "-" + one->get_name());
            }
        };
    write(program, program.get_name());
    return 0;
}

}  // namespace

void add_completion_command(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand(
        "completion", "what bash or zsh has to read to complete commands, names and values");
    auto shell = std::make_shared<std::string>();
    command->add_option("shell", *shell, "bash or zsh")->required();
    command->footer(
        "Examples:\n"
        "  trialbase completion bash >~/.local/share/bash-completion/completions/trialbase\n"
        "  trialbase completion zsh >~/.zfunc/_trialbase\n"
        "\n"
        "Names of labs, subjects and tables are asked of the database when it answers within two "
        "seconds; no server is started for that.");
    command->callback([shell, &context] {
        context.run = [shell] {
            std::printf("%s", completion_script(*shell).c_str());
            return 0;
        };
    });
}

void add_complete_command(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand("complete", "the words that may stand next, for shells");
    command->group("");
    auto words = std::make_shared<std::vector<std::string>>();
    command->add_option("words", *words, "the words of the command line, the last one begun");
    command->footer("Example:\n  trialbase complete -- query sess");
    command->callback([&app, words, &context] {
        context.run = [&app, words, &context] { return complete(root_of(app), *words, context); };
    });
}

void add_man_command(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand("man", "writes every command's page of the manual");
    command->group("");
    auto folder = std::make_shared<std::string>();
    command->add_option("folder", *folder, "where to write them")->required();
    command->footer("Example:\n  trialbase man build/release/man");
    command->callback([&app, folder, &context] {
        context.run = [&app, folder] { return write_pages(root_of(app), *folder); };
    });
}

}  // namespace tb::app
