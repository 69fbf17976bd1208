// trialbase errors: one list of what went wrong, and what was set aside of it.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "tests/app/cli/run_command.hpp"
#include "tests/support/test_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing_support::Ran;

class ErrorsCommand : public ::testing::Test {
  protected:
    ErrorsCommand() : session_(database_.session()) {
        // Two sessions; a key of one failed, the other has an issue; a third was not loaded.
        session_.exec_script({"world", R"sql(
            insert into core.lab (lab_name, time_zone) values ('alpha', 'UTC');
            insert into core.subject (subject_id, lab_name, nickname)
            values ('00000000-0000-0000-0000-000000000001', 'alpha', 'a1');
            insert into core.session (session_id, subject_id, lab_name, session_date, session_number, source)
            select ('00000000-0000-0000-0000-00000000001' || s)::uuid, '00000000-0000-0000-0000-000000000001', 'alpha',
                   date '2019-05-01' + s, 1, 'ibl' from generate_series(1, 2) as s;
            insert into task.choice_session (session_id, n_trials, n_correct, trials_start_s, trials_end_s, stim_on_status, response_status, feedback_status)
            select session_id, 0, 0, 0, 100, 'complete', 'complete', 'complete' from core.session;
            insert into core.session_issue (session_id, dataset, issue_type, message, severity)
            values ('00000000-0000-0000-0000-000000000012', 'alf/x.npy', 'LengthMismatch', 'two lengths', 'warning');
            insert into core.session_error (source, identifier, error_type, message, file_path, lab_name)
            values ('ibl', 'gamma/g1/2019-06-01/001', 'MissingDataset', 'no choices', '/data/g1', 'gamma'),
                   ('ibl', 'gamma/g1/2019-06-02/001', 'Old', 'loaded since', '', 'gamma');
            update core.session_error set resolved_at = clock_timestamp() where error_type = 'Old';
            update task.session_performance_job set state = 'error', error_type = 'InsufficientTrials',
                   error_message = 'no trial', attempt = 2 where session_id = '00000000-0000-0000-0000-000000000011';)sql"});
    }
    Ran run(std::vector<std::string> arguments, bool as_json = true) {
        Context context;
        context.dsn = database_.conninfo();
        context.json = as_json;
        arguments.insert(arguments.begin(), "errors");
        return testing_support::run_command(context, {add_errors_command}, std::move(arguments));
    }
    json list(std::vector<std::string> arguments) {
        const auto ran = run(std::move(arguments));
        EXPECT_EQ(ran.message, "");
        return json::parse(ran.out);
    }
    testing::TestDatabase database_;
    db::Session session_;
};

TEST_F(ErrorsCommand, PatternsThatMatchNothingSayWhatThereIs) {
    const auto lab = run({"--lab", "gama"}, false);
    EXPECT_EQ(lab.status, 0);
    EXPECT_THAT(lab.out, StartsWith("no errors"));
    EXPECT_EQ(lab.err, "no lab is like 'gama' (did you mean gamma?); there are alpha, gamma\n");
    const auto type = run({"--type", "missing"}, true);
    EXPECT_EQ(type.out, "[]\n");
    EXPECT_THAT(type.err, StartsWith("no type is like 'missing' (did you mean MissingDataset?)"));
    EXPECT_EQ(run({"--type", "missing%", "--lab", "alpha"}, false).err, "") << "both are there";
}

TEST_F(ErrorsCommand, IsOneListOfIngestAndPopulate) {
    const auto all = list({});
    ASSERT_EQ(all.size(), 2U);
    std::map<std::string, json> by_type;
    for (const auto& one : all) by_type[one["type"]] = one;
    const auto& failed = by_type.at("InsufficientTrials");
    EXPECT_EQ(failed["origin"], "populate");
    EXPECT_EQ(failed["table"], "task.session_performance");
    EXPECT_EQ(failed["key"], "session_id=00000000-0000-0000-0000-000000000011");
    EXPECT_EQ(failed["session_id"], "00000000-0000-0000-0000-000000000011");
    EXPECT_EQ(failed["subject_nickname"], "a1");
    EXPECT_EQ(failed["attempt"], 2);
    const auto& lost = by_type.at("MissingDataset");
    EXPECT_EQ(lost["origin"], "ingest");
    EXPECT_EQ(lost["key"], "gamma/g1/2019-06-01/001");
    EXPECT_EQ(lost["file"], "/data/g1");
    EXPECT_EQ(lost["lab_name"], "gamma");
    EXPECT_EQ(run({}).status, 8);
    const auto text = run({}, false).out;
    EXPECT_THAT(text, HasSubstr("MissingDataset: no choices [/data/g1]"));
    EXPECT_THAT(text, HasSubstr("task.session_performance"));
}

TEST_F(ErrorsCommand, IsFiltered) {
    const auto types = [&](std::vector<std::string> arguments) {
        std::set<std::string> found;
        for (const auto& one : list(std::move(arguments))) found.insert(one["type"]);
        return found;
    };
    using Types = std::set<std::string>;
    const Types failed{"InsufficientTrials"}, lost{"MissingDataset"};
    EXPECT_EQ(types({"--source", "populate"}), failed);
    EXPECT_EQ(types({"--source", "ingest"}), lost);
    EXPECT_EQ(types({"task.session_performance"}), failed);
    EXPECT_EQ(types({"--table", "task.session_performance"}), failed);
    EXPECT_EQ(types({"--table", "reaction_time"}), Types{});
    EXPECT_EQ(types({"--type", "missing%"}), lost);
    EXPECT_EQ(types({"--lab", "gam%"}), lost);
    EXPECT_EQ(types({"--lab", "alpha"}), failed);
    EXPECT_EQ(types({"--session", "alpha/a1/2019-05-02/001"}), failed);
    EXPECT_EQ(types({"--since", "2999-01-01"}), Types{});
    EXPECT_EQ(types({"--where", "attempt > 1"}), failed);
    EXPECT_EQ(types({"--limit", "1"}).size(), 1U);
    EXPECT_EQ(types({"--issues"}),
              (Types{"InsufficientTrials", "MissingDataset", "LengthMismatch"}));
    EXPECT_EQ(run({"--lab", "beta"}).status, 0);
    // Issues alone are no failure.
    EXPECT_EQ(run({"--issues", "--type", "LengthMismatch"}).status, 0);
    EXPECT_EQ(run({"--where", "lab_nam = 'x'"}).status, 2);
    EXPECT_THAT(run({"--where", "lab_nam = 'x'"}).hint, StartsWith("Did you mean lab_name? "));
    EXPECT_EQ(run({"--since", "yesterdayish"}).status, 2);
    EXPECT_EQ(run({"--session", "alpha/a1/2018-01-01/001"}).status, 3);
    EXPECT_EQ(run({"--table", "nonsense"}).status, 3);
}

TEST_F(ErrorsCommand, AreDismissedByIdAndTakenBack) {
    std::string id;
    for (const auto& one : list({})) {
        if (one["type"] == "MissingDataset") id = one["id"];
    }
    EXPECT_EQ(run({"dismiss", id}).status, 2) << "a reason is needed";
    ASSERT_EQ(run({"dismiss", id.substr(0, 8), "--reason", "rig was off", "--by", "eve"}).status,
              0);
    EXPECT_EQ(list({}).size(), 1U);
    const auto all = list({"--all", "--source", "ingest"});
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0]["is_dismissed"], true);
    EXPECT_EQ(all[0]["dismissed_by"], "eve");
    EXPECT_EQ(all[0]["dismissal_reason"], "rig was off");
    EXPECT_EQ(run({"--source", "ingest"}).status, 0);
    EXPECT_THAT(run({"--source", "ingest"}, false).out, HasSubstr("no errors (1 dismissed"));
    EXPECT_EQ(run({"dismiss", id, "--reason", "again"}).status, 4);
    // Met again, it stays dismissed; another error of the same session is told.
    session_.exec_script({"again", R"sql(
        insert into core.session_error (source, identifier, error_type, message, file_path, lab_name)
        values ('ibl', 'gamma/g1/2019-06-01/001', 'MissingDataset', 'no contrasts', '/data/g1', 'gamma'))sql"});
    EXPECT_EQ(list({"--source", "ingest"}).size(), 1U);
    ASSERT_EQ(run({"dismiss", id, "--undo"}).status, 0);
    EXPECT_EQ(list({"--source", "ingest"}).size(), 2U);
    EXPECT_EQ(run({"dismiss", id, "--undo"}).status, 4);
    EXPECT_EQ(run({"dismiss", "ffffffff", "--reason", "x"}).status, 3);
    EXPECT_EQ(run({"dismiss", "not-an-id", "--reason", "x"}).status, 3);
    EXPECT_EQ(testing::value_of(session_, "select count(*) from core.error_dismissal"), "1");
}

TEST_F(ErrorsCommand, OfSeveralIdsAllAreDismissedOrNone) {
    std::vector<std::string> arguments{"dismiss"};
    for (const auto& one : list({})) arguments.push_back(one["id"]);
    arguments.insert(arguments.end(), {"ffffffff", "--reason", "x"});
    EXPECT_EQ(run(arguments).status, 3);
    EXPECT_EQ(list({}).size(), 2U);
}

}  // namespace
}  // namespace tb::app
