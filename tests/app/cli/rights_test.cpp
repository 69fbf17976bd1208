// What a login without the rights is told, and that the role that it is told is enough.
#include "app/cli/rights.hpp"

#include "tests/app/cli/two_sessions.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tb::app {
namespace {

using ::testing::MatchesRegex;

class Rights : public testing_support::TwoSessions {
  protected:
    Rights() {
        auto name = (std::filesystem::temp_directory_path() / "rights.XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        folder_ = name;
        run_sql("drop role if exists rights_test_login; create role rights_test_login login");
    }
    ~Rights() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
        run_sql("drop role if exists rights_test_login");
    }

    /// Runs it as main does, as that login. @return what was refused; its kind is internal when
    /// nothing was
    Error refusal(const std::vector<std::string>& words) {
        Context context;
        context.dsn = database_.conninfo() + " user=rights_test_login";
        context.quiet = true;
        CLI::App program;
        add_every_command(program, context);
        auto reversed = words;
        std::reverse(reversed.begin(), reversed.end());
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        Error met(ErrorKind::internal, "");
        try {
            program.parse(reversed);
            (void)run_with_rights(context, command_given(program));
        } catch (const Error& error) {
            met = error;
        }
        (void)::testing::internal::GetCapturedStdout();
        (void)::testing::internal::GetCapturedStderr();
        return met;
    }
    std::filesystem::path folder_;
};

TEST(RoleOfCommand, IsTheLeastThatMayDoIt) {
    EXPECT_EQ(role_of_command("store verify --quick"), "trialbase_analyst");
    EXPECT_EQ(role_of_command("store verify --quick --requeue"), "trialbase_admin");
    EXPECT_EQ(role_of_command("exclude list"), "trialbase_analyst");
    EXPECT_EQ(role_of_command("errors --all"), "trialbase_analyst");
    EXPECT_EQ(role_of_command("ingest alf --dry-run"), "trialbase_ingest");
}

TEST_F(Rights, TheOneRoleThatACommandNeedsIsNamedAndIsEnough) {
    const std::string id = "00000000-0000-0000-0000-00000000ffff";
    const auto weights = folder_ / "weights_male.csv";
    std::ofstream(weights) << "4,15.7,2.2\n";
    const std::vector<std::pair<std::vector<std::string>, std::string>> commands{
        {{"reference-weights", weights.string()}, "trialbase_ingest"},
        {{"exclude", "add", "--session", testing_support::session_1, "--reason", "r"},
         "trialbase_ingest"},
        {{"exclude", "lift", "--session", testing_support::session_1}, "trialbase_ingest"},
        {{"add", "lab", "--lab", "new_lab"}, "trialbase_ingest"},
        {{"errors", "dismiss", id, "--reason", "r"}, "trialbase_ingest"},
        {{"store", "adopt", "--store", folder_.string()}, "trialbase_ingest"},
        {{"store", "verify", "--store", folder_.string()}, "trialbase_analyst"},
        {{"refresh"}, "trialbase_worker"},
        {{"retry"}, "trialbase_worker"},
        {{"delete", "core.session", "--where", "false", "--yes"}, "trialbase_admin"},
        {{"query", "sessions_per_lab"}, "trialbase_analyst"},
        {{"status"}, "trialbase_analyst"},
    };
    for (const auto& [words, role] : commands) {
        SCOPED_TRACE(words[0] + " " + words[1 % words.size()]);
        const bool reads = role == "trialbase_analyst";
        for (const bool as_analyst : {false, true}) {
            if (as_analyst && reads) continue;
            if (as_analyst) run_sql("grant trialbase_analyst to rights_test_login");
            const auto refused = refusal(words);
            if (as_analyst && refused.sqlstate.empty()) continue;  // found nothing to change
            EXPECT_EQ(refused.kind(), ErrorKind::usage);
            EXPECT_EQ(refused.hint(),
                      fmt::format("Ask an administrator: grant {} to rights_test_login.", role));
            EXPECT_THAT(refused.what(),
                        MatchesRegex("the login rights_test_login may not run [-a-z ]+: permission "
                                     "denied for .*"));
        }
        run_sql(fmt::format("grant {} to rights_test_login", role));
        EXPECT_NE(refusal(words).sqlstate, "42501") << refusal(words).what();
        run_sql(fmt::format("revoke {}, trialbase_analyst from rights_test_login", role));
    }
}

}  // namespace
}  // namespace tb::app
