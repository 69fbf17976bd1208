#include "app/cli/server_drop.hpp"

#include "app/cli/agreement.hpp"
#include "app/cli/print.hpp"
#include "src/db/local_server.hpp"
#include "src/db/session.hpp"
#include "src/store/store_mark.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

namespace fs = std::filesystem;

struct DropArguments {
    bool dry_run = false;
    bool yes = false;
};

struct Database {
    std::string name;
    std::int64_t bytes = 0;
    std::optional<std::int64_t> sessions;  ///< of animals; nothing without our schema
    std::optional<fs::path> store;         ///< root of its array store
    std::string store_id;
};

/// What goes with the server.
struct Contents {
    std::vector<Database> databases;
    std::int64_t connections = 0;  ///< of others, which would be ended
    std::string unknown;           ///< why it cannot be told
};

std::string of_database(const std::string& conninfo, const std::string& name) {
    std::string quoted;
    for (const char c : name) {
        if (c == '\'' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return conninfo + " dbname='" + quoted + "'";
}

void look_inside(Database& database, const std::string& conninfo) {
    db::Session session({of_database(conninfo, database.name), "trialbase server drop", {}});
    const auto known = session.exec({"tables",
                                     "select to_regclass('core.session') is not null as sessions, "
                                     "to_regclass('store.store') is not null as store"});
    if (known.get<bool>(0, "sessions")) {
        database.sessions = session.exec({"sessions", "select count(*) as n from core.session"})
                                .get<std::int64_t>(0, "n");
    }
    if (!known.get<bool>(0, "store")) return;
    const auto store =
        session.exec({"store", "select root, store_id::text as store_id from store.store"});
    if (store.rows() == 0) return;
    database.store = store.get<std::string>(0, "root");
    database.store_id = store.get<std::string>(0, "store_id");
}

/// Starts the server for the look where it does not run.
Contents contents_of(bool did_run) {
    Contents contents;
    try {
        const auto conninfo = db::LocalServer::ensure_running();
        {
            db::Session session({conninfo, "trialbase server drop", {}});
            contents.connections =
                session
                    .exec({"connections",
                           "select count(*) as n from pg_catalog.pg_stat_activity where "
                           "backend_type = 'client backend' and pid <> pg_backend_pid()"})
                    .get<std::int64_t>(0, "n");
            const auto rows = session.exec(
                {"databases",
                 "select datname, pg_database_size(oid) as bytes from pg_catalog.pg_database "
                 "where datallowconn and not datistemplate order by datname"});
            for (std::size_t i = 0; i < rows.rows(); ++i) {
                contents.databases.push_back({rows.get<std::string>(i, "datname"),
                                              rows.get<std::int64_t>(i, "bytes"),
                                              {},
                                              {},
                                              {}});
            }
        }
        for (auto& one : contents.databases) look_inside(one, conninfo);
    } catch (const Error& error) {
        contents.unknown = error.what();
    }
    if (!did_run) db::LocalServer::stop();
    return contents;
}

/// Whether the store of a database lies in the server's folder, as where nobody named another
/// place: nobody else can use it, and a new server could not either.
bool goes_along(const Database& database, const fs::path& directory) {
    if (!database.store) return false;
    const auto inside = database.store->lexically_relative(directory);
    if (inside.empty() || *inside.begin() == ".." || inside == ".") return false;
    const auto mark = store::read_mark(*database.store);
    return mark && mark->store_id == database.store_id;
}

nlohmann::json drop_json(const Contents& contents, const db::LocalServerStatus& status,
                         bool is_dropped) {
    auto databases = nlohmann::json::array();
    for (const auto& one : contents.databases) {
        nlohmann::json facts{{"database", one.name},
                             {"bytes", one.bytes},
                             {"sessions", nullptr},
                             {"store", nullptr},
                             {"store_goes", goes_along(one, status.directory)}};
        if (one.sessions) facts["sessions"] = *one.sessions;
        if (one.store) facts["store"] = one.store->string();
        databases.push_back(std::move(facts));
    }
    return {{"dropped", is_dropped},
            {"directory", status.directory.string()},
            {"databases", std::move(databases)},
            {"connections", contents.connections}};
}

std::string text_of(const Contents& contents, const db::LocalServerStatus& status) {
    auto text = fmt::format("private server in {}\n", status.directory.string());
    if (!contents.unknown.empty())
        text += fmt::format("what it holds cannot be told: {}\n", contents.unknown);
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : contents.databases) {
        rows.push_back({one.name, bytes_text(one.bytes),
                        one.sessions ? with_commas(*one.sessions) : "",
                        !one.store                          ? ""
                        : goes_along(one, status.directory) ? one.store->string() + " (goes, too)"
                                                            : one.store->string() + " (stays)"});
    }
    if (!rows.empty()) text += text_table({"database", "size", "sessions", "array store"}, rows);
    if (contents.connections > 0)
        text += fmt::format("{} open connections will be ended\n", contents.connections);
    return text;
}

int run_drop(const Context& context, const DropArguments& arguments) {
    if (!context.dsn.empty() || db::environment_names_server()) {
        throw Error(ErrorKind::usage,
                    "only the private server can be dropped, and another one is named",
                    "Leave out --dsn, PGHOST and the like. A database of another server is dropped "
                    "by its administrator.");
    }
    const auto status = db::LocalServer::status();
    if (!status.has_data) {
        throw Error(ErrorKind::not_found,
                    fmt::format("there is no private server in {}", status.directory.string()));
    }
    if (!status.is_ours) {
        throw Error(ErrorKind::conflict,
                    fmt::format("the data folder in {} is none that this program made",
                                status.directory.string()),
                    "Remove it yourself, if that is meant.");
    }
    const auto contents = contents_of(status.is_running);
    const bool is_asked = !arguments.yes && !arguments.dry_run;
    if (!context.json || is_asked) {
        auto* const out = context.json ? stderr : stdout;
        std::fprintf(out, "%s", text_of(contents, status).c_str());
        std::fflush(out);
    }
    bool is_dropped = false;
    if (arguments.yes ||
        (is_asked && is_agreed("remove it with all its data?", "nothing was removed"))) {
        std::vector<fs::path> stores;
        for (const auto& one : contents.databases) {
            if (goes_along(one, status.directory)) stores.push_back(*one.store);
        }
        is_dropped = db::LocalServer::drop();
        for (const auto& store : stores) fs::remove_all(store);
    }
    if (context.json) {
        std::printf("%s\n", drop_json(contents, status, is_dropped).dump(2).c_str());
    } else {
        std::printf(is_dropped ? "removed\n" : "nothing was removed\n");
    }
    return 0;
}

}  // namespace

void add_server_drop(CLI::App& server, Context& context) {
    auto arguments = std::make_shared<DropArguments>();
    auto* const drop = server.add_subcommand(
        "drop",
        "Stop it and remove all its data, after a preview: databases, and the array store where it "
        "lies in the server's folder. The next command makes a new one.\n"
        "Example: trialbase server drop --dry-run");
    drop->add_flag("--dry-run", arguments->dry_run, "show what would be lost");
    drop->add_flag("--yes", arguments->yes, "do not ask");
    drop->callback([&context, arguments] {
        context.run = [&context, arguments] { return run_drop(context, *arguments); };
    });
}

}  // namespace tb::app
