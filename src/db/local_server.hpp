// The private PostgreSQL of one user: made, started and found again without any configuration. Unix
// socket only, in a folder that nobody else can enter.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tb::db {

struct LocalServerOptions {
    /// Folder of the server (data, socket, log). Empty: $TRIALBASE_SERVER_DIR, else
    /// /var/lib/trialbase/server when run as root, else $XDG_DATA_HOME/trialbase/server
    /// (~/.local/share).
    std::filesystem::path directory;
    /// Folder with initdb, pg_ctl and postgres. Empty: $TRIALBASE_POSTGRES_BIN, else the usual
    /// places, newest first.
    std::filesystem::path binaries;
    /// Data may be lost in a crash of the machine (fsync off): for tests.
    bool ephemeral = false;
    std::chrono::seconds timeout{90};
};

/// Where a server listens for TCP connections, besides its socket.
struct ListenAddress {
    std::string address = "127.0.0.1";
    int port = 5432;
};

struct LocalServerStatus {
    std::filesystem::path directory;
    std::filesystem::path log_file;
    bool has_data = false;  ///< a data folder exists
    bool is_ours = false;   ///< and this program made it
    bool is_running = false;
    int pid = 0;           ///< of the postmaster, 0 when it does not run
    std::string version;   ///< major version of the data folder, "15"; empty without data
    std::string conninfo;  ///< how to reach it; valid while it runs
    std::optional<ListenAddress> listen;  ///< absent: reached through its socket alone
};

/// All functions may be called from several programs at once: changes happen under a file lock in
/// the folder. What root does there it does as the server's account, and follows no links. Errors:
/// unavailable (no PostgreSQL installed, the server does not come up; the message ends with what
/// its log says), conflict (the data folder belongs to another major version), io (folder cannot be
/// made or entered).
class LocalServer {
  public:
    /// Starts the server if it does not run, making the data folder and the database `trialbase` at
    /// first use. Finds its way after a crash: stale pid files, an initdb that was killed, a server
    /// still shutting down.
    /// @return conninfo of the database
    static std::string ensure_running(const LocalServerOptions& options = {});
    /// Makes it listen for TCP connections (with passwords only), or on its socket alone, from now
    /// on and after every start; a running server is started again. @return its status
    /// @throws tb::Error (conflict) when other sessions are open
    static LocalServerStatus listen(const std::optional<ListenAddress>& where,
                                    const LocalServerOptions& options = {});
    /// Fast shutdown. @return false when it did not run
    static bool stop(const LocalServerOptions& options = {});
    /// Ends it and removes its data, settings, log and password file; its folder and what else lies
    /// there stay. What is half removed when it is cut short is no server any more.
    /// @return false when there is no server
    /// @throws tb::Error (conflict) when the data folder is none that this program made
    static bool drop(const LocalServerOptions& options = {});
    [[nodiscard]] static LocalServerStatus status(const LocalServerOptions& options = {});
    /// The folder with psql and the other programs. @throws tb::Error (unavailable) when there is
    /// none
    [[nodiscard]] static std::filesystem::path binaries(const LocalServerOptions& options = {});
};

/// True when the environment names a server as libpq clients expect (PGHOST, PGHOSTADDR, PGPORT,
/// PGSERVICE, PGDATABASE): then the private server is not used.
[[nodiscard]] bool environment_names_server();

/// Conninfo to use: `dsn` if given, else "" when the environment names a server, else the private
/// server's, started.
[[nodiscard]] std::string resolve_conninfo(const std::string& dsn);

/// A server of its own in a short temporary folder, stopped and removed by the destructor. Folders
/// left behind by programs that crashed are cleaned up by the next one. For tests and benchmarks.
class EphemeralServer {
  public:
    EphemeralServer();
    ~EphemeralServer();
    EphemeralServer(const EphemeralServer&) = delete;
    EphemeralServer& operator=(const EphemeralServer&) = delete;
    /// Conninfo of a database of this server.
    [[nodiscard]] std::string conninfo(const std::string& database = "postgres") const;
    [[nodiscard]] const LocalServerOptions& options() const noexcept { return options_; }

  private:
    LocalServerOptions options_;
};

}  // namespace tb::db
