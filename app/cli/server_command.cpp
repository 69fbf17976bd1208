// trialbase server: the private local PostgreSQL.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "src/db/local_server.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tb::app {
namespace {

nlohmann::json to_json(const db::LocalServerStatus& status) {
    nlohmann::json out{{"running", status.is_running},
                       {"directory", status.directory.string()},
                       {"log", status.log_file.string()},
                       {"version", nullptr},
                       {"pid", nullptr},
                       {"conninfo", nullptr}};
    if (status.has_data) out["version"] = status.version;
    if (status.is_running) {
        out["pid"] = status.pid;
        out["conninfo"] = status.conninfo;
    }
    return out;
}

void print(const Context& context, const db::LocalServerStatus& status) {
    if (context.json) {
        std::printf("%s\n", to_json(status).dump(2).c_str());
        return;
    }
    std::printf("private server  %s\n", status.is_running ? "running"
                                        : status.has_data
                                            ? "stopped"
                                            : "not made yet (trialbase server start)");
    std::printf("directory       %s\n", status.directory.c_str());
    if (status.has_data) std::printf("PostgreSQL      %s\n", status.version.c_str());
    if (status.is_running) {
        std::printf("process         %d\n", status.pid);
        std::printf("connect with    psql \"%s\"\n", status.conninfo.c_str());
    }
    if (status.has_data) std::printf("log             %s\n", status.log_file.c_str());
}

int run_psql(const Context& context, const std::vector<std::string>& arguments) {
    const auto conninfo = context.conninfo();
    // psql of the server's version where there is one; else whatever the path has.
    std::string program = "psql";
    try {
        const auto found = db::LocalServer::binaries() / "psql";
        if (::access(found.c_str(), X_OK) == 0) program = found.string();
    } catch (const Error&) {
        // A client without a server installed.
    }
    std::vector<std::string> words{program};
    if (!conninfo.empty()) {
        words.emplace_back("-d");
        words.push_back(conninfo);
    }
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> raw;
    for (auto& word : words) raw.push_back(word.data());
    raw.push_back(nullptr);
    std::fflush(nullptr);
    ::execvp(raw[0], raw.data());
    throw Error(ErrorKind::unavailable, std::string("cannot run psql: ") + std::strerror(errno),
                "Install the package postgresql-client.");
}

}  // namespace

void add_server_command(CLI::App& app, Context& context) {
    auto* const server = app.add_subcommand("server",
                                            "The private local PostgreSQL, used when neither --dsn "
                                            "nor PGHOST, PGSERVICE or the like names another.\n"
                                            "Example: trialbase server psql");
    server->require_subcommand(1);

    auto* const start = server->add_subcommand("start", "Start it, making it at first use");
    start->callback([&context] {
        context.run = [&context] {
            db::LocalServer::ensure_running();
            print(context, db::LocalServer::status());
            return 0;
        };
    });

    auto* const stop = server->add_subcommand("stop", "Stop it; open sessions are ended");
    stop->callback([&context] {
        context.run = [&context] {
            const bool did_run = db::LocalServer::stop();
            if (context.json) {
                std::printf("%s\n", nlohmann::json{{"stopped", did_run}}.dump().c_str());
            } else if (!context.quiet) {
                std::fprintf(stderr, "%s\n", did_run ? "stopped" : "it was not running");
            }
            return 0;
        };
    });

    auto* const status =
        server->add_subcommand("status", "Say whether it runs, where, and how to connect");
    status->callback([&context] {
        context.run = [&context] {
            print(context, db::LocalServer::status());
            return 0;
        };
    });

    auto arguments = std::make_shared<std::vector<std::string>>();
    auto* const psql =
        server->add_subcommand("psql",
                               "Open psql on the database in use; words after -- go to "
                               "psql.\nExample: trialbase server psql -- -c '\\dt task.*'");
    psql->add_option("arguments", *arguments, "Arguments for psql, after --");
    psql->callback([&context, arguments] {
        context.run = [&context, arguments] { return run_psql(context, *arguments); };
    });
}

}  // namespace tb::app
