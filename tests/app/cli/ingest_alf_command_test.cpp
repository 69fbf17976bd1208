// trialbase ingest alf, as a user calls it: what the summary tells.
#include "ingest/simulated/simulate.hpp"
#include "tests/app/cli/run_command.hpp"
#include "tests/support/test_database.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tb::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using testing_support::Ran;
using testing_support::run_command;

class IngestAlfCommand : public ::testing::Test {
  protected:
    IngestAlfCommand() {
        std::string name = (fs::temp_directory_path() / "tb-ingest-alf-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        top_ = name;
        simulated::SimulateOptions simulate;
        simulate.out = top_ / "labs";
        simulate.labs = simulate.subjects = 1;
        simulate.sessions = 2;
        simulate.trials = 30;
        simulate.wheel = false;
        simulate.table_files = false;
        simulate.missing_rate = 0.0;
        const auto made = simulated::simulate(simulate);
        const auto& first = made.sessions.front();
        session_ =
            top_ / "labs" / first.lab / "Subjects" / first.subject / first.date / first.number;
        subject_ = first.subject;
        lab_ = first.lab;
    }
    ~IngestAlfCommand() override { fs::remove_all(top_); }

    Ran run(std::vector<std::string> arguments, bool as_json = false) {
        Context context;
        context.dsn = database_.conninfo();
        context.json = as_json;
        context.quiet = true;
        arguments.insert(arguments.begin(), {"ingest", "alf", (top_ / "labs").string()});
        return run_command(context, {add_ingest_command}, std::move(arguments));
    }

    testing::TestDatabase database_;
    fs::path top_;
    fs::path session_;
    std::string subject_, lab_;
};

TEST_F(IngestAlfCommand, TheSummaryCountsIssuesByType) {
    fs::remove(session_ / "alf/_ibl_trials.rewardVolume.npy");
    fs::remove(session_ / "alf/_ibl_trials.stimOn_times.npy");
    auto ran = run({});
    EXPECT_EQ(ran.status, 0) << ran.err << ran.message;
    EXPECT_THAT(ran.out, HasSubstr("issues: 1 MissingDataset"));
    // Of unchanged sessions, too: the issues stand.
    ran = run({}, true);
    const auto facts = json::parse(ran.out);
    EXPECT_EQ(facts["sessions"]["unchanged"], 2);
    EXPECT_EQ(facts["issues"]["MissingDataset"], 1);
}

TEST_F(IngestAlfCommand, ADryRunNamesLabsAndSubjects) {
    const auto ran = run({"--dry-run"});
    EXPECT_EQ(ran.status, 0) << ran.err << ran.message;
    EXPECT_THAT(ran.out, HasSubstr("lab " + lab_ + ": " + subject_));
    const auto facts = json::parse(run({"--dry-run"}, true).out);
    EXPECT_EQ(facts["names"], json::array({lab_ + "/" + subject_}));
}

TEST_F(IngestAlfCommand, ARefusalNamesFileAndReasonAndTheStatusSaysSo) {
    fs::resize_file(session_ / "alf/_ibl_trials.choice.npy", 3);
    const auto ran = run({});
    EXPECT_EQ(ran.status, 8);
    EXPECT_THAT(ran.err, HasSubstr("_ibl_trials.choice.npy"));
    EXPECT_THAT(ran.err, HasSubstr("not an .npy file"));
    const auto facts = json::parse(run({}, true).out);
    EXPECT_THAT(facts["failures"][0]["message"].get<std::string>(), HasSubstr("not an .npy file"));
}

TEST_F(IngestAlfCommand, OptionsThatThePathContradictsAreRefused) {
    const auto ran = run({"--lab", "elsewhere"});
    EXPECT_EQ(ran.status, 8);
    EXPECT_THAT(ran.err, HasSubstr("'elsewhere'"));
    EXPECT_THAT(ran.err, HasSubstr("'" + lab_ + "'"));
    EXPECT_THAT(run({"--source", "ibl"}).err, HasSubstr("simulated"));
    EXPECT_EQ(run({"--lab", lab_, "--subject", subject_}).status, 0);
}

}  // namespace
}  // namespace tb::app
