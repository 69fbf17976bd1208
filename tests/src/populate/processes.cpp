#include "tests/src/populate/processes.hpp"

#include "src/db/migrate.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <random>

#include <fmt/format.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tb::testing {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// --- processes
// ---------------------------------------------------------------------------------------

Process::Process(const std::function<void()>& body) {
    std::fflush(nullptr);  // or the child would print what waits in our buffers once more
    const auto parent = getpid();
    pid_ = fork();
    if (pid_ < 0) throw Error(ErrorKind::io, fmt::format("cannot fork: {}", std::strerror(errno)));
    if (pid_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing outlives the test program
        if (getppid() != parent) _exit(1);
        try {
            body();
        } catch (const Error& error) {
            fmt::print(stderr, "process ended: {}\n", error.what());
            _exit(error.exit_status());
        } catch (const std::exception& error) {
            fmt::print(stderr, "process ended: {}\n", error.what());
            _exit(1);
        }
        _exit(0);
    }
}

Process::~Process() {
    if (has_ended()) return;
    send(SIGKILL);
    wait();
}

void Process::send(int signal) const {
    if (pid_ > 0) ::kill(pid_, signal);
}

bool Process::has_ended() {
    if (pid_ < 0) return true;
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    pid_ = -1;
    return true;
}

int Process::wait() {
    if (pid_ < 0) return status_;
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::unique_ptr<Process> start_worker(const populate::WorkerOptions& options) {
    return std::make_unique<Process>([options] {
        populate::Counters counters;
        populate::run_worker(options, counters);
    });
}

bool eventually(const std::function<bool()>& holds, std::chrono::seconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    do {
        if (holds()) return true;
        std::this_thread::sleep_for(20ms);
    } while (std::chrono::steady_clock::now() < until);
    return holds();
}

// --- folders and accounts
// ----------------------------------------------------------------------------

TemporaryFolder::TemporaryFolder() {
    auto name = std::string("/tmp/tb-fault-XXXXXX");  // short: socket paths have a limit
    if (::mkdtemp(name.data()) == nullptr)
        throw Error(ErrorKind::io, fmt::format("cannot make a folder: {}", std::strerror(errno)));
    path_ = name;
    fs::permissions(path_, fs::perms(0755));
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

void TemporaryFolder::give_to_server(const fs::path& what) const {
    if (::geteuid() != 0) return;
    const auto* entry = ::getpwnam("postgres");
    if (entry == nullptr || ::chown(what.c_str(), entry->pw_uid, entry->pw_gid) != 0)
        throw Error(ErrorKind::io, fmt::format("cannot give {} to postgres", what.string()));
}

int run_as_server(const std::string& command) {
    const std::string prefix =
        ::geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --init-groups --reset-env -- "
                         : "";
    return std::system(("cd / && " + prefix + command + " >/dev/null 2>&1").c_str());
}

std::string host_of(const std::string& conninfo) {
    const auto begin = conninfo.find("host='") + 6;
    return conninfo.substr(begin, conninfo.find('\'', begin) - begin);
}

// --- servers
// -----------------------------------------------------------------------------------------

DurableServer::DurableServer() {
    options_.directory = folder_.path() / "server";
    conninfo_ = db::LocalServer::ensure_running(options_);
    db::Session session({conninfo_, "trialbase tests", {}});
    db::MigrateOptions migrate;
    migrate.program_version = "test";
    db::migrate(session, db::program_schema(), migrate);
}

DurableServer::~DurableServer() {
    stop("immediate");
    if (!small_disk_.empty()) ::umount2(small_disk_.c_str(), MNT_DETACH);
}

void DurableServer::stop(const std::string& mode) {
    const auto pg_ctl = db::LocalServer::binaries(options_) / "pg_ctl";
    run_as_server(fmt::format("{} -D {} -m {} -w stop", pg_ctl.string(),
                              (options_.directory / "data").string(), mode));
}

void DurableServer::start() {
    db::LocalServer::ensure_running(options_);
}

void DurableServer::restart(const std::string& mode) {
    stop(mode);
    start();
}

bool DurableServer::move_to_small_disk(const std::string& folder, int megabytes) {
    const auto place = options_.directory / folder;
    const auto beside = folder_.path() / "small";
    fs::create_directory(beside);
    if (::geteuid() != 0 || ::mount("none", beside.c_str(), "tmpfs", 0,
                                    fmt::format("size={}m", megabytes).c_str()) != 0)
        return false;
    stop("fast");
    const auto copied =
        std::system(fmt::format("cp -a {}/. {}", place.string(), beside.string()).c_str());
    const bool moved = ::mount(beside.c_str(), place.c_str(), nullptr, MS_BIND, nullptr) == 0;
    ::umount2(beside.c_str(), MNT_DETACH);
    if (moved) small_disk_ = place;
    if (copied != 0 || !moved)
        throw Error(ErrorKind::io, fmt::format("cannot move {} to a small disk", place.string()));
    start();
    return true;
}

void DurableServer::resize_small_disk(int megabytes) {
    if (::mount("none", small_disk_.c_str(), "tmpfs", MS_REMOUNT,
                fmt::format("size={}m", megabytes).c_str()) != 0)
        throw Error(ErrorKind::io, fmt::format("cannot resize {}: {}", small_disk_.string(),
                                               std::strerror(errno)));
}

// --- the proxy
// ---------------------------------------------------------------------------------------

namespace {

int unix_socket(const std::string& path, bool listening) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const int done =
        listening ? ::bind(fd, generic, sizeof address) : ::connect(fd, generic, sizeof address);
    if (done != 0 || (listening && ::listen(fd, 64) != 0)) {
        ::close(fd);
        return -1;
    }
    return fd;
}

bool write_all(int fd, const char* data, ssize_t size) {
    while (size > 0) {
        const auto sent = ::send(fd, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        data += sent;
        size -= sent;
    }
    return true;
}

/// Passes bytes both ways for ever.
void serve_proxy(int listener, const std::string& target, std::uint64_t seed,
                 std::int64_t mean_bytes) {
    std::mt19937_64 random(seed);
    struct Line {
        int client, server;
        std::int64_t left;  // bytes until it is cut; negative: never
    };
    std::vector<Line> lines;
    std::array<char, 65536> buffer{};
    for (;;) {
        std::vector<pollfd> fds{{listener, POLLIN, 0}};
        for (const auto& line : lines) {
            fds.push_back({line.client, POLLIN, 0});
            fds.push_back({line.server, POLLIN, 0});
        }
        if (::poll(fds.data(), fds.size(), -1) < 0) continue;
        std::vector<Line> kept;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            auto line = lines[i];
            bool alive = true;
            for (int side = 0; side < 2 && alive; ++side) {
                if (fds[1 + 2 * i + static_cast<std::size_t>(side)].revents == 0) continue;
                const int from = side == 0 ? line.client : line.server;
                const int to = side == 0 ? line.server : line.client;
                const auto count = ::read(from, buffer.data(), buffer.size());
                auto passed = count;
                if (line.left >= 0 && count > line.left) passed = line.left;  // cut in its midst
                alive = count > 0 && write_all(to, buffer.data(), passed) && passed == count;
                if (line.left >= 0) line.left -= passed;
            }
            if (alive) {
                kept.push_back(line);
            } else {
                ::close(line.client);
                ::close(line.server);
            }
        }
        lines = std::move(kept);
        if (fds[0].revents != 0) {
            const int client = ::accept(listener, nullptr, nullptr);
            const int server = client < 0 ? -1 : unix_socket(target, false);
            if (server >= 0) {
                const std::int64_t left =
                    mean_bytes == 0
                        ? -1
                        : static_cast<std::int64_t>(std::exponential_distribution<double>(
                              1.0 / static_cast<double>(mean_bytes))(random)) +
                              2000;
                lines.push_back({client, server, left});
            } else if (client >= 0) {
                ::close(client);
            }
        }
    }
}

}  // namespace

Proxy::Proxy(const std::string& target_conninfo, std::uint64_t seed, std::int64_t mean_bytes) {
    const auto path = (folder_.path() / ".s.PGSQL.5432").string();
    const int listener = unix_socket(path, true);
    if (listener < 0) throw Error(ErrorKind::io, "cannot listen on " + path);
    fs::permissions(path, fs::perms(0777));
    const auto target = host_of(target_conninfo) + "/.s.PGSQL.5432";
    process_ = std::make_unique<Process>([=] { serve_proxy(listener, target, seed, mean_bytes); });
    ::close(listener);
}

std::string Proxy::conninfo(const std::string& database) const {
    return fmt::format("host='{}' port=5432 user=postgres dbname='{}'", folder_.path().string(),
                       database);
}

void Proxy::pull_plug() const {
    process_->send(SIGSTOP);
}

void Proxy::plug_in() const {
    process_->send(SIGCONT);
}

// --- the pooler
// --------------------------------------------------------------------------------------

namespace {
constexpr const char* pgbouncer = "/usr/sbin/pgbouncer";
}

bool Pooler::is_installed() {
    return ::access(pgbouncer, X_OK) == 0;
}

Pooler::Pooler(const std::string& target_conninfo) {
    const auto file = folder_.path() / "pgbouncer.ini";
    std::ofstream(file) << "[databases]\n* = host=" << host_of(target_conninfo)
                        << " port=5432 user=postgres\n[pgbouncer]\npool_mode = transaction\n"
                           "auth_type = any\nlisten_addr =\nlisten_port = 6432\n"
                           "default_pool_size = 4\nmax_client_conn = 100\nunix_socket_dir = "
                        << folder_.path().string()
                        << "\nlogfile = " << (folder_.path() / "log").string() << "\n";
    folder_.give_to_server(file);
    folder_.give_to_server(folder_.path());
    process_ = std::make_unique<Process>([file] {
        if (::geteuid() == 0) {
            const auto* entry = ::getpwnam("postgres");
            if (entry == nullptr || ::setgid(entry->pw_gid) != 0 || ::setuid(entry->pw_uid) != 0)
                _exit(1);
        }
        ::execl(pgbouncer, pgbouncer, "-q", file.c_str(), nullptr);
        _exit(127);
    });
    if (!eventually([&] { return fs::exists(folder_.path() / ".s.PGSQL.6432"); }, 20s))
        throw Error(ErrorKind::unavailable, "pgbouncer does not start");
}

Pooler::~Pooler() {
    process_->send(SIGINT);
    (void)eventually([&] { return process_->has_ended(); }, 5s);
}

std::string Pooler::conninfo(const std::string& database) const {
    return fmt::format("host='{}' port=6432 user=postgres dbname='{}'", folder_.path().string(),
                       database);
}

}  // namespace tb::testing
