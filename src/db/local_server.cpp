#include "src/db/local_server.hpp"

#include "src/base/descriptor.hpp"
#include "src/db/postgres_binaries.hpp"
#include "src/db/private_folder.hpp"
#include "src/db/run_program.hpp"
#include "src/db/server_account.hpp"
#include "src/db/server_layout.hpp"
#include "src/db/server_log.hpp"
#include "src/db/server_settings.hpp"
#include "src/db/session.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <unistd.h>

namespace tb::db {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

void require_enterable(const fs::path& path) {
    if (!is_root()) return;
    const AsServerAccount acting;
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder) return;
    throw Error(
        ErrorKind::io,
        fmt::format("user 'postgres' cannot enter {}: a folder above it is closed to others",
                    path.string()),
        "Choose another place with TRIALBASE_SERVER_DIR, for example below /var/lib.");
}

bool works_in_data(const Layout& layout, const fs::path& process) {
    std::error_code unreadable;
    return fs::read_symlink(process / "cwd", unreadable) == layout.data && !unreadable;
}

/// True when a process (a server, or a backend that outlived it) works in the data folder.
bool is_data_in_use(const Layout& layout) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        if (works_in_data(layout, entry.path())) return true;
    }
    return false;
}

/// The server that the pid file names: 0 when there is none, it has ended, or its number is another
/// program's now. (A backend that outlives its server works in the data folder, too.)
int recorded_pid(const Layout& layout) {
    const auto file = read_private_file(layout.data / "postmaster.pid", 0, 100);
    const int pid = file ? std::atoi(file->c_str()) : 0;
    return pid > 0 && works_in_data(layout, fmt::format("/proc/{}", pid)) ? pid : 0;
}

PGPing ping(const Layout& layout) {
    return PQping((conninfo_of(layout, "postgres") + " connect_timeout=5").c_str());
}

bool has_database(const Layout& layout, const std::string& name) {
    Session session({conninfo_of(layout, "postgres"), "trialbase server", {}});
    return session
               .exec({"find database", "select 1 from pg_catalog.pg_database where datname = $1"},
                     Params().text(name))
               .rows() > 0;
}

/// Of data folders that are being made, or removed.
constexpr const char* unfinished_prefix = "data.new.";

constexpr const char* our_include = "include_if_exists = 'trialbase.conf'";

/// Whether make_data_folder() made it, and nobody has made something else of it since.
bool is_made_here(const Layout& layout) {
    const auto text = read_private_file(layout.data / "postgresql.conf");
    return data_version(layout) != 0 && text && text->find(our_include) != std::string::npos;
}

void make_data_folder(const Layout& layout, const fs::path& binaries) {
    const auto fresh = make_temporary_folder(layout.directory, unfinished_prefix);
    const auto made =
        run_program(as_server({(binaries / "initdb").string(), "-D", fresh.string(), "-U",
                               "postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "-N",
                               "-k", "-E", "UTF8", "--locale=C.UTF-8"}));
    if (made.status != 0) {
        const AsServerAccount acting;
        std::error_code ignored;
        fs::remove_all(fresh, ignored);
        throw Error(ErrorKind::unavailable,
                    fmt::format("initdb failed in {}: {}", layout.directory.string(),
                                sanitize_text(made.output)));
    }
    append_private_file(fresh / "postgresql.conf",
                        fmt::format("\n{}\ninclude_if_exists = 'local.conf'\n", our_include));
    // `-N` left syncing to the system: the rename below must not come before the files' content.
    ::sync();
    const AsServerAccount acting;
    fs::rename(fresh, layout.data);
}

void remove_unfinished(const Layout& layout) {
    const AsServerAccount acting;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(layout.directory, ignored)) {
        if (entry.path().filename().string().starts_with(unfinished_prefix))
            fs::remove_all(entry.path(), ignored);
    }
}

/// Waits while the server is starting or stopping. @return true when it answers, false when it is
/// gone
bool settle(const Layout& layout, Clock::time_point deadline) {
    for (;;) {
        if (ping(layout) == PQPING_OK) return true;
        if (!is_data_in_use(layout)) return false;
        if (Clock::now() > deadline) {
            throw Error(
                ErrorKind::unavailable,
                fmt::format("the server in {} neither answers nor ends", layout.directory.string()),
                "Its last messages are in " + layout.log.string() + ".");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

void start(const Layout& layout, const LocalServerOptions& options, const fs::path& binaries) {
    {
        // Nothing works in the data folder, so these are leftovers. PostgreSQL would remove them
        // itself, unless their process number still exists: given to another program, or a killed
        // server that nobody has reaped.
        const AsServerAccount acting;
        std::error_code ignored;
        fs::remove(layout.data / "postmaster.pid", ignored);
        const auto socket = fmt::format(".s.PGSQL.{}", layout.port);
        fs::remove(layout.sockets / (socket + ".lock"), ignored);
        fs::remove(layout.sockets / socket, ignored);
    }
    write_settings(layout, options);
    const auto log_before = private_file_size(layout.log);
    const auto seconds = std::to_string(options.timeout.count());
    const auto started =
        run_program(as_server({(binaries / "pg_ctl").string(), "-D", layout.data.string(), "-l",
                               layout.log.string(), "-w", "-t", seconds, "-s", "start"}));
    if (started.status != 0 || ping(layout) != PQPING_OK) {
        const auto log = read_private_file(layout.log, log_before).value_or("");
        throw Error(ErrorKind::unavailable,
                    fmt::format("the server in {} did not start: {}{}", layout.directory.string(),
                                sanitize_text(started.output), sanitize_text(cause_in_log(log))),
                    "Its log is " + layout.log.string() + ".");
    }
}

/// As LocalServer::ensure_running; the folder is locked already.
void bring_up(const Layout& layout, const LocalServerOptions& options) {
    const auto deadline = Clock::now() + options.timeout;
    if (ping(layout) != PQPING_OK && !settle(layout, deadline)) {
        remove_unfinished(layout);
        if (fs::exists(layout.data) && data_version(layout) == 0) {
            throw Error(
                ErrorKind::conflict,
                fmt::format("{} exists but is no PostgreSQL data folder", layout.data.string()),
                "Move it away, or set TRIALBASE_SERVER_DIR to another folder.");
        }
        const auto installed = find_binaries(options.binaries, data_version(layout));
        make_private_folder(layout.sockets);
        if (!fs::exists(layout.data)) make_data_folder(layout, installed);
        start(layout, options, installed);
    }
    if (!has_database(layout, "trialbase")) {
        Session session({conninfo_of(layout, "postgres"), "trialbase server", {}});
        session.exec({"create database", "create database trialbase"});
    }
}

/// As LocalServer::stop; the folder is locked already.
bool bring_down(const Layout& layout, const LocalServerOptions& options) {
    if (recorded_pid(layout) == 0) return false;
    const auto installed = find_binaries(options.binaries, data_version(layout));
    const auto stopped =
        run_program(as_server({(installed / "pg_ctl").string(), "-D", layout.data.string(), "-m",
                               options.ephemeral ? "immediate" : "fast", "-w", "-t",
                               std::to_string(options.timeout.count()), "-s", "stop"}));
    if (stopped.status != 0) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("the server in {} did not stop: {}", layout.directory.string(),
                                sanitize_text(stopped.output)));
    }
    return true;
}

/// Sessions of others.
int open_sessions(const Layout& layout) {
    Session session({conninfo_of(layout, "postgres"), "trialbase server", {}});
    return session
        .exec({"open sessions",
               "select count(*)::integer from pg_catalog.pg_stat_activity "
               "where backend_type = 'client backend' and pid <> pg_backend_pid()"})
        .get<int>(0, std::size_t{0});
}

}  // namespace

std::filesystem::path LocalServer::binaries(const LocalServerOptions& options) {
    return find_binaries(options.binaries, 0);
}

std::string LocalServer::ensure_running(const LocalServerOptions& options) {
    make_private_folder(layout_of(options).directory);
    require_enterable(layout_of(options).directory);
    const FolderLock lock(layout_of(options).lock, options.timeout);
    const auto layout = layout_of(options);  // under the lock: listen() may have changed the port
    bring_up(layout, options);
    return conninfo_of(layout, "trialbase");
}

LocalServerStatus LocalServer::listen(const std::optional<ListenAddress>& where,
                                      const LocalServerOptions& options) {
    make_private_folder(layout_of(options).directory);
    require_enterable(layout_of(options).directory);
    {
        const FolderLock lock(layout_of(options).lock, options.timeout);
        const auto before = layout_of(options);
        const bool is_same = before.listen.has_value() == where.has_value() &&
                             (!where || (before.listen->address == where->address &&
                                         before.listen->port == where->port));
        if (!is_same) {
            if (recorded_pid(before) != 0 && ping(before) == PQPING_OK) {
                if (const int others = open_sessions(before); others > 0) {
                    throw Error(ErrorKind::conflict,
                                fmt::format("the server must be started again to listen elsewhere, "
                                            "and {} sessions are open",
                                            others),
                                "End them, or stop the server first: trialbase server stop.");
                }
                bring_down(before, options);
            }
            if (where) {
                write_private_file(before.listen_file,
                                   fmt::format("{} {}\n", where->address, where->port));
            } else {
                const AsServerAccount acting;
                std::error_code ignored;
                fs::remove(before.listen_file, ignored);
            }
        }
        try {
            bring_up(layout_of(options), options);
        } catch (const Error&) {
            // A port that is taken must not keep the server from starting ever after.
            if (!is_same) {
                const AsServerAccount acting;
                std::error_code ignored;
                fs::remove(before.listen_file, ignored);
            }
            throw;
        }
    }
    return status(options);
}

bool LocalServer::stop(const LocalServerOptions& options) {
    const auto layout = layout_of(options);
    if (!fs::exists(layout.data)) return false;
    const FolderLock lock(layout.lock, options.timeout);
    return bring_down(layout_of(options), options);
}

bool LocalServer::drop(const LocalServerOptions& options) {
    if (!fs::exists(layout_of(options).data)) return false;
    const FolderLock lock(layout_of(options).lock, options.timeout);
    const auto layout = layout_of(options);
    if (!fs::exists(layout.data)) return false;
    if (!is_made_here(layout)) {
        throw Error(ErrorKind::conflict,
                    fmt::format("{} is no data folder that this program made; nothing was removed",
                                layout.data.string()),
                    "Remove it yourself, if that is meant.");
    }
    bring_down(layout, options);
    // A backend that outlives its server would go on writing.
    (void)settle(layout, Clock::now() + options.timeout);
    const auto doomed = make_temporary_folder(layout.directory, unfinished_prefix);
    const AsServerAccount acting;
    fs::rename(layout.data, doomed);
    fs::remove_all(doomed);
    std::error_code ignored;
    for (const auto& one : {layout.listen_file, layout.password_file, layout.log})
        fs::remove(one, ignored);
    fs::remove_all(layout.sockets, ignored);
    return true;
}

LocalServerStatus LocalServer::status(const LocalServerOptions& options) {
    const auto layout = layout_of(options);
    LocalServerStatus status;
    status.directory = layout.directory;
    status.log_file = layout.log;
    const int version = data_version(layout);
    status.has_data = version != 0;
    status.is_ours = is_made_here(layout);
    if (status.has_data) status.version = std::to_string(version);
    status.conninfo = conninfo_of(layout, "trialbase");
    status.listen = layout.listen;
    const auto answer = status.has_data ? ping(layout) : PQPING_NO_RESPONSE;
    status.is_running = answer == PQPING_OK || answer == PQPING_REJECT;
    if (status.is_running) status.pid = recorded_pid(layout);
    return status;
}

bool environment_names_server() {
    for (const auto* variable : {"PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE", "PGDATABASE"}) {
        const char* value = std::getenv(variable);
        if (value != nullptr && *value != '\0') return true;
    }
    return false;
}

std::string resolve_conninfo(const std::string& dsn) {
    if (!dsn.empty()) return dsn;
    if (environment_names_server()) return {};
    return LocalServer::ensure_running();
}

}  // namespace tb::db
