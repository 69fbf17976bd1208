// Whatever an administrator has set for a database or a role: the same files give the same answers.
#include "tests/app/cli/run_command.hpp"
#include "tests/support/hostile_settings.hpp"
#include "tests/support/test_database.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace tb::app {
namespace {

class Settings : public ::testing::Test {
  protected:
    Settings() {
        spdlog::set_level(spdlog::level::off);
        folder_ = std::filesystem::temp_directory_path() /
                  ("trialbase-settings-" + std::to_string(::getpid()));
        const auto made =
            run({}, {"simulate", (folder_ / "lab").string(), "--labs", "1", "--subjects", "1",
                     "--sessions", "3", "--trials", "100", "--no-wheel", "--seed", "5"});
        EXPECT_EQ(made.status, 0) << made.message;
    }
    ~Settings() override { std::filesystem::remove_all(folder_); }

    testing_support::Ran run(const std::string& dsn, std::vector<std::string> arguments) {
        Context context;
        context.dsn = dsn;
        context.store = (folder_ / "store").string();
        context.quiet = true;
        return testing_support::run_command(
            context,
            {add_simulate_command, add_ingest_command, add_populate_command, add_query_command},
            std::move(arguments));
    }
    /// Loads, computes and asks; @return what was answered and what stands in the tables
    std::string answers(const std::string& dsn) {
        const auto loaded =
            run(dsn, {"ingest", "alf", "--source", "simulated", (folder_ / "lab").string()});
        EXPECT_EQ(loaded.status, 0) << loaded.message << loaded.err << loaded.out;
        const auto again =
            run(dsn, {"ingest", "alf", "--source", "simulated", (folder_ / "lab").string()});
        EXPECT_EQ(again.status, 0);
        const auto populated = run(dsn, {"populate", "--workers", "2"});
        EXPECT_EQ(populated.status, 0) << populated.message << populated.err << populated.out;
        std::string all;
        for (const auto* query : {"sessions", "subjects_by_lab"}) {
            const auto asked = run(dsn, {"query", query, "--format", "csv"});
            EXPECT_EQ(asked.status, 0) << asked.message;
            all += asked.out;
        }
        // As text under our own settings, without what differs between any two runs.
        db::Session plain({dsn, "tests", {}});
        for (const auto* table :
             {"task.choice_trial", "task.session_performance", "task.psychometric_fit",
              "task.psychometric_point", "task.reaction_time", "task.training_status"}) {
            all += std::string(table) + " " +
                   testing::value_of(
                       plain, std::string("select count(*) || ' ' || md5(string_agg(r, '' order by "
                                          "r)) from (select (to_jsonb(t) - 'run_id')::text as r "
                                          "from ") +
                                  table + " as t) as x") +
                   "\n";
        }
        all += "open " + testing::value_of(plain,
                                           "select count(*) from engine.job where state in "
                                           "('pending', 'running')");
        return all;
    }

    std::filesystem::path folder_;
};

TEST_F(Settings, OfTheDatabaseOrTheRoleChangeNoAnswer) {
    std::string expected;
    {
        const testing::TestDatabase plain;
        expected = answers(plain.conninfo());
        EXPECT_THAT(expected, ::testing::HasSubstr("task.choice_trial 303 "));
    }
    {
        const testing::TestDatabase database;
        {
            auto admin = database.session();
            admin.exec_script({"set", testing::hostile_settings("database " + database.name(),
                                                                admin.server_version())});
        }
        EXPECT_EQ(answers(database.conninfo()), expected) << "set for the database";
    }
    const testing::TestDatabase database;
    auto admin = database.session();
    admin.exec_script({"role",
                       "drop role if exists hostile_login; create role hostile_login login "
                       "in role trialbase_ingest, trialbase_worker"});
    admin.exec_script(
        {"set", testing::hostile_settings("role hostile_login", admin.server_version())});
    EXPECT_EQ(answers(database.conninfo() + " user=hostile_login"), expected) << "set for the role";
    admin.exec_script({"role", "drop owned by hostile_login; drop role hostile_login"});
}

}  // namespace
}  // namespace tb::app
