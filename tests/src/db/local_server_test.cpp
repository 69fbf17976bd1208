#include "src/db/local_server.hpp"

#include "src/db/session.hpp"
#include "tests/support/test_database.hpp"

#include <chrono>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
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
    const auto error = start_error();
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_THAT(error.what(), HasSubstr("was made by PostgreSQL 9, but only 15"));
    EXPECT_THAT(error.hint(), HasSubstr("dump"));
}

TEST_F(LocalServerTest, RefusesAFolderThatIsNoDataFolder) {
    fs::create_directories(options.directory / "data");
    std::ofstream(options.directory / "data" / "thesis.doc") << "precious";
    EXPECT_EQ(start_error().kind(), ErrorKind::conflict);
    EXPECT_TRUE(fs::exists(options.directory / "data" / "thesis.doc"));
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
    EXPECT_THAT(error.hint(), HasSubstr("TB_SERVER_DIR"));
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
        EXPECT_NE(::kill(pid, 0), 0);
        Session session({server.conninfo(), "test", {}});
        EXPECT_EQ(value_of(session, "show fsync"), "off");
    }
    EXPECT_FALSE(fs::exists(own));
}

}  // namespace
}  // namespace tb::db
