#include "src/db/local_server.hpp"

#include "src/db/analyst_login.hpp"
#include "src/db/server_account.hpp"
#include "src/db/server_log.hpp"
#include "src/db/session.hpp"
#include "tests/support/test_database.hpp"

#include <chrono>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tb::db {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::value_of;

/// A folder for a server, removed with whatever runs in it.
class LocalServerTest : public ::testing::Test {
  protected:
    LocalServerTest() {
        std::string name = "/tmp/tb-lst-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        top_ = name;
        ::chmod(name.c_str(), 0755);
        options.directory = top_ / "server";
        options.timeout = std::chrono::seconds(60);
    }
    ~LocalServerTest() override {
        try {
            LocalServer::stop(options);
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
        }
        std::error_code ignored;
        fs::remove_all(top_, ignored);
    }

    /// As if an earlier program had made it: the server's account owns it.
    static void give_to_server(const fs::path& path) {
        if (::geteuid() != 0) return;
        const auto account = server_account();
        if (::lchown(path.c_str(), account.uid, account.gid) != 0)
            throw std::runtime_error("chown");
    }
    /// Runs with the rights of the server's account.
    template <typename Work>
    static void as_server_account(const Work& work) {
        const AsServerAccount acting;
        work();
    }
    [[nodiscard]] Session connect() const {
        return Session({LocalServer::status(options).conninfo, "test", {}});
    }

    Error start_error() {
        try {
            LocalServer::ensure_running(options);
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "it started";
        return {ErrorKind::internal, "it started"};
    }

    LocalServerOptions options;
    fs::path top_;
};

TEST_F(LocalServerTest, StartsIsFoundAgainAndKeepsItsData) {
    EXPECT_FALSE(LocalServer::status(options).has_data);
    EXPECT_FALSE(LocalServer::stop(options));
    const auto conninfo = LocalServer::ensure_running(options);
    {
        Session session({conninfo, "test", {}});
        EXPECT_EQ(value_of(session, "select current_database()"), "trialbase");
        EXPECT_EQ(value_of(session, "show listen_addresses"), "");
        EXPECT_EQ(value_of(session, "show data_checksums"), "on");
        EXPECT_EQ(value_of(session, "show fsync"), "on");
        EXPECT_EQ(value_of(session, "show synchronous_commit"), "on");
        EXPECT_EQ(value_of(session, "show jit"), "off");
        EXPECT_EQ(value_of(session, "show server_encoding"), "UTF8");
        session.exec_script({"keep", "create table public.kept as select 42 as v"});
    }
    struct stat info {};
    ASSERT_EQ(::stat(options.directory.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0700u);
    ASSERT_EQ(::stat((options.directory / "run").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0700u);
    const auto status = LocalServer::status(options);
    EXPECT_TRUE(status.is_running);
    EXPECT_EQ(::kill(status.pid, 0), 0);
    EXPECT_EQ(LocalServer::ensure_running(options), conninfo);
    EXPECT_EQ(LocalServer::status(options).pid, status.pid);
    EXPECT_TRUE(LocalServer::stop(options));
    EXPECT_FALSE(LocalServer::status(options).is_running);
    EXPECT_FALSE(LocalServer::stop(options));
    LocalServer::ensure_running(options);
    auto session = connect();
    EXPECT_EQ(value_of(session, "select v from public.kept"), "42");
}

TEST_F(LocalServerTest, TwoStartsAtOnceMakeOneServer) {
    // Processes, not threads: that is how it happens.
    std::vector<pid_t> children;
    for (int i = 0; i < 3; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            int status = 1;
            try {
                Session session({LocalServer::ensure_running(options), "test", {}});
                status = value_of(session, "select 1") == "1" ? 0 : 2;
            } catch (const std::exception&) {
                status = 3;
            }
            ::_exit(status);
        }
        children.push_back(child);
    }
    for (const auto child : children) {
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(WEXITSTATUS(status), 0);
    }
    auto session = connect();
    EXPECT_EQ(value_of(session, "select count(*) from pg_database where datname = 'trialbase'"),
              "1");
}

TEST_F(LocalServerTest, ComesBackAfterACrash) {
    LocalServer::ensure_running(options);
    {
        auto session = connect();
        session.exec_script({"keep", "create table public.kept as select 42 as v"});
    }
    const int pid = LocalServer::status(options).pid;
    ASSERT_GT(pid, 0);
    ASSERT_EQ(::kill(pid, SIGKILL), 0);
    LocalServer::ensure_running(options);
    EXPECT_NE(LocalServer::status(options).pid, pid);
    auto session = connect();
    EXPECT_EQ(value_of(session, "select v from public.kept"), "42");
}

TEST_F(LocalServerTest, IgnoresAStalePidFileWhoseNumberIsAnotherProgramsNow) {
    LocalServer::ensure_running(options);
    LocalServer::stop(options);
    // Our own process is certainly alive, and no server of that folder.
    const auto file = options.directory / "data" / "postmaster.pid";
    std::ofstream(file) << ::getpid() << "\n"
                        << (options.directory / "data").string() << "\n1\n5432\n";
    if (::geteuid() == 0) {
        struct stat info {};
        ASSERT_EQ(::stat((options.directory / "data").c_str(), &info), 0);
        ASSERT_EQ(::chown(file.c_str(), info.st_uid, info.st_gid), 0);
    }
    EXPECT_FALSE(LocalServer::status(options).is_running);
    {
        // Something that the server left behind is still in its folder: no reason to signal us.
        const pid_t left = ::fork();
        if (left == 0) {
            if (::chdir((options.directory / "data").c_str()) != 0) _exit(1);
            ::pause();
            _exit(0);
        }
        const auto cwd = fmt::format("/proc/{}/cwd", left);
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (fs::read_symlink(cwd) != options.directory / "data" &&
               std::chrono::steady_clock::now() < until) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        EXPECT_FALSE(LocalServer::stop(options));
        ::kill(left, SIGKILL);
        ::waitpid(left, nullptr, 0);
    }
    EXPECT_FALSE(LocalServer::stop(options));
    LocalServer::ensure_running(options);
    EXPECT_TRUE(LocalServer::status(options).is_running);
}

TEST_F(LocalServerTest, ClearsAnInitdbThatWasKilled) {
    fs::create_directories(options.directory / "data.new.12345" / "base");
    give_to_server(options.directory);
    give_to_server(options.directory / "data.new.12345");
    give_to_server(options.directory / "data.new.12345" / "base");
    std::ofstream(options.directory / "data.new.12345" / "PG_VERSION") << "15\n";
    LocalServer::ensure_running(options);
    EXPECT_FALSE(fs::exists(options.directory / "data.new.12345"));
    EXPECT_TRUE(LocalServer::status(options).is_running);
}

TEST_F(LocalServerTest, MakesTheDatabaseThatAnInterruptedFirstStartLeftOut) {
    LocalServer::ensure_running(options);
    {
        auto conninfo = LocalServer::status(options).conninfo + " dbname=postgres";
        Session session({conninfo, "test", {}});
        session.exec({"drop", "drop database trialbase"});
    }
    LocalServer::ensure_running(options);
    auto session = connect();
    EXPECT_EQ(value_of(session, "select 1"), "1");
}

TEST_F(LocalServerTest, RefusesTheDataOfAnotherMajorVersion) {
    fs::create_directories(options.directory / "data");
    std::ofstream(options.directory / "data" / "PG_VERSION") << "9\n";
    give_to_server(options.directory);
    const auto error = start_error();
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_THAT(error.what(), HasSubstr("was made by PostgreSQL 9, but only 15"));
    EXPECT_THAT(error.hint(), HasSubstr("dump"));
}

TEST_F(LocalServerTest, RefusesAFolderThatIsNoDataFolder) {
    fs::create_directories(options.directory / "data");
    std::ofstream(options.directory / "data" / "thesis.doc") << "precious";
    give_to_server(options.directory);
    EXPECT_EQ(start_error().kind(), ErrorKind::conflict);
    EXPECT_TRUE(fs::exists(options.directory / "data" / "thesis.doc"));
}

TEST_F(LocalServerTest, DropRemovesWhatItMadeAndNothingElse) {
    EXPECT_FALSE(LocalServer::drop(options));
    LocalServer::ensure_running(options);
    EXPECT_TRUE(LocalServer::status(options).is_ours);
    connect().exec({"mark", "create table kept ()"});
    std::ofstream(options.directory / "notes.txt") << "mine";
    auto other = connect();  // ended with it
    EXPECT_TRUE(LocalServer::drop(options));
    std::set<std::string> left;
    for (const auto& one : fs::directory_iterator(options.directory))
        left.insert(one.path().filename());
    EXPECT_EQ(left, (std::set<std::string>{"lock", "notes.txt"}));
    EXPECT_FALSE(LocalServer::status(options).has_data);
    EXPECT_FALSE(LocalServer::drop(options));
    LocalServer::ensure_running(options);
    auto fresh = connect();
    EXPECT_EQ(value_of(fresh, "select to_regclass('kept') is null"), "t");
}

TEST_F(LocalServerTest, DropRefusesDataThatItDidNotMake) {
    LocalServer::ensure_running(options);
    LocalServer::stop(options);
    as_server_account([&] {
        std::ofstream(options.directory / "data" / "postgresql.conf") << "# somebody else's\n";
    });
    EXPECT_FALSE(LocalServer::status(options).is_ours);
    try {
        LocalServer::drop(options);
        FAIL() << "it was removed";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::conflict);
        EXPECT_THAT(error.what(), HasSubstr("nothing was removed"));
    }
    EXPECT_TRUE(LocalServer::status(options).has_data);
}

TEST_F(LocalServerTest, SaysWhichPackageIsMissing) {
    options.binaries = top_;
    const auto error = start_error();
    options.binaries.clear();
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("no PostgreSQL server is installed"));
    EXPECT_THAT(error.hint(), HasSubstr("postgresql-15"));
}

TEST_F(LocalServerTest, TellsWhatTheServerSaidWhenItDoesNotStart) {
    LocalServer::ensure_running(options);
    LocalServer::stop(options);
    std::ofstream(options.directory / "data" / "local.conf") << "shared_buffers = nonsense\n";
    ::chmod((options.directory / "data" / "local.conf").c_str(), 0644);
    const auto error = start_error();
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("shared_buffers"));
}

TEST_F(LocalServerTest, RootFollowsNoLinkOfTheServersAccount) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, whom links could lead";
    const auto own = top_ / "own";
    fs::create_directory(own);
    const auto write = [&](const char* name, const std::string& text) {
        std::ofstream(own / name) << text;
        ::chmod((own / name).c_str(), 0600);
    };
    LocalServer::ensure_running(options);
    LocalServer::stop(options);
    const auto lay = [&](const fs::path& link, const char* target) {
        as_server_account([&] {
            std::error_code ignored;
            fs::remove(link, ignored);
            fs::create_symlink(own / target, link);
        });
    };
    // The files that root writes at every start, under their names and those of earlier versions.
    write("settings", "precious");
    for (const char* name : {"trialbase.conf", "trialbase.conf.new", "trialbase_hba.conf"})
        lay(options.directory / "data" / name, "settings");
    LocalServer::ensure_running(options);
    LocalServer::stop(options);
    struct stat info {};
    ASSERT_EQ(::stat((own / "settings").c_str(), &info), 0);
    EXPECT_EQ(info.st_uid, 0U);
    std::string kept;
    std::getline(std::ifstream(own / "settings") >> std::ws, kept);
    EXPECT_EQ(kept, "precious");
    // A lock that would be made elsewhere.
    lay(options.directory / "lock", "made");
    EXPECT_EQ(start_error().kind(), ErrorKind::io);
    EXPECT_FALSE(fs::exists(own / "made"));
    as_server_account([&] { fs::remove(options.directory / "lock"); });
    // A log that root would show.
    write("secret", "line that only root may read\n");
    lay(options.directory / "server.log", "secret");
    EXPECT_THAT(start_error().what(), ::testing::Not(HasSubstr("only root may read")));
    as_server_account([&] { fs::remove(options.directory / "server.log"); });
    // Process number and version from elsewhere.
    write("number", "1\n");
    lay(options.directory / "data" / "postmaster.pid", "number");
    EXPECT_FALSE(LocalServer::status(options).is_running);
    as_server_account([&] { fs::remove(options.directory / "data" / "postmaster.pid"); });
}

TEST_F(LocalServerTest, RootTakesNoFolderThatHoldsSomething) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, who could give any folder away";
    fs::create_directory(options.directory);
    std::ofstream(options.directory / "thesis.doc") << "precious";
    const auto error = start_error();
    EXPECT_EQ(error.kind(), ErrorKind::io);
    EXPECT_THAT(error.hint(), HasSubstr("chown postgres"));
    struct stat info {};
    ASSERT_EQ(::stat(options.directory.c_str(), &info), 0);
    EXPECT_EQ(info.st_uid, 0U);
}

TEST_F(LocalServerTest, ActsAsTheServersAccountAndIsRootAgain) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, who can act as others";
    const auto secret = top_ / "secret";
    std::ofstream(secret) << "x";
    ::chmod(secret.c_str(), 0600);
    ::chown(secret.c_str(), 0, 0);
    as_server_account([&] {
        EXPECT_FALSE(std::ifstream(secret).is_open());
        as_server_account([&] { EXPECT_FALSE(std::ifstream(secret).is_open()); });
        EXPECT_FALSE(std::ifstream(secret).is_open());
        std::thread other([&] { EXPECT_FALSE(std::ifstream(secret).is_open()); });
        other.join();
    });
    EXPECT_TRUE(std::ifstream(secret).is_open());
    // Files of root's group are not the account's, either.
    ::chmod(secret.c_str(), 0640);
    as_server_account([&] { EXPECT_FALSE(std::ifstream(secret).is_open()); });
    EXPECT_TRUE(std::ifstream(secret).is_open());
}

TEST_F(LocalServerTest, NobodyIsTrustedOverTcp) {
    LocalServer::ensure_running(options);
    LocalServer::stop(options);
    // A free port: asked for, and given back at once.
    const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ASSERT_EQ(::bind(probe, reinterpret_cast<sockaddr*>(&address), length), 0);
    ASSERT_EQ(::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length), 0);
    ::close(probe);
    const int port = ntohs(address.sin_port);
    const auto status = LocalServer::listen(ListenAddress{"127.0.0.1", port}, options);
    ASSERT_TRUE(status.listen.has_value());
    EXPECT_EQ(status.listen->port, port);
    const auto tcp = [&](const std::string& rest) {
        return fmt::format("host=127.0.0.1 port={} dbname=trialbase connect_timeout=20 {}", port,
                           rest);
    };
    const auto refused = [&](const std::string& rest) {
        try {
            Session session({tcp(rest), "test", {}});
            return std::string("connected");
        } catch (const Error& error) {
            return std::string(error.what());
        }
    };
    ::unsetenv("PGPASSFILE");
    EXPECT_THAT(refused("user=postgres passfile=/dev/null"), HasSubstr("password"));
    EXPECT_THAT(refused("user=postgres password=postgres"), HasSubstr("password"));
    // With the file that is made for analysts it works, and reads only.
    {
        auto owner = connect();
        owner.exec_script({"roles", "create role trialbase_analyst nologin"});
    }
    EXPECT_EQ(analyst_password_file(options), std::nullopt) << "not made yet";
    const auto file = provide_analyst_password(options);
    EXPECT_EQ(analyst_password_file(options), file);
    struct stat info {};
    ASSERT_EQ(::stat(file.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    const auto with_file = tcp(fmt::format("user={} passfile={}", analyst_login, file.string()));
    {
        Session analyst({with_file, "test", {}});
        EXPECT_EQ(value_of(analyst, "select session_user"), analyst_login);
        EXPECT_EQ(value_of(analyst, "select rolsuper from pg_roles where rolname = current_user"),
                  "f");
        // Somebody is connected: the server is not taken from under them.
        try {
            LocalServer::listen(std::nullopt, options);
            ADD_FAILURE() << "restarted";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::conflict);
        }
    }
    EXPECT_EQ(provide_analyst_password(options), file);
    { const Session again({with_file, "test", {}}); }  // the same password as before
    // It is kept over a restart, and ends when told to.
    LocalServer::stop(options);
    LocalServer::ensure_running(options);
    { const Session again({with_file, "test", {}}); }
    while (true) {  // until the server has noticed that the session is gone
        try {
            EXPECT_FALSE(LocalServer::listen(std::nullopt, options).listen.has_value());
            break;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::conflict) throw;
        }
    }
    auto owner = connect();
    EXPECT_EQ(value_of(owner, "show listen_addresses"), "");
    EXPECT_EQ(value_of(owner,
                       "select count(*) from pg_hba_file_rules where type like 'host%' and "
                       "auth_method not in ('scram-sha-256', 'reject')"),
              "0");
}

TEST(CauseInLog, SevereLinesComeFirstWhateverComesAfterThem) {
    std::string log = "2026-01-01 [1]  LOG:  starting\n2026-01-01 [1]  PANIC:  the disk is gone\n";
    for (int i = 0; i < 200; ++i) {
        log += fmt::format("2026-01-01 [2]  LOG:  line {}\n", i);
        log += "2026-01-01 [3]  FATAL:  the database system is starting up\n";
    }
    const auto cause = cause_in_log(log);
    EXPECT_THAT(cause, ::testing::StartsWith("\n    2026-01-01 [1]  PANIC:  the disk is gone\n"));
    EXPECT_THAT(cause, HasSubstr("line 199"));
    EXPECT_LT(cause.size(), 1500U);
    EXPECT_EQ(cause_in_log(""), "");
}

TEST_F(LocalServerTest, FindsAShortSocketFolderForALongPath) {
    options.directory = top_ / std::string(120, 'x') / "server";
    fs::create_directories(options.directory.parent_path());
    const auto conninfo = LocalServer::ensure_running(options);
    Session session({conninfo, "test", {}});
    const auto sockets = value_of(session, "show unix_socket_directories");
    EXPECT_THAT(sockets, ::testing::StartsWith("/tmp/tb-"));
    struct stat info {};
    ASSERT_EQ(::stat(sockets.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0700u);
    LocalServer::stop(options);
    std::error_code ignored;
    fs::remove_all(sockets, ignored);
}

TEST_F(LocalServerTest, RefusesAClosedFolderAboveItWhenRunAsRoot) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    ASSERT_EQ(::chmod(top_.c_str(), 0700), 0);
    const auto error = start_error();
    EXPECT_EQ(error.kind(), ErrorKind::io);
    EXPECT_THAT(error.what(), HasSubstr("cannot enter"));
    EXPECT_THAT(error.hint(), HasSubstr("TRIALBASE_SERVER_DIR"));
}

TEST_F(LocalServerTest, RunsForAnOrdinaryUser) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
    // A home folder closed to others, owned by `nobody`; the server runs as that user itself.
    const auto home = top_ / "home";
    fs::create_directories(home);
    ASSERT_EQ(::chmod(home.c_str(), 0700), 0);
    ASSERT_EQ(::chown(home.c_str(), 65534, 65534), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        int status = 1;
        if (::setgid(65534) == 0 && ::setuid(65534) == 0) {
            try {
                ::setenv("HOME", home.c_str(), 1);
                ::unsetenv("XDG_DATA_HOME");
                ::unsetenv("TB_SERVER_DIR");
                ::unsetenv("TRIALBASE_SERVER_DIR");
                ::unsetenv("PGHOST");
                Session session({resolve_conninfo(""), "test", {}});
                const bool same_user =
                    value_of(session, "select current_database()") == "trialbase";
                const bool in_home =
                    LocalServer::status().directory == home / ".local/share/trialbase/server";
                status = same_user && in_home && LocalServer::stop() ? 0 : 2;
            } catch (const std::exception& error) {
                std::fprintf(stderr, "%s\n", error.what());
                status = 3;
            }
        }
        ::_exit(status);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(LocalServerTest, IsNotUsedWhenTheEnvironmentNamesAServer) {
    ::setenv("PGHOST", "db.example.org", 1);
    EXPECT_TRUE(environment_names_server());
    EXPECT_EQ(resolve_conninfo(""), "");
    EXPECT_EQ(resolve_conninfo("host=x"), "host=x");
    ::unsetenv("PGHOST");
}

/// Whether a process still does anything: an ended one whose parent never asks for its status keeps
/// its number.
bool runs(int pid) {
    std::ifstream in(fmt::format("/proc/{}/stat", pid));
    std::string text;
    if (!std::getline(in, text)) return false;
    const auto state = text.find_last_of(')') + 2;
    return state < text.size() && text[state] != 'Z' && text[state] != 'X';
}

TEST(EphemeralServerTest, CleansUpBehindItselfAndBehindTheCrashed) {
    fs::path left;
    {
        // A program that ends without its destructors.
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe(ends.data()), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            auto* const server = new EphemeralServer;
            const auto name = server->options().directory.string();
            const auto written = ::write(ends[1], name.data(), name.size());
            ::_exit(written > 0 ? 0 : 1);
        }
        ::close(ends[1]);
        std::array<char, 256> buffer{};
        const auto count = ::read(ends[0], buffer.data(), buffer.size());
        ::close(ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_GT(count, 0);
        left = std::string(buffer.data(), static_cast<std::size_t>(count));
    }
    LocalServerOptions options;
    options.directory = left;
    const int pid = LocalServer::status(options).pid;
    EXPECT_GT(pid, 0);
    fs::path own;
    {
        const EphemeralServer server;
        own = server.options().directory;
        EXPECT_FALSE(fs::exists(left));
        EXPECT_FALSE(runs(pid)) << "process " << pid;
        Session session({server.conninfo(), "test", {}});
        EXPECT_EQ(value_of(session, "show fsync"), "off");
    }
    EXPECT_FALSE(fs::exists(own));
}

}  // namespace
}  // namespace tb::db
