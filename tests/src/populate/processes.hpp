// Processes that fault tests start, disturb and clean up: workers, servers, a proxy, a pooler.
#pragma once

#include "src/db/local_server.hpp"
#include "src/db/session.hpp"
#include "src/populate/worker.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace tb::testing {

/// A child process that runs `body` and ends; killed by the destructor when it still runs.
class Process {
  public:
    explicit Process(const std::function<void()>& body);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    void send(int signal) const;
    /// @return exit status, or 128 + the signal that ended it
    int wait();
    /// True once it has ended by itself; wait() gives its status.
    [[nodiscard]] bool has_ended();
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  private:
    pid_t pid_ = -1;
    int status_ = -1;
};

/// A worker in a process of its own.
[[nodiscard]] std::unique_ptr<Process> start_worker(const populate::WorkerOptions& options);

/// Waits until a condition holds. @return false when it does not within a minute
[[nodiscard]] bool eventually(const std::function<bool()>& holds,
                              std::chrono::seconds limit = std::chrono::seconds(60));

/// A folder that the server's account may enter, removed at the end.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// Gives a file or folder in it to the account that servers run as.
    void give_to_server(const std::filesystem::path& what) const;

  private:
    std::filesystem::path path_;
};

/// A migrated database on a server of its own whose commits are durable, for restarts.
class DurableServer {
  public:
    DurableServer();
    ~DurableServer();
    DurableServer(const DurableServer&) = delete;
    DurableServer& operator=(const DurableServer&) = delete;
    [[nodiscard]] const std::string& conninfo() const noexcept { return conninfo_; }
    /// Stops it (`fast` or `immediate`) and starts it again.
    void restart(const std::string& mode);
    /// Starts it when it does not run. @throws tb::Error as LocalServer::ensure_running
    void start();
    [[nodiscard]] const db::LocalServerOptions& options() const noexcept { return options_; }

    /// Moves a folder of the server ("data" or "data/pg_wal") to a small file system in memory,
    /// with the server stopped meanwhile. @return false when this process may not mount
    [[nodiscard]] bool move_to_small_disk(const std::string& folder, int megabytes);
    [[nodiscard]] const std::filesystem::path& small_disk() const noexcept { return small_disk_; }
    void resize_small_disk(int megabytes);

  private:
    void stop(const std::string& mode);

    TemporaryFolder folder_;
    db::LocalServerOptions options_;
    std::string conninfo_;
    std::filesystem::path small_disk_;  ///< where it is mounted; empty: nowhere
};

/// Stands between clients and a server on a unix socket that everybody may use, in a process of its
/// own; cuts each connection after a random number of bytes when asked to.
class Proxy {
  public:
    /// @param mean_bytes  mean number of bytes after which a connection is cut; 0: never
    Proxy(const std::string& target_conninfo, std::uint64_t seed, std::int64_t mean_bytes);
    [[nodiscard]] std::string conninfo(const std::string& database) const;
    /// Nothing passes any more and nobody is told, as when a plug is pulled; until plug_in().
    void pull_plug() const;
    void plug_in() const;

  private:
    TemporaryFolder folder_;
    std::unique_ptr<Process> process_;
};

/// pgbouncer with transaction pooling before a server.
class Pooler {
  public:
    explicit Pooler(const std::string& target_conninfo);
    ~Pooler();
    Pooler(const Pooler&) = delete;
    Pooler& operator=(const Pooler&) = delete;
    [[nodiscard]] static bool is_installed();
    [[nodiscard]] std::string conninfo(const std::string& database) const;

  private:
    TemporaryFolder folder_;
    std::unique_ptr<Process> process_;
};

/// host= of a conninfo.
[[nodiscard]] std::string host_of(const std::string& conninfo);

/// Runs a command as the account of the server (PostgreSQL and pgbouncer refuse to be root).
int run_as_server(const std::string& command);

}  // namespace tb::testing
