#include "tests/app/cli/two_sessions.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tb::app {
namespace {

using ::testing::HasSubstr;

class PoolFill : public testing_support::TwoSessions {
  protected:
    PoolFill() {
        auto name = (std::filesystem::temp_directory_path() / "pools.XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        folder_ = name;
    }
    ~PoolFill() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    testing_support::Ran fill(std::vector<std::string> arguments) {
        Context context;
        context.dsn = database_.conninfo();
        context.json = true;
        context.quiet = true;
        arguments.insert(arguments.begin(), {"pool", "fill"});
        return testing_support::run_command(context, {add_pool_command}, std::move(arguments));
    }
    testing_support::Ran fill_by(const std::string& select) {
        const auto path = folder_ / "mine.sql";
        std::ofstream(path) << select;
        return fill({"mine", "--sql", path.string()});
    }
    int count(const testing_support::Ran& ran, const std::string& what) {
        return nlohmann::json::parse(ran.out).at(what).get<int>();
    }
    std::string members() {
        return value("select count(*) from task.session_pool_member where pool_id = 'mine'");
    }

    std::filesystem::path folder_;
};

TEST_F(PoolFill, MakesASetOfWhatTheQueryAnswers) {
    const auto all = fill_by("select session_id, subject_id from core.session");
    EXPECT_EQ(count(all, "members"), 2);
    EXPECT_EQ(count(all, "added"), 2);
    EXPECT_EQ(members(), "2");
    const auto again = fill_by("select session_id, subject_id from core.session");
    EXPECT_EQ(count(again, "added"), 0);
    EXPECT_EQ(count(again, "removed"), 0);
    const auto less = fill_by("select min(session_id::text)::uuid as session_id from core.session");
    EXPECT_EQ(count(less, "members"), 1);
    EXPECT_EQ(count(less, "removed"), 1);
    EXPECT_EQ(members(), "1");
    EXPECT_EQ(value("select description from task.session_pool where pool_id = 'mine'"),
              "sessions of query mine");
    const auto none = fill_by("select session_id from core.session where false");
    EXPECT_EQ(count(none, "members"), 0);
    EXPECT_EQ(members(), "0");
}

TEST_F(PoolFill, TakesNamedQueriesWithParameters) {
    const auto ran = fill({"mine", "sessions", "--param", "include_simulated=true", "--param",
                           "include_excluded=true"});
    EXPECT_EQ(count(ran, "members"), 2);
    EXPECT_THAT(value("select description from task.session_pool where pool_id = 'mine'"),
                HasSubstr("sessions of query sessions, include_simulated=true"));
}

TEST_F(PoolFill, LeavesOutSessionsWithoutTrials) {
    run_sql(
        "delete from task.choice_session where session_id = (select min(session_id::text)::uuid "
        "from core.session)");
    const auto ran = fill_by("select session_id from core.session");
    EXPECT_EQ(count(ran, "members"), 1);
    EXPECT_EQ(count(ran, "without_trials"), 1);
}

TEST_F(PoolFill, RefusesQueriesWithoutSessions) {
    const auto ran = fill({"mine", "subjects_by_lab"});
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::usage));
    EXPECT_THAT(ran.message, HasSubstr("subjects_by_lab has no column session_id"));
    EXPECT_EQ(fill({"mine"}).status, static_cast<int>(ErrorKind::usage));
    EXPECT_EQ(value("select count(*) from task.session_pool where pool_id = 'mine'"), "0");
}

}  // namespace
}  // namespace tb::app
