#include "src/db/local_server.hpp"

#include "src/base/sha256.hpp"
#include "src/db/session.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" char** environ;

namespace tb::db {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int oldest_major = 15;
constexpr std::size_t socket_path_limit = 107;
constexpr const char* socket_name = "/.s.PGSQL.5432";

bool is_root() {
    return ::geteuid() == 0;
}

std::string errno_text() {
    return std::strerror(errno);
}

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const noexcept { return fd_; }

  private:
    int fd_;
};

// --- running programs
// --------------------------------------------------------------------------------

struct Finished {
    int status = 0;
    std::string output;  // stdout and stderr
};

/// Runs a program to its end, from the root folder, without our PG* variables.
Finished run(const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    std::vector<char*> environment;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        if (std::strncmp(*variable, "PG", 2) != 0) environment.push_back(*variable);
    }
    environment.push_back(nullptr);

    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw Error(ErrorKind::io, "cannot make a pipe: " + errno_text());
    }
    const Descriptor reading(ends[0]);
    const pid_t child = ::fork();
    if (child == 0) {
        // Only calls that are safe between fork and exec in a program with threads.
        ::dup2(ends[1], 1);
        ::dup2(ends[1], 2);
        const int null = ::open("/dev/null", O_RDONLY);
        if (null >= 0) ::dup2(null, 0);
        if (::chdir("/") != 0) ::_exit(126);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::execve(arguments[0], arguments.data(), environment.data());
        ::_exit(127);
    }
    ::close(ends[1]);
    if (child < 0) throw Error(ErrorKind::io, "cannot start a program: " + errno_text());
    Finished finished;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto count = ::read(reading.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        finished.output.append(buffer.data(), static_cast<std::size_t>(count));
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return finished;
}

/// The account that the server runs as.
struct Account {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name;
};

Account server_account() {
    const auto* entry = is_root() ? ::getpwnam("postgres") : ::getpwuid(::geteuid());
    if (entry == nullptr && is_root()) {
        throw Error(ErrorKind::unavailable,
                    "there is no user 'postgres', as whom a server started by root must run",
                    "Install the package postgresql, or name a server with --dsn or PGHOST.");
    }
    if (entry == nullptr) return {::geteuid(), ::getegid(), {}};
    return {entry->pw_uid, entry->pw_gid, entry->pw_name};
}

/// The command as the server's account runs it: PostgreSQL refuses to run as root.
std::vector<std::string> as_server(std::vector<std::string> command) {
    if (!is_root()) return command;
    std::vector<std::string> out{"/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres",
                                 "--init-groups",    "--reset-env",      "--"};
    if (!fs::exists(out.front())) out.front() = "/bin/setpriv";
    out.insert(out.end(), command.begin(), command.end());
    return out;
}

// --- where things are
// --------------------------------------------------------------------------------

struct Layout {
    fs::path directory;
    fs::path data;
    fs::path sockets;
    fs::path log;
    fs::path lock;
};

fs::path environment_path(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr ? fs::path(value) : fs::path{};
}

fs::path default_directory() {
    if (is_root()) return "/var/lib/trialbase/server";
    if (const auto base = environment_path("XDG_DATA_HOME"); base.is_absolute()) {
        return base / "trialbase" / "server";
    }
    auto home = environment_path("HOME");
    if (home.empty()) {
        const auto* entry = ::getpwuid(::geteuid());
        if (entry != nullptr) home = entry->pw_dir;
    }
    if (home.empty()) {
        throw Error(ErrorKind::io, "no home folder is known, where the private server would live",
                    "Set TB_SERVER_DIR, or name a server with --dsn or PGHOST.");
    }
    return home / ".local" / "share" / "trialbase" / "server";
}

Layout layout_of(const LocalServerOptions& options) {
    Layout layout;
    layout.directory = options.directory;
    if (layout.directory.empty()) layout.directory = environment_path("TB_SERVER_DIR");
    if (layout.directory.empty()) layout.directory = default_directory();
    layout.directory = fs::weakly_canonical(fs::absolute(layout.directory));
    layout.data = layout.directory / "data";
    layout.log = layout.directory / "server.log";
    layout.lock = layout.directory / "lock";
    layout.sockets = layout.directory / "run";
    if (layout.sockets.string().size() + std::strlen(socket_name) > socket_path_limit) {
        // The kernel's limit on socket paths; the folder's name tells servers apart.
        layout.sockets = fmt::format("/tmp/tb-{}-{}", ::geteuid(),
                                     sha256_hex(layout.directory.string()).substr(0, 12));
    }
    return layout;
}

std::string quote_setting(std::string_view value) {
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

std::string conninfo_of(const Layout& layout, const std::string& database) {
    auto out = fmt::format("host={} port=5432 user=postgres dbname={}",
                           quote_setting(layout.sockets.string()), quote_setting(database));
    // Only the account that we started it as may answer on this socket.
    if (const auto account = server_account(); !account.name.empty()) {
        out += " requirepeer=" + quote_setting(account.name);
    }
    return out;
}

/// Major version of an installation, 0 when the folder holds none.
int major_of(const fs::path& binaries) {
    for (const auto* program : {"initdb", "pg_ctl", "postgres"}) {
        if (::access((binaries / program).c_str(), X_OK) != 0) return 0;
    }
    const auto answer = run(
        {(binaries / "postgres").string(), "--version"});  // "postgres (PostgreSQL) 15.20 (...)"
    const auto at = answer.output.find_first_of("0123456789");
    return answer.status == 0 && at != std::string::npos ? std::atoi(answer.output.c_str() + at)
                                                         : 0;
}

std::vector<fs::path> candidate_binaries(const LocalServerOptions& options) {
    if (!options.binaries.empty()) return {options.binaries};
    if (const auto named = environment_path("TB_POSTGRES_BIN"); !named.empty()) return {named};
    std::vector<fs::path> found;
    const auto add_children = [&](const fs::path& parent, std::string_view prefix) {
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(parent, ignored)) {
            if (entry.path().filename().string().starts_with(prefix))
                found.push_back(entry.path() / "bin");
        }
    };
    add_children("/usr/lib/postgresql", "");       // Debian, Ubuntu
    add_children("/usr", "pgsql-");                // Red Hat family
    add_children("/usr/local/opt", "postgresql");  // Homebrew
    add_children("/opt/homebrew/opt", "postgresql");
    if (const char* path = std::getenv("PATH")) {
        std::string_view rest = path;
        while (!rest.empty()) {
            const auto end = std::min(rest.find(':'), rest.size());
            const fs::path folder(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            std::error_code ignored;
            const auto real = fs::canonical(folder / "pg_ctl", ignored);
            if (!ignored) found.push_back(real.parent_path());
        }
    }
    return found;
}

/// The newest installation that is new enough, or the one of exactly `wanted` when that is not 0.
fs::path find_binaries(const LocalServerOptions& options, int wanted) {
    fs::path best;
    int best_major = 0;
    std::string installed;
    for (const auto& folder : candidate_binaries(options)) {
        const int major = major_of(folder);
        if (major == 0) continue;
        installed += fmt::format("{}{}", installed.empty() ? "" : ", ", major);
        const bool fits = wanted != 0 ? major == wanted : major >= oldest_major;
        if (fits && major > best_major) {
            best = folder;
            best_major = major;
        }
    }
    if (!best.empty()) return best;
    const int needed = wanted != 0 ? wanted : oldest_major;
    const auto hint = fmt::format(
        "Install the package postgresql-{0} (Debian, Ubuntu: apt-get install postgresql-{0}), or "
        "name a server with "
        "--dsn or PGHOST.",
        needed);
    if (wanted != 0 && !installed.empty()) {
        throw Error(
            ErrorKind::conflict,
            fmt::format("the data folder was made by PostgreSQL {}, but only {} is installed",
                        wanted, installed),
            hint +
                " To move to a newer version, dump with the old one and restore into a new "
                "folder.");
    }
    throw Error(ErrorKind::unavailable,
                installed.empty()
                    ? "no PostgreSQL server is installed (looked for initdb, pg_ctl and postgres)"
                    : fmt::format("PostgreSQL {} or later is needed, but only {} is installed",
                                  oldest_major, installed),
                hint);
}

int data_version(const Layout& layout) {
    std::ifstream file(layout.data / "PG_VERSION");
    int major = 0;
    file >> major;
    return major;
}

// --- folders
// -----------------------------------------------------------------------------------------

void give_to_server(const fs::path& path, mode_t mode) {
    const auto account = server_account();
    if (is_root() && ::chown(path.c_str(), account.uid, account.gid) != 0) {
        throw Error(ErrorKind::io, fmt::format("cannot give {} to {}: {}", path.string(),
                                               account.name, errno_text()));
    }
    if (::chmod(path.c_str(), mode) != 0) {
        throw Error(ErrorKind::io,
                    fmt::format("cannot set the mode of {}: {}", path.string(), errno_text()));
    }
}

/// Makes a folder that only the server's account (and root) can enter; refuses one that is
/// another's.
void make_private(const fs::path& path) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    const bool made = !error && fs::create_directory(path, error);
    if (error) {
        throw Error(ErrorKind::io,
                    fmt::format("cannot make folder {}: {}", path.string(), error.message()),
                    "Set TB_SERVER_DIR to a folder that you may write.");
    }
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
        throw Error(ErrorKind::io, fmt::format("{} is not a folder", path.string()));
    }
    const auto account = server_account();
    if (!made && info.st_uid != account.uid && info.st_uid != ::geteuid()) {
        throw Error(ErrorKind::io, fmt::format("folder {} belongs to another user", path.string()),
                    "Set TB_SERVER_DIR to a folder of your own.");
    }
    if (made || (info.st_mode & 0777U) != 0700 || info.st_uid != account.uid)
        give_to_server(path, 0700);
}

void require_enterable(const fs::path& path) {
    if (!is_root()) return;
    const auto tried = run(as_server({"/bin/sh", "-c", "cd \"$1\"", "sh", path.string()}));
    if (tried.status == 0) return;
    throw Error(
        ErrorKind::io,
        fmt::format("user 'postgres' cannot enter {}: a folder above it is closed to others",
                    path.string()),
        "Choose another place with TB_SERVER_DIR, for example below /var/lib.");
}

/// One program at a time changes a server's folder.
class FolderLock {
  public:
    FolderLock(const Layout& layout, std::chrono::seconds timeout)
        : file_(::open(layout.lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        if (file_.get() < 0) {
            throw Error(ErrorKind::io,
                        fmt::format("cannot open {}: {}", layout.lock.string(), errno_text()));
        }
        const auto deadline = Clock::now() + timeout;
        while (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK && errno != EINTR) {
                throw Error(ErrorKind::io,
                            fmt::format("cannot lock {}: {}", layout.lock.string(), errno_text()));
            }
            if (Clock::now() > deadline) {
                throw Error(
                    ErrorKind::unavailable,
                    fmt::format(
                        "another program has been starting or stopping the server in {} for {} s",
                        layout.directory.string(), timeout.count()));
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    }

  private:
    Descriptor file_;
};

std::string tail_of(const fs::path& file, std::size_t lines) {
    std::ifstream in(file);
    std::vector<std::string> last;
    for (std::string line; std::getline(in, line);) {
        last.push_back(line);
        if (last.size() > lines) last.erase(last.begin());
    }
    std::string out;
    for (const auto& line : last) out += "\n    " + line;
    return sanitize_text(out);
}

// --- life of the server
// ------------------------------------------------------------------------------

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
    std::ifstream file(layout.data / "postmaster.pid");
    int pid = 0;
    file >> pid;
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

std::string settings_text(const Layout& layout, const LocalServerOptions& options) {
    const auto megabytes =
        static_cast<long long>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE) / (1024 * 1024);
    const auto buffers = std::clamp(megabytes / 8, 32LL, options.ephemeral ? 128LL : 512LL);
    std::string out =
        "# Written by trialbase at every start: put your own settings into local.conf beside this "
        "file.\n";
    out += "listen_addresses = ''\n";
    out += fmt::format("unix_socket_directories = {}\n", quote_setting(layout.sockets.string()));
    out += "unix_socket_permissions = 0700\n";
    out += "port = 5432\n";
    out += "max_connections = 200\n";
    out += fmt::format("shared_buffers = {}MB\n", buffers);
    out += fmt::format("effective_cache_size = {}MB\n", std::max(megabytes / 2, 64LL));
    out += fmt::format("work_mem = {}MB\n", std::clamp(megabytes / 256, 4LL, 64LL));
    out += fmt::format("maintenance_work_mem = {}MB\n", std::clamp(megabytes / 32, 16LL, 512LL));
    out += "max_wal_size = 4GB\n";
    out += "wal_compression = on\n";
    out += "jit = off\n";               // short statements: compiling them costs more than it saves
    out += "random_page_cost = 1.1\n";  // solid-state disks
    out += "track_io_timing = on\n";
    out += "autovacuum_vacuum_scale_factor = 0.05\n";  // queues live on few dead rows
    out += "autovacuum_analyze_scale_factor = 0.02\n";
    out += "autovacuum_naptime = 15s\n";
    out += "timezone = 'UTC'\n";
    out += "log_timezone = 'UTC'\n";
    out += "log_line_prefix = '%m [%p] %a '\n";
    out += "log_lock_waits = on\n";
    out += "log_checkpoints = off\n";
    if (options.ephemeral) {
        out += "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\n";
        out += "max_wal_size = 1GB\n";
    } else {
        out += "synchronous_commit = on\n";
    }
    return out;
}

void write_settings(const Layout& layout, const LocalServerOptions& options) {
    const auto file = layout.data / "trialbase.conf";
    const auto fresh = layout.data / "trialbase.conf.new";
    {
        std::ofstream out(fresh, std::ios::trunc);
        out << settings_text(layout, options);
        out.flush();
        if (!out) throw Error(ErrorKind::io, "cannot write " + fresh.string());
    }
    give_to_server(fresh, 0600);
    fs::rename(fresh, file);
}

void make_data_folder(const Layout& layout, const fs::path& binaries) {
    const auto fresh = layout.directory / fmt::format("data.new.{}", ::getpid());
    const auto made =
        run(as_server({(binaries / "initdb").string(), "-D", fresh.string(), "-U", "postgres", "-A",
                       "trust", "-N", "-k", "-E", "UTF8", "--locale=C.UTF-8"}));
    if (made.status != 0) {
        std::error_code ignored;
        fs::remove_all(fresh, ignored);
        throw Error(ErrorKind::unavailable,
                    fmt::format("initdb failed in {}: {}", layout.directory.string(),
                                sanitize_text(made.output)));
    }
    {
        std::ofstream out(fresh / "postgresql.conf", std::ios::app);
        out << "\ninclude_if_exists = 'trialbase.conf'\ninclude_if_exists = 'local.conf'\n";
        out.flush();
        if (!out)
            throw Error(ErrorKind::io, "cannot write " + (fresh / "postgresql.conf").string());
    }
    // `-N` left syncing to the system: the rename below must not come before the files' content.
    ::sync();
    fs::rename(fresh, layout.data);
}

void remove_unfinished(const Layout& layout) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(layout.directory, ignored)) {
        if (entry.path().filename().string().starts_with("data.new."))
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
    // Nothing works in the data folder, so these are leftovers. PostgreSQL would remove them
    // itself, unless their process number still exists: given to another program, or a killed
    // server that nobody has reaped.
    std::error_code ignored;
    fs::remove(layout.data / "postmaster.pid", ignored);
    fs::remove(layout.sockets / ".s.PGSQL.5432.lock", ignored);
    fs::remove(layout.sockets / ".s.PGSQL.5432", ignored);
    write_settings(layout, options);
    const auto seconds = std::to_string(options.timeout.count());
    const auto started =
        run(as_server({(binaries / "pg_ctl").string(), "-D", layout.data.string(), "-l",
                       layout.log.string(), "-w", "-t", seconds, "-s", "start"}));
    if (started.status != 0 || ping(layout) != PQPING_OK) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("the server in {} did not start: {}{}", layout.directory.string(),
                                sanitize_text(started.output), tail_of(layout.log, 8)));
    }
}

}  // namespace

std::filesystem::path LocalServer::binaries(const LocalServerOptions& options) {
    return find_binaries(options, 0);
}

std::string LocalServer::ensure_running(const LocalServerOptions& options) {
    const auto layout = layout_of(options);
    make_private(layout.directory);
    const FolderLock lock(layout, options.timeout);
    const auto deadline = Clock::now() + options.timeout;
    const auto conninfo = conninfo_of(layout, "trialbase");
    if (ping(layout) != PQPING_OK && !settle(layout, deadline)) {
        remove_unfinished(layout);
        if (fs::exists(layout.data) && data_version(layout) == 0) {
            throw Error(
                ErrorKind::conflict,
                fmt::format("{} exists but is no PostgreSQL data folder", layout.data.string()),
                "Move it away, or set TB_SERVER_DIR to another folder.");
        }
        const auto installed = find_binaries(options, data_version(layout));
        require_enterable(layout.directory);
        make_private(layout.sockets);
        if (!fs::exists(layout.data)) make_data_folder(layout, installed);
        start(layout, options, installed);
    }
    if (!has_database(layout, "trialbase")) {
        Session session({conninfo_of(layout, "postgres"), "trialbase server", {}});
        session.exec({"create database", "create database trialbase"});
    }
    return conninfo;
}

bool LocalServer::stop(const LocalServerOptions& options) {
    const auto layout = layout_of(options);
    if (!fs::exists(layout.data)) return false;
    const FolderLock lock(layout, options.timeout);
    if (recorded_pid(layout) == 0) return false;
    const auto installed = find_binaries(options, data_version(layout));
    const auto stopped = run(as_server({(installed / "pg_ctl").string(), "-D", layout.data.string(),
                                        "-m", options.ephemeral ? "immediate" : "fast", "-w", "-t",
                                        std::to_string(options.timeout.count()), "-s", "stop"}));
    if (stopped.status != 0) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("the server in {} did not stop: {}", layout.directory.string(),
                                sanitize_text(stopped.output)));
    }
    return true;
}

LocalServerStatus LocalServer::status(const LocalServerOptions& options) {
    const auto layout = layout_of(options);
    LocalServerStatus status;
    status.directory = layout.directory;
    status.log_file = layout.log;
    const int version = data_version(layout);
    status.has_data = version != 0;
    if (status.has_data) status.version = std::to_string(version);
    status.conninfo = conninfo_of(layout, "trialbase");
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

// --- throw-away servers
// ------------------------------------------------------------------------------

namespace {

constexpr std::string_view ephemeral_prefix = "tb-eph-";

/// Stops and removes servers whose program has ended without doing so.
void sweep_ephemeral(const fs::path& parent) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(parent, ignored)) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with(ephemeral_prefix)) continue;
        const int owner = std::atoi(name.c_str() + ephemeral_prefix.size());
        if (owner <= 0 || ::kill(owner, 0) == 0 || errno != ESRCH) continue;
        try {
            LocalServerOptions options;
            options.directory = entry.path();
            options.ephemeral = true;
            LocalServer::stop(options);
            fs::remove_all(entry.path());
        } catch (const std::exception&) {
            // Another's folder, or another program sweeps it at this moment.
        }
    }
}

}  // namespace

EphemeralServer::EphemeralServer() {
    const fs::path parent = "/tmp";  // short, and enterable by postgres
    sweep_ephemeral(parent);
    auto name = (parent / fmt::format("{}{}-XXXXXX", ephemeral_prefix, ::getpid())).string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw Error(ErrorKind::io,
                    fmt::format("cannot make a folder in {}: {}", parent.string(), errno_text()));
    }
    options_.directory = name;
    options_.ephemeral = true;
    LocalServer::ensure_running(options_);
}

EphemeralServer::~EphemeralServer() {
    try {
        LocalServer::stop(options_);
    } catch (const std::exception& error) {
        fmt::print(stderr, "trialbase: {}\n", error.what());
    }
    std::error_code ignored;
    fs::remove_all(options_.directory, ignored);
}

std::string EphemeralServer::conninfo(const std::string& database) const {
    return conninfo_of(layout_of(options_), database);
}

}  // namespace tb::db
