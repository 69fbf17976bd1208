// trialbase server drop, as a user calls it.
#include "src/base/uuid.hpp"
#include "src/db/local_server.hpp"
#include "src/db/session.hpp"
#include "src/store/store_identity.hpp"
#include "src/store/store_mark.hpp"
#include "tests/app/cli/run_command.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace tb::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using testing_support::Ran;
using testing_support::run_command;

/// A private server of its own, found by the environment alone.
class ServerDrop : public ::testing::Test {
  protected:
    ServerDrop() {
        ::chmod(top_.c_str(), 0755);
        for (const char* name : {"PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE", "PGDATABASE"})
            set(name, nullptr);
        set("TRIALBASE_SERVER_DIR", directory_.c_str());
    }
    ~ServerDrop() override {
        db::LocalServerOptions here;
        here.directory = directory_;
        try {
            if (db::LocalServer::status(here).is_ours) db::LocalServer::stop(here);
        } catch (const Error& error) {
            ADD_FAILURE() << error.what();
        }
        for (const auto& [name, value] : before_)
            value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
        std::error_code ignored;
        fs::remove_all(top_, ignored);
    }
    void set(const char* name, const char* value) {
        const char* old = std::getenv(name);
        before_.emplace(name, old != nullptr ? std::optional<std::string>(old) : std::nullopt);
        value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
    }
    static Ran run(std::vector<std::string> arguments, bool as_json = false,
                   const std::string& dsn = {}) {
        Context context;
        context.json = as_json;
        context.dsn = dsn;
        context.quiet = true;
        arguments.insert(arguments.begin(), {"server", "drop"});
        return run_command(context, {add_server_command}, std::move(arguments));
    }
    /// The schema, two databases' worth of it being enough for one test.
    [[nodiscard]] db::Session set_up() const {
        Context context;
        context.quiet = true;
        return context.connect("test");
    }

    static std::string make_folder() {
        std::string name = "/tmp/tb-drop-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        return name;
    }
    const fs::path top_ = make_folder();
    const fs::path directory_ = top_ / "server";
    std::map<std::string, std::optional<std::string>> before_;
};

TEST_F(ServerDrop, ShowsWhatIsLostAndRemovesItWhenAgreedTo) {
    EXPECT_EQ(run({"--yes"}).status, 3);
    const auto inside = directory_ / "store";
    {
        auto session = set_up();
        (void)store::open_for_writing(session, inside);
        session.exec({"lab", "insert into core.lab (lab_name) values ('lab')"});
        session.exec({"another", "create database notebook"});
    }
    const auto shown = json::parse(run({"--dry-run"}, true).out);
    EXPECT_EQ(shown["dropped"], false);
    EXPECT_EQ(shown["directory"], directory_.string());
    std::map<std::string, json> databases;
    for (const auto& one : shown["databases"]) databases[one["database"]] = one;
    ASSERT_TRUE(databases.contains("trialbase"));
    EXPECT_GT(databases["trialbase"]["bytes"], 1'000'000);
    EXPECT_EQ(databases["trialbase"]["sessions"], 0);
    EXPECT_EQ(databases["trialbase"]["store"], inside.string());
    EXPECT_EQ(databases["trialbase"]["store_goes"], true);
    EXPECT_EQ(databases["notebook"]["store"], nullptr);
    EXPECT_TRUE(db::LocalServer::status().is_running);  // as before

    const auto unasked = run({});  // stdin of a test is no terminal
    if (::isatty(STDIN_FILENO) == 0) {
        EXPECT_EQ(unasked.status, 2);
        EXPECT_THAT(unasked.message, HasSubstr("nothing was removed: nobody can be asked"));
        EXPECT_THAT(unasked.out, HasSubstr(inside.string() + " (goes, too)"));
        EXPECT_THAT(unasked.out, HasSubstr("notebook"));
    }
    EXPECT_TRUE(fs::exists(inside / store::mark_name));
    EXPECT_THAT(run({"--yes"}).out, HasSubstr("removed"));
    EXPECT_FALSE(fs::exists(inside));
    EXPECT_FALSE(db::LocalServer::status().has_data);
    // The next one is new, and may have a store at the same place.
    auto session = set_up();
    (void)store::open_for_writing(session, inside);
    EXPECT_EQ(session.exec({"labs", "select count(*) as n from core.lab"}).get<int>(0, "n"), 0);
}

TEST_F(ServerDrop, LeavesAStoreElsewhereAndWhatIsNotThisServers) {
    const auto elsewhere = top_ / "store";
    {
        auto session = set_up();
        (void)store::open_for_writing(session, elsewhere);
    }
    db::LocalServer::stop();
    const auto dropped = run({"--yes"});
    EXPECT_EQ(dropped.status, 0) << dropped.message;
    EXPECT_THAT(dropped.out, HasSubstr(elsewhere.string() + " (stays)"));
    EXPECT_TRUE(fs::exists(elsewhere / store::mark_name));
}

TEST_F(ServerDrop, RefusesAServerThatItDidNotMake) {
    EXPECT_EQ(run({"--yes"}, false, "host=elsewhere").status, 2);
    set("PGHOST", "elsewhere");
    EXPECT_EQ(run({"--yes"}).status, 2);
    ::unsetenv("PGHOST");
    fs::create_directories(directory_ / "data");
    std::ofstream(directory_ / "data" / "PG_VERSION") << "15\n";
    std::ofstream(directory_ / "data" / "postgresql.conf") << "port = 5433\n";
    ::chmod(directory_.c_str(), 0755);
    const auto refused = run({"--yes"});
    EXPECT_EQ(refused.status, 4);
    EXPECT_THAT(refused.message, HasSubstr("none that this program made"));
    EXPECT_TRUE(fs::exists(directory_ / "data" / "PG_VERSION"));
}

}  // namespace
}  // namespace tb::app
