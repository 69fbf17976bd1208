// trialbase server: the private local PostgreSQL.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/print.hpp"
#include "app/cli/server_drop.hpp"
#include "src/db/analyst_login.hpp"
#include "src/db/conninfo.hpp"
#include "src/db/local_server.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

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
                       {"conninfo", nullptr},
                       {"listen", nullptr}};
    if (status.has_data) out["version"] = status.version;
    if (status.is_running) {
        out["pid"] = status.pid;
        out["conninfo"] = status.conninfo;
        if (status.listen)
            out["listen"] = {{"address", status.listen->address}, {"port", status.listen->port}};
    }
    return out;
}

void print(const Context& context, const db::LocalServerStatus& status) {
    const auto known = status.is_running ? db::analyst_password_file() : std::nullopt;
    const auto password_file = known ? known->string() : std::string();
    if (context.json) {
        auto out = to_json(status);
        out["password_file"] = nullptr;
        if (!password_file.empty()) out["password_file"] = password_file;
        std::printf("%s\n", out.dump(2).c_str());
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
    if (status.is_running && status.listen) {
        std::printf("listens at      %s port %d, for %s with a password\n",
                    status.listen->address.c_str(), status.listen->port, db::analyst_login);
        if (!password_file.empty()) {
            std::printf("password file   %s\n", password_file.c_str());
            std::printf(
                "for programs    psql \"host=%s port=%d dbname=trialbase user=%s "
                "passfile='%s'\"\n",
                status.listen->address == "0.0.0.0" ? "localhost" : status.listen->address.c_str(),
                status.listen->port, db::analyst_login, password_file.c_str());
        }
    }
    if (status.has_data) std::printf("log             %s\n", status.log_file.c_str());
}

int run_psql(const Context& context, bool as_admin, const std::vector<std::string>& arguments) {
    auto conninfo = context.conninfo();
    if (context.dsn.empty() && !db::environment_names_server() && !as_admin) {
        { (void)context.connect("server psql"); }  // the login's role comes with the schema
        conninfo = db::analyst_conninfo();
    }
    if (!conninfo.empty()) {
        const auto split = db::split_conninfo(conninfo);
        conninfo = split.text;
        if (split.password) ::setenv("PGPASSWORD", split.password->c_str(), 1);
    }
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

/// `PORT` or `ADDRESS:PORT`; nothing for `off`. @throws tb::Error (usage)
std::optional<db::ListenAddress> listen_address(const std::string& text) {
    if (text == "off") return std::nullopt;
    db::ListenAddress listen;
    const auto colon = text.rfind(':');
    if (colon != text.npos) listen.address = text.substr(0, colon);
    const auto port = colon == text.npos ? text : text.substr(colon + 1);
    const bool is_number =
        !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == port.npos;
    listen.port = is_number ? std::stoi(port) : 0;
    if (listen.port < 1 || listen.port > 65535 || listen.address.empty() ||
        listen.address.find_first_of(" \t\n'\\,") != text.npos) {
        throw Error(ErrorKind::usage, "'" + printable(text) + "' is no port",
                    "Write a port (5433), an address and a port (0.0.0.0:5433), or off.");
    }
    return listen;
}

int run_start(const Context& context, const std::string& listen) {
    if (listen.empty()) {
        db::LocalServer::ensure_running();
        print(context, db::LocalServer::status());
        return 0;
    }
    const auto where = listen_address(listen);
    auto status = db::LocalServer::listen(where);
    if (where) {
        { (void)context.connect("server start"); }  // the login's role comes with the schema
        (void)db::provide_analyst_password();
        if (!context.quiet && !where->address.starts_with("127.") &&
            where->address != "localhost" && where->address != "::1") {
            std::fprintf(stderr,
                         "note: connections from other machines are not encrypted; ssl settings go "
                         "into local.conf in the data folder\n");
        }
    }
    print(context, status);
    return 0;
}

}  // namespace

void add_server_command(CLI::App& app, Context& context) {
    auto* const server = app.add_subcommand("server",
                                            "The private local PostgreSQL, used when neither --dsn "
                                            "nor PGHOST, PGSERVICE or the like names another.\n"
                                            "Example: trialbase server psql");
    server->require_subcommand(1);

    auto* const start = server->add_subcommand("start", "Start it, making it at first use");
    auto listen = std::make_shared<std::string>();
    start->add_option("--listen", *listen,
                      "PORT or ADDRESS:PORT: let BI tools connect there (this machine alone unless "
                      "an address is given), with a password from a generated file; off: through "
                      "the socket alone. Kept for later starts");
    start->callback([&context, listen] {
        context.run = [&context, listen] { return run_start(context, *listen); };
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

    add_server_drop(*server, context);

    auto arguments = std::make_shared<std::vector<std::string>>();
    auto* const psql =
        server->add_subcommand("psql",
                               "Open psql on the database in use, on the private server as an "
                               "analyst, who reads only; words after -- go to psql.\n"
                               "Example: trialbase server psql -- -c '\\dt task.*'");
    auto as_admin = std::make_shared<bool>(false);
    psql->add_flag("--admin", *as_admin,
                   "as the owner of the private server, who may do everything");
    psql->add_option("arguments", *arguments, "Arguments for psql, after --");
    psql->callback([&context, as_admin, arguments] {
        context.run = [&context, as_admin, arguments] {
            return run_psql(context, *as_admin, *arguments);
        };
    });
}

}  // namespace tb::app
