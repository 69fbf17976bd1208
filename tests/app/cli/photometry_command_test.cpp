// trialbase exclude and trialbase photometry, as a user calls them.
#include "ingest/formats/parquet.hpp"
#include "src/base/uuid.hpp"
#include "src/store/array_rows.hpp"
#include "src/store/store_identity.hpp"
#include "tests/app/cli/run_command.hpp"
#include "tests/support/test_database.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using testing_support::Ran;
using testing_support::run_command;

const std::string session_12 = "00000000-0000-0000-0000-000000000012";

/// The hand-made rows of tests/sql/fixture, and files for the arrays that they name.
class PhotometryCommands : public ::testing::Test {
  protected:
    void SetUp() override {
        fs::path folder = fs::path(__FILE__).parent_path() / "../../sql/fixture";
        for (auto above = fs::current_path(); !fs::exists(folder) && above != above.root_path();
             above = above.parent_path()) {
            folder = above / "tests/sql/fixture";
        }
        if (!fs::exists(folder)) GTEST_SKIP() << "tests/sql/fixture is not found";
        auto session = database_.session();
        for (const char* name : {"small.sql", "computed.sql", "photometry.sql"}) {
            std::stringstream text;
            text << std::ifstream(folder / name).rdbuf();
            session.exec_script({name, text.str()});
        }
    }
    ~PhotometryCommands() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    /// Writes a file of the store with both arrays, and lets the fixture's rows name them.
    void store_arrays() {
        store::StoreOptions options;
        options.root = folder_;
        options.durable = false;
        auto file = store::ArrayStore(options).begin_file(
            "photometry.response_set", "session_id=12", new_run_id().to_string());
        // Signal: its own sample number. Traces: trial k is k everywhere, but 10 more after the
        // event.
        std::vector<double> signal(1800);
        for (std::size_t i = 0; i < signal.size(); ++i) signal[i] = static_cast<double>(i);
        std::vector<double> traces(6 * 60);
        for (std::size_t i = 0; i < traces.size(); ++i) {
            traces[i] = static_cast<double>(i / 60 + 1) + (i % 60 >= 30 ? 10.0 : 0.0);
        }
        const auto signal_id = file.add(new_run_id().to_string(), "signal", Array::vector(signal),
                                        {.unit = "z", .sampling_rate_hz = 30, .about = ""});
        const auto traces_id =
            file.add(new_run_id().to_string(), "stimOn", Array::matrix(6, 60, traces), {});
        file.publish();
        auto session = database_.session();
        store::insert_arrays(session, file.arrays());
        session.exec({"signal", "update photometry.preprocessed set signal_array_id = $1::uuid"},
                     db::Params().text(signal_id.array_id));
        session.exec({"traces", "update photometry.response set traces_array_id = $1::uuid"},
                     db::Params().text(traces_id.array_id));
    }
    Ran run(std::vector<std::string> arguments, bool as_json = false) {
        Context context;
        context.dsn = database_.conninfo();
        context.store = folder_;
        context.json = as_json;
        context.quiet = true;
        return run_command(context, {add_exclude_command, add_photometry_command},
                           std::move(arguments));
    }

    static std::string make_folder() {
        std::string name = "/tmp/trialbase-photometry.XXXXXX";
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        return name;
    }
    std::string folder_ = make_folder();
    testing::TestDatabase database_;
};

TEST_F(PhotometryCommands, ExclusionsAreAddedListedAndLifted) {
    const auto before = run({"exclude", "list"}, true);
    EXPECT_EQ(json::parse(before.out).size(), 2u);  // the fixture's current ones
    EXPECT_EQ(
        run({"exclude", "add", "--session", session_12, "--reason", "moved, a lot", "--by", "carl"})
            .status,
        0);
    const auto again = run({"exclude", "add", "--session", session_12, "--reason", "more"});
    EXPECT_EQ(again.status, 4);
    EXPECT_THAT(again.message, HasSubstr("is excluded already"));
    const auto listed = json::parse(run({"exclude", "list"}, true).out);
    ASSERT_EQ(listed.size(), 3u);
    const auto& added = listed.back();
    EXPECT_EQ(added["session_id"], session_12);
    EXPECT_EQ(added["subject_nickname"], "a1");
    EXPECT_EQ(added["fiber_idx"], nullptr);
    EXPECT_EQ(added["reason"], "moved, a lot");
    EXPECT_EQ(added["added_by"], "carl");
    EXPECT_EQ(added["is_current"], true);
    auto session = database_.session();
    const std::string analysed = "select count(*) from analysis.photometry_analysis_session";
    EXPECT_EQ(testing::value_of(session, analysed), "0");

    EXPECT_EQ(run({"exclude", "lift", "--session", session_12, "--reason", "seen"}).status, 0);
    EXPECT_EQ(testing::value_of(session, analysed), "1");
    EXPECT_EQ(run({"exclude", "lift", "--session", session_12}).status, 3);
    EXPECT_EQ(json::parse(run({"exclude", "list"}, true).out).size(), 2u);
    const auto all = run({"exclude", "list", "--all"});
    EXPECT_THAT(all.out, HasSubstr("moved, a lot"));
    EXPECT_NE(testing::value_of(session,
                                "select lifted_by from core.exclusion where reason = "
                                "'moved, a lot'"),
              "null");
    // A recording and a subject.
    EXPECT_EQ(
        run({"exclude", "add", "--session", session_12, "--fiber", "0", "--reason", "r"}).status,
        0);
    EXPECT_EQ(run({"exclude", "add", "--subject", "b1", "--lab", "beta", "--reason", "r"}).status,
              0);
    EXPECT_EQ(run({"exclude", "lift", "--subject", "b1"}).status, 0);
}

TEST_F(PhotometryCommands, ExclusionsSayWhatIsWrongWithTheirArguments) {
    EXPECT_EQ(run({"exclude", "add", "--reason", "r"}).status, 2);
    EXPECT_EQ(run({"exclude", "add", "--session", session_12}).status, 2);  // no reason
    EXPECT_EQ(
        run({"exclude", "add", "--session", session_12, "--subject", "a1", "--reason", "r"}).status,
        2);
    EXPECT_EQ(run({"exclude", "add", "--subject", "a1", "--fiber", "0", "--reason", "r"}).status,
              2);
    EXPECT_EQ(run({"exclude", "add", "--session", "twelve", "--reason", "r"}).status, 3);
    EXPECT_EQ(run({"exclude", "add", "--subject", "nobody", "--reason", "r"}).status, 3);
    const auto missing = run(
        {"exclude", "add", "--session", "00000000-0000-0000-0000-0000000000ff", "--reason", "r"});
    EXPECT_EQ(missing.status, 3);
    EXPECT_THAT(missing.message, HasSubstr("no session is named"));
    const auto fiber =
        run({"exclude", "add", "--session", session_12, "--fiber", "99", "--reason", "r"});
    EXPECT_EQ(fiber.status, 3);
    EXPECT_THAT(fiber.message, HasSubstr("has no fibre 99"));
    EXPECT_THAT(fiber.hint, HasSubstr("Its fibres: 0"));
    EXPECT_THAT(run({"exclude", "add", "--subject", "a11", "--reason", "r"}).hint,
                HasSubstr("Did you mean a1?"));
    EXPECT_THAT(run({"exclude", "add", "--subject", "nobody", "--reason", "r"}).hint,
                StartsWith("Subjects: a1, "));
    auto session = database_.session();
    session.exec({"twin",
                  "insert into core.subject (subject_id, lab_name, nickname) values "
                  "('00000000-0000-0000-0000-000000000009', 'beta', 'a1')"});
    const auto twin = run({"exclude", "add", "--subject", "a1", "--reason", "r"});
    EXPECT_EQ(twin.status, 2);
    EXPECT_THAT(twin.hint, HasSubstr("--lab"));
}

TEST_F(PhotometryCommands, MeanResponsesAreByContrastAndOutcome) {
    store_arrays();
    // Session 12: rewarded at 100 % trial 1, not rewarded at 100 % trial 2 (trial 6 has no choice),
    // 0 % trial 3, 25 % trial 4, 50 % trial 5. The baseline is each trial's own number.
    const auto ran = run({"photometry", "mean-response", "--session", session_12}, true);
    ASSERT_EQ(ran.status, 0) << ran.message;
    const auto rows = json::parse(ran.out);
    ASSERT_EQ(rows.size(), 5u * 60u);
    EXPECT_EQ(rows[0]["contrast"], 0.0);
    EXPECT_EQ(rows[0]["time_s"], -1.0);
    EXPECT_EQ(rows[0]["n_trials"], 1);
    EXPECT_EQ(rows[0]["response"], 0.0);
    EXPECT_EQ(rows[30]["time_s"], 0.0);
    EXPECT_EQ(rows[30]["response"], 10.0);
    // The fixture's settings know one event, so that nothing is masked: the last sample is there.
    EXPECT_EQ(rows[59]["response"], 10.0);
    const auto raw = json::parse(
        run({"photometry", "mean-response", "--session", session_12, "--raw"}, true).out);
    EXPECT_EQ(raw[0]["response"], 3.0);             // trial 3
    EXPECT_EQ(raw[4 * 60 + 30]["response"], 11.0);  // trial 1 is the last group
    EXPECT_EQ(raw[4 * 60]["feedbacktype"], 1.0);
    // Contrast is a fraction, as in every view; one trial each has no standard error.
    EXPECT_EQ(raw[1 * 60]["contrast"], 0.25);
    EXPECT_EQ(raw[4 * 60]["contrast"], 1.0);
    EXPECT_EQ(raw[0]["sem_response"], nullptr);
    EXPECT_EQ(raw[0]["n_response"], 1);
    const auto csv =
        run({"photometry", "mean-response", "--session", session_12, "--format", "csv"});
    EXPECT_THAT(csv.out, HasSubstr("event,contrast,feedbacktype,n_trials,time_s,response,"
                                   "sem_response,n_response\n"
                                   "stimOn_times,0,1,1,-1,0,,1\n"));
    // Trials 1 and 4 at one contrast: 1 and 4 before the event, sd sqrt(4.5), sem 1.5.
    auto session = database_.session();
    session.exec({"same contrast",
                  "update task.choice_trial set contrast_right = 0.25 where trial = 1 and "
                  "session_id = $1::uuid"},
                 db::Params().text(session_12));
    const auto two = json::parse(
        run({"photometry", "mean-response", "--session", session_12, "--raw"}, true).out);
    EXPECT_EQ(two[1 * 60]["contrast"], 0.25);
    EXPECT_EQ(two[1 * 60]["n_trials"], 2);
    EXPECT_DOUBLE_EQ(two[1 * 60]["response"].get<double>(), 2.5);
    EXPECT_DOUBLE_EQ(two[1 * 60]["sem_response"].get<double>(), 1.5);
    EXPECT_EQ(two[1 * 60]["n_response"], 2);
}

TEST_F(PhotometryCommands, TracesComeWithTheEventsAtTheirSamples) {
    store_arrays();
    const auto file = folder_ + "/traces.csv";
    const auto ran = run({"photometry", "traces", "--session", session_12, "--from", "1", "--to",
                          "1.6", "-o", file});
    ASSERT_EQ(ran.status, 0) << ran.message;
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    ASSERT_EQ(lines.size(), 19u);  // a header and 18 samples
    EXPECT_EQ(lines[0], "fiber_idx,brain_region,time_s,signal,events");
    EXPECT_EQ(lines[1], "0,VTA-l,1,30,stimOn_times 1");
    EXPECT_THAT(lines[16], HasSubstr(",45,feedback_times 1"));  // 1.5 s
    EXPECT_THAT(lines[17], Not(HasSubstr("times")));
    EXPECT_EQ(
        run({"photometry", "traces", "--session", session_12, "--from", "2", "--to", "1"}).status,
        2);
    EXPECT_EQ(run({"photometry", "traces", "--session", session_12, "--fiber", "1"}).status, 3);
}

TEST_F(PhotometryCommands, FilesAreWrittenAsTheirExtensionTells) {
    store_arrays();
    auto session = database_.session();
    session.exec({"comma",
                  "update photometry.catalog_recording set brain_region = 'VTA, \"left\"' "
                  "where fiber_idx = 0"});
    const std::vector<std::string> traces{"photometry", "traces", "--session", session_12,
                                          "--from",     "1",      "--to",      "1.6"};
    const auto into = [&](std::vector<std::string> words, const std::string& name) {
        words.insert(words.end(), {"-o", folder_ + "/" + name});
        return run(words);
    };
    for (const auto* name : {"t.csv", "t.json", "t.ndjson", "t.parquet", "t.txt"})
        ASSERT_EQ(into(traces, name).status, 0) << name;
    const auto table = formats::read_parquet(folder_ + "/t.parquet").table;
    EXPECT_EQ(table.rows, 18U);
    EXPECT_EQ(table.find("signal")->as_doubles()[0], 30);
    std::ifstream in(folder_ + "/t.json");
    const auto rows = json::parse(in);
    EXPECT_EQ(rows[0]["events"], "stimOn_times 1");
    EXPECT_EQ(rows[1]["events"], nullptr);
    std::ifstream csv(folder_ + "/t.csv");
    std::string line;
    std::getline(csv, line);
    std::getline(csv, line);
    EXPECT_EQ(line, "0,\"VTA, \"\"left\"\"\",1,30,stimOn_times 1");
    const auto mean =
        std::vector<std::string>{"photometry", "mean-response", "--session", session_12};
    ASSERT_EQ(into(mean, "m.json").status, 0);
    EXPECT_EQ(json::parse(std::ifstream(folder_ + "/m.json")).size(), 300u);
    for (const auto& words : {traces, mean}) {
        const auto refused = into(words, "t.foo");
        EXPECT_EQ(refused.status, 2);
        EXPECT_THAT(refused.hint, HasSubstr("Extensions: .csv, .json, .ndjson"));
        EXPECT_FALSE(fs::exists(folder_ + "/t.foo"));
    }
}

TEST_F(PhotometryCommands, FindTheStoreThatTheDatabaseKnows) {
    const auto files = folder_;
    folder_ = files + "/store";
    store_arrays();
    const auto real = folder_;
    {
        auto session = database_.session();
        (void)store::adopt(session, real);
    }
    const std::vector<std::vector<std::string>> commands{
        {"photometry", "mean-response", "--session", session_12},
        {"photometry", "traces", "--session", session_12, "--from", "1", "--to", "2"}};
    folder_.clear();  // the server is named, no store is
    for (const auto& words : commands) EXPECT_EQ(run(words).status, 0) << words[1];
    // Its disk is not mounted.
    fs::rename(real, files + "/moved");
    for (const auto& words : commands) {
        const auto ran = run(words);
        EXPECT_EQ(ran.status, 5) << words[1];
        EXPECT_THAT(ran.message, HasSubstr(real + " is not there"));
        EXPECT_FALSE(ran.hint.empty());
    }
    folder_ = files + "/moved";  // told where it is now
    for (const auto& words : commands) EXPECT_EQ(run(words).status, 0) << words[1];
    {
        auto session = database_.session();
        (void)store::open_for_writing(session, folder_);
    }
    folder_.clear();  // and known since
    for (const auto& words : commands) EXPECT_EQ(run(words).status, 0) << words[1];
    folder_ = files;
}

TEST_F(PhotometryCommands, WhatIsNotThereIsSaid) {
    const auto none =
        run({"photometry", "mean-response", "--session", session_12, "--event", "feedback_times"});
    EXPECT_EQ(none.status, 3);
    EXPECT_THAT(none.message, HasSubstr("has no responses to feedback_times"));
    EXPECT_EQ(run({"photometry", "mean-response", "--session", "x"}).status, 3);
    // The row names a file that the store does not have.
    EXPECT_EQ(run({"photometry", "mean-response", "--session", session_12}).status, 6);
    store_arrays();
    auto session = database_.session();
    session.exec(
        {"trial", "delete from task.choice_trial where session_id = $1::uuid and trial = 6"},
        db::Params().text(session_12));
    const auto changed = run({"photometry", "mean-response", "--session", session_12});
    EXPECT_EQ(changed.status, 6);
    EXPECT_THAT(changed.message, HasSubstr("has 5 trials"));
}

}  // namespace
}  // namespace tb::app
