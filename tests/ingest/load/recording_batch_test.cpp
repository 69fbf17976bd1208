// Recordings and tables of fibres of one command.
#include "ingest/load/recording_batch.hpp"

#include "tests/support/test_database.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tb::load {
namespace {

namespace fs = std::filesystem;
using tb::testing::value_of;
using ::testing::HasSubstr;

class RecordingBatchTest : public ::testing::Test {
  protected:
    RecordingBatchTest() {
        std::string name = (fs::temp_directory_path() / "tb-batch-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        top_ = name;
        options.identity.lab = "lab";
        options.identity.subject = "m1";
        options.identity.date = "2023-05-04";
        options.connect = [this] { return db.session("trialbase_ingest"); };
        options.store.root = top_ / "store";
        options.store.durable = false;
    }
    ~RecordingBatchTest() override { fs::remove_all(top_); }

    fs::path write(const std::string& name, const std::string& content) {
        fs::create_directories((top_ / name).parent_path());
        std::ofstream(top_ / name, std::ios::binary) << content;
        return top_ / name;
    }
    /// Frames of both LEDs in turn at 50 Hz.
    fs::path write_frames(const std::string& name, int n, double start_s = 10.0,
                          const char* column = "G0") {
        std::string csv = fmt::format("FrameCounter,Timestamp,LedState,{}\n", column);
        for (int i = 0; i < n; ++i)
            csv += fmt::format("{},{:.3f},{},0.5\n", i, start_s + i / 50.0, i == 0 ? 7 : 1 + i % 2);
        return write(name, csv);
    }
    RecordingOutcome take(const fs::path& file) {
        RecordingBatch batch(options);
        return batch.take_recording(file);
    }
    std::string value(const std::string& sql) {
        auto session = db.session();
        return value_of(session, sql);
    }
    std::string frames() {
        return value(
            "select string_agg(n_frames::text, ' ' order by session_number) from "
            "photometry.photometry_session join core.session using (session_id)");
    }

    tb::testing::TestDatabase db;
    fs::path top_;
    RecordingBatchOptions options;
};

TEST_F(RecordingBatchTest, AnotherRecordingOfTheSameSessionIsRefused) {
    const auto first = write_frames("a/frames.csv", 101);
    EXPECT_EQ(take(first).result.outcome, Outcome::added);
    const fs::path others[] = {
        write_frames("b/later.csv", 201, 500.0),     // other times
        write_frames("b/frames.csv", 201, 500.0),    // of the same name
        write_frames("b/short.csv", 51),             // fewer frames
        write_frames("b/red.csv", 101, 10.0, "R1"),  // another column
        write("b/_neurophotometrics_fpData.digitalInputs.csv",
              "Timestamp,Value\n11.5,True\n"),  // no frames at all
    };
    for (const auto& other : others) {
        SCOPED_TRACE(other.string());
        for (const bool dry_run : {true, false}) {
            options.dry_run = dry_run;
            const auto outcome = take(other);
            ASSERT_TRUE(outcome.failure);
            EXPECT_EQ(outcome.failure->type, "RecordingConflict");
            EXPECT_THAT(outcome.failure->message, HasSubstr(other.string()));
            EXPECT_THAT(outcome.failure->message, HasSubstr("session 001 of that day"));
            EXPECT_THAT(outcome.failure->message, HasSubstr("(frames.csv)"));
            EXPECT_THAT(outcome.failure->hint, HasSubstr("--number"));
        }
        EXPECT_EQ(frames(), "101");
    }
    EXPECT_EQ(value("select count(*) from core.session_error"), "5");  // none of the dry runs
    EXPECT_EQ(take(first).result.outcome, Outcome::unchanged);
    options.identity.number = "2";
    EXPECT_EQ(take(others[0]).result.outcome, Outcome::added);
    EXPECT_EQ(frames(), "101 201");
    // Whoever says so replaces.
    options.identity.number = "1";
    options.replaces = true;
    EXPECT_EQ(take(others[2]).result.outcome, Outcome::updated);
    EXPECT_EQ(frames(), "51 201");
}

TEST_F(RecordingBatchTest, TheSameRecordingMoreCompleteTakesItsPlace) {
    EXPECT_EQ(take(write_frames("a/frames.csv", 101)).result.outcome, Outcome::added);
    EXPECT_EQ(take(write_frames("b/frames.csv", 151)).result.outcome, Outcome::updated);
    EXPECT_EQ(frames(), "151");
    const auto both = top_ / "both";
    write_frames("both/_neurophotometrics_fpData.raw.csv", 151);
    write("both/_neurophotometrics_fpData.digitalInputs.csv", "Timestamp,Value\n11.5,True\n");
    EXPECT_EQ(take(both).result.outcome, Outcome::updated);
    EXPECT_EQ(value("select count(*) from photometry.digital_event"), "1");
    // And the frames alone would take the digital inputs away.
    const auto alone = take(write_frames("b/frames.csv", 151));
    ASSERT_TRUE(alone.failure);
    EXPECT_THAT(alone.failure->message, HasSubstr("1 changes of digital inputs, the file 0"));
}

TEST_F(RecordingBatchTest, TrialsOfASessionAreNotTakenAway) {
    EXPECT_EQ(take(write_frames("a/frames.csv", 101)).result.outcome, Outcome::added);
    db.session().exec({"trials",
                       "insert into task.choice_session (session_id, n_trials) select session_id, "
                       "300 from core.session"});
    const auto outcome = take(write_frames("a/frames.csv", 151));
    ASSERT_TRUE(outcome.failure);
    EXPECT_THAT(outcome.failure->message, HasSubstr("300 trials"));
}

TEST_F(RecordingBatchTest, AFileThatIsLoadedResolvesItsErrors) {
    const auto file = write("frames.csv", "FrameCounter,Timestamp,LedState,G0\n");
    auto outcome = take(file);
    ASSERT_TRUE(outcome.failure);
    EXPECT_EQ(outcome.failure->type, "MissingRawData");
    write_frames("frames.csv", 51);
    EXPECT_FALSE(take(file).failure);
    EXPECT_EQ(value("select count(*) from core.session_error where resolved_at is null"), "0");
    EXPECT_EQ(value("select count(*) from core.session_error"), "1");
}

TEST_F(RecordingBatchTest, WhatAFileLacksIsItsOwnTroubleAmongOthers) {
    options.identity.subject.clear();
    const auto file = write_frames("frames.csv", 51);
    EXPECT_EQ(take(file).failure->type, "Usage");
    options.is_only_path = true;
    EXPECT_THROW((void)take(file), Error);
    options.identity.date = "2023-02-30";
    EXPECT_THROW((void)RecordingBatch(options), Error);
}

TEST_F(RecordingBatchTest, SimulatedRecordingsSaySo) {
    write("labs/simulated_by_trialbase.json", "{}");
    const auto file = write_frames("labs/deep/below/frames.csv", 51);
    EXPECT_EQ(take(file).session->source, "simulated");
    EXPECT_EQ(value("select source from core.session"), "simulated");
    options.identity.source = "ibl";
    EXPECT_THAT(take(file).failure->message, HasSubstr("is simulated"));
    options.identity.source = "simulated";
    EXPECT_EQ(take(file).result.outcome, Outcome::unchanged);
}

TEST_F(RecordingBatchTest, OneFileForTwoSubjectsIsRemarkedUponForBoth) {
    const auto file = write_frames("frames.csv", 101);
    const auto short_file = write_frames("short.csv", 11);  // may be two recordings' by chance
    const auto take_as = [&](const char* subject, bool dry_run) {
        options.identity.subject = subject;
        options.dry_run = dry_run;
        RecordingBatch batch(options);
        EXPECT_FALSE(batch.take_recording(file).failure);
        return batch.finish();
    };
    EXPECT_TRUE(take_as("m1", false).empty());
    const std::map<std::string, std::size_t> both{{"SameFiles", 2}};
    EXPECT_EQ(take_as("m2", true), both);
    EXPECT_EQ(value("select count(*) from core.session_issue where issue_type = 'SameFiles'"), "0");
    EXPECT_EQ(take_as("m2", false), both);
    EXPECT_TRUE(take_as("m2", false).empty());
    EXPECT_EQ(value("select string_agg(nickname, ' ' order by nickname) from core.session_issue "
                    "join core.session using (session_id) join core.subject using (subject_id) "
                    "where issue_type = 'SameFiles' and message like 'its file frames.csv is that "
                    "of session lab/m_/2023-05-04/001 of source ibl (%'"),
              "m1 m2");
    for (const auto* subject : {"m1", "m2"}) {
        options.identity.subject = subject;
        options.identity.number = "2";
        RecordingBatch batch(options);
        EXPECT_FALSE(batch.take_recording(short_file).failure);
        EXPECT_TRUE(batch.finish().empty());
    }
}

TEST_F(RecordingBatchTest, TablesOfFibresNameRowAndColumnOfWhatIsNoText) {
    EXPECT_FALSE(take(write_frames("frames.csv", 51)).failure);
    RecordingBatch batch(options);
    const auto bad = [&](const std::string& csv) {
        const auto outcome = batch.take_fibers(write("fibers.csv", csv));
        return outcome.failure ? outcome.failure->message : "taken";
    };
    EXPECT_THAT(bad("subject,targeted_region,note\nm1,VTA,x\nm1,DR,M\xFCller\n"),
                HasSubstr("fibers.csv: row 2: column note: M\\xfcller is no UTF-8 text"));
    EXPECT_THAT(bad(std::string("subject,targeted_region\nm\0001,VTA\n", 32)),
                HasSubstr("row 1: column subject"));
    EXPECT_THAT(bad("subject,targeted_region\nm1,VTA\nm1"), HasSubstr("line 3"));
    EXPECT_EQ(value("select count(*) from photometry.fiber"), "0");
    EXPECT_EQ(bad("subject;targeted_region;depth\nm1;VTA;4,5\n"), "taken");
    EXPECT_EQ(value("select depth_um from photometry.fiber"), "4.5");
    options.dry_run = true;
    RecordingBatch dry(options);
    const auto outcome =
        dry.take_fibers(write("fibers.csv", "subject,targeted_region\nm1,DR\nm2,DR\n"));
    EXPECT_EQ(outcome.fibers->changed, 1);
    EXPECT_EQ(outcome.fibers->missing, std::vector<std::string>{"m2"});
    EXPECT_EQ(value("select targeted_region from photometry.fiber"), "VTA");
}

}  // namespace
}  // namespace tb::load
