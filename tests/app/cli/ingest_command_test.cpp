// trialbase ingest photometry, as a user calls it.
#include "ingest/formats/npy.hpp"
#include "tests/app/cli/run_command.hpp"
#include "tests/support/test_database.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>

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

class IngestPhotometryCommand : public ::testing::Test {
  protected:
    IngestPhotometryCommand() {
        std::string name = (fs::temp_directory_path() / "tb-ingest-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        top_ = name;
    }
    ~IngestPhotometryCommand() override { fs::remove_all(top_); }

    std::string write(const std::string& file, const std::string& content) {
        fs::create_directories((top_ / file).parent_path());
        std::ofstream(top_ / file, std::ios::binary) << content;
        return (top_ / file).string();
    }
    /// A pyPhotometry recording of three samples.
    std::string write_ppd(const std::string& file, const std::string& moment) {
        const std::string header = R"({"subject_ID": "m1", "date_time": ")" + moment +
                                   R"(", "mode": "1 colour time div.", "sampling_rate": 130,)"
                                   R"( "volts_per_division": [0.1, 0.1], "version": 0.2})";
        std::string bytes{static_cast<char>(header.size()), '\0'};
        return write(file, bytes + header + std::string(12, '\x02'));
    }
    Ran run(std::vector<std::string> arguments, bool as_json = false) {
        Context context;
        context.dsn = database_.conninfo();
        context.store = (top_ / "store").string();
        context.json = as_json;
        context.quiet = true;
        arguments.insert(arguments.begin(), {"ingest", "photometry"});
        return run_command(context, {add_ingest_command}, std::move(arguments));
    }
    std::string value(const std::string& sql) {
        auto session = database_.session();
        return testing::value_of(session, sql);
    }

    testing::TestDatabase database_;
    fs::path top_;
};

TEST_F(IngestPhotometryCommand, RecordingsOfOneDayAreSessionsOfTheirOwn) {
    write_ppd("rig/a.ppd", "2020-01-02T09:00:00");
    write_ppd("rig/below/b.ppd", "2020-01-02T10:30:00");
    const auto folder = (top_ / "rig").string();
    auto ran = run({folder, "--lab", "lab"});
    EXPECT_EQ(ran.status, 0) << ran.err << ran.message;
    EXPECT_THAT(ran.out,
                HasSubstr("added: lab/m1/2020-01-02/90000, 3 frames, 2 bands, 1 fibres, rig "
                          "clock"));
    EXPECT_THAT(ran.out, HasSubstr("added: lab/m1/2020-01-02/103000"));
    EXPECT_EQ(value("select count(*) from photometry.photometry_session"), "2");
    ran = run({folder, "--lab", "lab"}, true);
    const auto facts = json::parse(ran.out);
    ASSERT_EQ(facts["recordings"].size(), 2U);
    EXPECT_EQ(facts["recordings"][0]["outcome"], "unchanged");
    EXPECT_EQ(facts["recordings"][0]["clock"], "rig");
}

TEST_F(IngestPhotometryCommand, TheSecondRecordingOfASessionIsRefusedByItself) {
    const auto a = write_ppd("a.ppd", "2020-01-02T09:00:00");
    const auto b = write_ppd("b.ppd", "2020-01-02T09:00:00");
    for (const char* dry_run : {"--dry-run", "--jobs=1"}) {
        const auto ran = run({a, b, "--lab", "lab", dry_run});
        EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::partial));
        EXPECT_THAT(ran.out, HasSubstr("added: lab/m1/2020-01-02/90000"));
        EXPECT_THAT(ran.err, HasSubstr("is session lab/m1/2020-01-02/90000 already"));
        EXPECT_THAT(ran.err, HasSubstr("--number"));
    }
}

TEST_F(IngestPhotometryCommand, ARecordingThatCannotBeReadIsKeptAndTheOthersGoOn) {
    const auto bad = write("bad.ppd", "x");
    const auto good = write_ppd("good.ppd", "2020-01-02T09:00:00");
    auto ran = run({bad, good, "--lab", "lab"}, true);
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::partial));
    const auto facts = json::parse(ran.out)["recordings"];
    EXPECT_EQ(facts[0]["type"], "ValueError");
    EXPECT_EQ(facts[1]["outcome"], "added");
    EXPECT_EQ(value("select error_type from core.session_error"), "ValueError");
    ran = run({bad, "--lab", "lab"});
    EXPECT_THAT(ran.err, HasSubstr("failed: " + bad + ": ValueError"));
    EXPECT_EQ(value("select count(*) from core.session_error"), "1");
}

TEST_F(IngestPhotometryCommand, FilesOfOtherKindsAreValueErrorsThatNameThem) {
    const auto other = write("frames.xlsx", "FrameCounter,Timestamp,Flags,Region0G\n0,1.0,16,9\n");
    const auto columns = write("frames.csv", "a,b\n1,2\n");
    const auto ran =
        run({other, columns, "--lab", "lab", "--subject", "m1", "--date", "2020-01-02"});
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::partial));
    EXPECT_EQ(value("select string_agg(error_type, ' ') from core.session_error"),
              "ValueError ValueError");
    EXPECT_EQ(value("select count(*) from core.session_error where message like 'frames.%: %'"),
              "2");
    EXPECT_THAT(ran.err, HasSubstr("frames.xlsx: neither .csv nor .pqt"));
}

TEST_F(IngestPhotometryCommand, APathThatIsNothingCostsItself) {
    const auto recording = write_ppd("a.ppd", "2020-01-02T09:00:00");
    const auto damaged = write("sessions.tar.gz", std::string(2000, 'x'));
    for (const auto& other : {std::string("/dev/null"), damaged}) {
        const auto ran = run({recording, other, "--lab", "lab"});
        EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::partial)) << ran.message;
        EXPECT_THAT(ran.err, HasSubstr("failed: " + other));
        EXPECT_EQ(value("select count(*) from core.session"), "1");
        EXPECT_EQ(value("select count(*) from core.session_error where identifier = '" + other +
                        "' and resolved_at is null"),
                  "1");
    }
    EXPECT_EQ(run({"/dev/null", "--lab", "lab"}).status, static_cast<int>(ErrorKind::data));
}

TEST_F(IngestPhotometryCommand, FibresNeedALabAndSubjects) {
    const auto table = write("fibers.csv", "subject,targeted_region\nm1,VTA\nm2,DR\n");
    EXPECT_THAT(run({table}).message, HasSubstr("names no lab"));
    const auto recording = write_ppd("a.ppd", "2020-01-02T09:00:00");
    auto ran = run({recording, table, "--lab", "lab"});  // recordings come first
    EXPECT_EQ(ran.status, 0) << ran.err << ran.message;
    EXPECT_THAT(ran.out, HasSubstr("fibres: 1, of which 1 new or changed"));
    EXPECT_THAT(ran.err, HasSubstr("no subject m2 yet"));
    ran = run({table, "--lab", "lab"}, true);
    const auto facts = json::parse(ran.out)["recordings"][0];
    EXPECT_EQ(facts["changed"], 0);
    EXPECT_EQ(facts["subjects_missing"], json::array({"m2"}));
}

TEST_F(IngestPhotometryCommand, ADryRunWritesNothing) {
    const auto recording = write_ppd("a.ppd", "2020-01-02T09:00:00");
    const auto table = write("fibers.csv", "subject,targeted_region\nm1,VTA\n");
    const auto ran = run({recording, table, "--lab", "lab", "--dry-run"});
    EXPECT_EQ(ran.status, 0);
    EXPECT_THAT(ran.out, HasSubstr("added: lab/m1"));
    EXPECT_EQ(value("select count(*) from core.session"), "0");
    EXPECT_FALSE(fs::exists(top_ / "store"));
}

/// Options hold for session trees as for single recordings: they win, or are refused.
TEST_F(IngestPhotometryCommand, OptionsHoldForSessionsOfTrees) {
    const std::string at = "tree/lab/Subjects/m1/2020-01-02/001/";
    for (const char* name : {"choice", "contrastLeft"})
        write(at + "alf/_ibl_trials." + name + ".npy",
              formats::npy_bytes(std::span<const double>(std::vector<double>(6, 1.0)), {6}));
    std::string frames = "FrameCounter,Timestamp,LedState,Region0G\n";
    for (int i = 0; i < 200; ++i) {
        frames += std::to_string(i) + "," + std::to_string(1000 + 20 * i) + "," +
                  (i % 2 == 0 ? "17" : "18") + ",0." + std::to_string(100 + i) + "\n";
    }
    write(at + "raw_photometry_data/_neurophotometrics_fpData.raw.csv", frames);
    const auto tree = (top_ / "tree").string();
    const std::vector<std::pair<std::string, std::string>> others{
        {"--lab", "other"}, {"--subject", "m2"}, {"--date", "2020-01-03"}, {"--number", "002"}};
    for (const auto& [option, value_given] : others) {
        const auto ran = run({tree, option, value_given, "--dry-run"}, true);
        EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::partial)) << option;
        const auto facts = json::parse(ran.out);
        ASSERT_EQ(facts["failures"].size(), 1U) << option;
        EXPECT_THAT(facts["failures"][0]["message"].get<std::string>(), HasSubstr(value_given));
        EXPECT_EQ(facts["sessions"]["new"], 0) << option;
    }
    // Milliseconds taken for seconds are no frames of a rig; said so, they are.
    EXPECT_THAT(run({tree, "--dry-run"}).err, HasSubstr("frames a second"));
    const auto ran = run({tree, "--time-unit", "ms", "--subject", "m1", "--number", "1"});
    // The frames are loaded; that nothing aligns them with the trials is told.
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::partial)) << ran.err << ran.message;
    EXPECT_THAT(ran.err, HasSubstr("no digital inputs"));
    // The first frame, in which all LEDs are on, is left out (spec/photometry.md, drop_first).
    EXPECT_EQ(value("select start_s || ' ' || end_s from photometry.photometry_session"),
              "1.02 4.98");
    // What says that it is simulated is refused where another source is asked for.
    write("tree/simulated_by_trialbase.json", "{}");
    EXPECT_THAT(run({tree, "--source", "ibl", "--dry-run"}).err, HasSubstr("simulated"));
}

TEST_F(IngestPhotometryCommand, TreesAndRecordingsGiveOneDocument) {
    write("tree/lab/Subjects/s/2024-01-02/001/alf/photometry/photometryROI.locations.csv",
          "ROI,brain_region\nG0,VTA\n");
    const auto recording = write_ppd("a.ppd", "2020-01-02T09:00:00");
    const auto ran = run({(top_ / "tree").string(), recording, "--lab", "lab"}, true);
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::partial));
    const auto facts = json::parse(ran.out);
    EXPECT_EQ(facts["recordings"].size(), 1U);
    EXPECT_GE(facts["failures"].size(), 1U);
}

/// Tables that list sessions.
class IngestTablesCommand : public IngestPhotometryCommand {
  protected:
    Ran ingest(std::vector<std::string> arguments, bool as_json = false) {
        Context context;
        context.dsn = database_.conninfo();
        context.json = as_json;
        arguments.insert(arguments.begin(), "ingest");
        return run_command(context, {add_ingest_command}, std::move(arguments));
    }
};

TEST_F(IngestTablesCommand, SaysWhatWasAddedAndWhatIsLeftOut) {
    const auto release =
        write("r/release.csv",
              "eid,subject,date,lab\n6713a4a7-faed-4df2-acab-ee4e63326f8d,S1,2020-02-18,alab\n"
              "56956777-dca5-468c-87cb-78150432cc57,,2020-02-19,alab\n");
    auto ran = ingest({"release-tables", release, "--dry-run"});
    EXPECT_THAT(ran.err, HasSubstr("row 2: it has no subject (MissingSubject)"));
    EXPECT_EQ(value("select count(*) from core.session"), "0");
    ran = ingest({"release-tables", release}, true);
    EXPECT_EQ(ran.status, 8) << ran.message;
    const auto facts = json::parse(ran.out);
    EXPECT_EQ(facts["new_sessions"], 1);
    EXPECT_EQ(facts["issues"]["MissingSubject"], 1);
    EXPECT_EQ(facts["lists"][0], "release");
    EXPECT_THAT(ingest({"release-tables", release}).out, HasSubstr("1 known already"));
    EXPECT_THAT(ingest({"one-cache", release}).message,
                HasSubstr("a list called release is there already"));
    EXPECT_THAT(ingest({"sessions-table", release}).message, HasSubstr("no column start_time"));
}

}  // namespace
}  // namespace tb::app
