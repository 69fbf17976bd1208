// Photometry from files to rows and arrays: trees, single recordings, tables of fibres.
#include "ingest/formats/csv.hpp"
#include "ingest/formats/npy.hpp"
#include "ingest/formats/parquet.hpp"
#include "ingest/load/choice/choice_paradigm.hpp"
#include "ingest/load/ingest_alf.hpp"
#include "ingest/load/ingest_photometry.hpp"
#include "ingest/load/session_loader.hpp"
#include "src/store/store_identity.hpp"
#include "src/store/store_reader.hpp"
#include "tests/support/test_database.hpp"

#include <cstdlib>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tb::load {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::TestDatabase;
using testing::value_of;

std::optional<fs::path> shared_data() {
    if (const char* named = std::getenv("TRIALBASE_SHARED"); named != nullptr) {
        const auto data = fs::path(named) / "data";
        return fs::is_directory(data) ? std::optional(data) : std::nullopt;
    }
    for (fs::path from = fs::absolute(__FILE__).parent_path(); from != from.root_path();
         from = from.parent_path()) {
        if (fs::is_directory(from / "shared" / "data")) return from / "shared" / "data";
    }
    return std::nullopt;
}

void write(const fs::path& file, const std::string& content) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
}

std::string parquet(const std::string& csv) {
    return formats::parquet_bytes(formats::parse_csv(csv, "test.csv"));
}

constexpr int n_trials = 60;

/// Trials 10 s apart from 100 s on, all rewarded 2 s after their start.
std::string trials_table() {
    std::string csv =
        "intervals_0,intervals_1,choice,contrastLeft,contrastRight,probabilityLeft,feedbackType,"
        "feedback_times,stimOn_times\n";
    for (int i = 0; i < n_trials; ++i) {
        const double start = 100.0 + 10.0 * i + 0.31 * (i % 7);
        csv += fmt::format("{},{},1,0.5,,0.5,1,{},{}\n", start, start + 8, start + 2, start + 1);
    }
    return parquet(csv);
}

/// 60 Hz in turn from 90 s to 720 s, two columns; `scale` makes other signals.
std::string signal_table(double scale = 1.0) {
    std::string csv = "times,G0,G1,name,color\n";
    for (int i = 0; i < 37'800; ++i) {
        const bool is_first = i == 0;
        csv += fmt::format("{:.6f},{},{},{}\n", 90.0 + i / 60.0, scale * (i % 97), scale * (i % 89),
                           is_first     ? ","
                           : i % 2 == 0 ? "GCaMP,Blue"
                                        : "Isosbestic,Violet");
    }
    return parquet(csv);
}

class PhotometryIngestTest : public ::testing::Test {
  protected:
    PhotometryIngestTest() {
        std::string name = (fs::temp_directory_path() / "tb-photometry-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        top_ = name;
        options.connect = [this] { return db.session("trialbase_ingest"); };
        options.jobs = 1;
        options.store.root = top_ / "store";
        options.store.durable = false;
    }
    ~PhotometryIngestTest() override { fs::remove_all(top_); }

    [[nodiscard]] fs::path session_folder(const std::string& number = "001") const {
        return top_ / "tree/lab/Subjects/M1/2024-01-02" / number;
    }
    /// A whole session with photometry of two regions.
    void write_session(const std::string& number = "001", double scale = 1.0) {
        const auto folder = session_folder(number);
        write(folder / "alf/_ibl_trials.table.pqt", trials_table());
        write(folder / "alf/photometry/photometry.signal.pqt", signal_table(scale));
        write(folder / "alf/photometry/photometryROI.locations.pqt",
              parquet("ROI,fiber,brain_region\nG0,f0,VTA\nG1,f1,DR\n"));
        const std::vector<double> position{0.0, 0.5, 0.25};
        const std::vector<double> times{95.0, 96.0, 99.5};
        write(folder / "alf/_ibl_wheel.position.npy", formats::npy_bytes(position, {3}));
        write(folder / "alf/_ibl_wheel.timestamps.npy", formats::npy_bytes(times, {3}));
        write(folder / "_ibl_experiment.description.yaml",
              "devices:\n  neurophotometrics:\n    fibers:\n      f1:\n        location: DR-r\n"
              "      f0:\n        location: VTA-l\n");
    }
    IngestSummary ingest() { return ingest_alf(std::vector<fs::path>{top_ / "tree"}, options); }
    IngestSummary ingest(const fs::path& path) {
        return ingest_alf(std::vector<fs::path>{path}, options);
    }
    std::string value(const std::string& sql) {
        auto session = db.session();
        return value_of(session, sql);
    }
    /// Transaction ids of all rows about photometry, and the newest stamp: equal when nothing was
    /// touched.
    std::string touched() {
        return value(R"(select string_agg(x, ',' order by x) from (
            select xmin::text || ctid as x from photometry.photometry_session union all
            select xmin::text || ctid from photometry.band union all
            select xmin::text || ctid from photometry.recording union all
            select xmin::text || ctid from photometry.band_signal union all
            select xmin::text || ctid from photometry.digital_event union all
            select xmin::text || ctid from photometry.listed_region union all
            select xmin::text || ctid from photometry.fiber union all
            select xmin::text || ctid from store.array union all
            select xmin::text || ctid from core.session_error union all
            select 'stamp ' || coalesce(max(version), 0) from engine.stamp) as rows (x))");
    }
    [[nodiscard]] std::size_t n_files() const {
        std::size_t n = 0;
        if (!fs::exists(options.store.root)) return 0;
        for (const auto& entry : fs::recursive_directory_iterator(options.store.root))
            n += entry.path().extension() == ".h5" ? 1 : 0;
        return n;
    }
    std::string errors() {
        return value(
            "select coalesce(string_agg(error_type, ',' order by error_type), '') "
            "from core.session_error where resolved_at is null");
    }

    TestDatabase db;
    IngestOptions options;
    fs::path top_;
};

TEST_F(PhotometryIngestTest, ASessionsSignalsAreRowsAndArrays) {
    write_session();
    const auto summary = ingest();
    EXPECT_EQ(summary.added, 1U);
    EXPECT_TRUE(summary.failures.empty());
    EXPECT_EQ(value("select concat_ws(' ', rig, clock, n_frames, file_version) "
                    "from photometry.photometry_session"),
              "neurophotometrics session 37800");
    EXPECT_EQ(value("select string_agg(concat_ws(' ', fiber_idx, column_name, brain_region), ', ' "
                    "order by fiber_idx) from photometry.recording"),
              "0 G1 DR-r, 1 G0 VTA-l");  // in the order of the description
    EXPECT_EQ(value("select string_agg(concat_ws(' ', band, wavelength_nm, n_samples), ', ' "
                    "order by band) from photometry.band"),
              "GCaMP 470 18899, Isosbestic 415 18900");
    EXPECT_EQ(value("select count(*) from task.choice_trial"), std::to_string(n_trials));
    const auto ref = value(
        "select ref from photometry.band_signal join store.array on array_id = signal_array_id "
        "where fiber_idx = 1 and band = 'GCaMP'");
    const auto signal = store::StoreReader(options.store.root).read(ref).numbers();
    ASSERT_EQ(signal.size(), 18'899U);
    EXPECT_EQ(signal[0], 2.0);  // frame 2: frame 0 was dropped, frame 1 is isosbestic
    EXPECT_EQ(signal[100], 202 % 97);
    EXPECT_EQ(value("select round(sampling_rate_hz::numeric, 3) from store.array where ref = '" +
                    ref + "'"),
              "30.000");
    const auto wheel = value(
        "select p.ref || ' ' || t.ref from task.wheel_recording as w "
        "join store.array as p on p.array_id = w.position_array_id "
        "join store.array as t on t.array_id = w.times_array_id");
    const store::StoreReader reader(options.store.root);
    EXPECT_EQ(reader.read(wheel.substr(0, wheel.find(' '))).numbers(),
              (std::vector{0.0, 0.5, 0.25}));
    EXPECT_EQ(reader.read(wheel.substr(wheel.find(' ') + 1)).numbers(),
              (std::vector{95.0, 96.0, 99.5}));
}

TEST_F(PhotometryIngestTest, TheSameFilesTwiceChangeNothing) {
    write_session();
    ingest();
    const auto before = touched();
    const auto files = n_files();
    EXPECT_EQ(ingest().unchanged, 1U);
    EXPECT_EQ(touched(), before);
    EXPECT_EQ(n_files(), files);
}

TEST_F(PhotometryIngestTest, AChangedSignalReplacesItsArraysAndRaisesStamps) {
    write_session();
    ingest();
    const auto sum = "select sum(version) from engine.stamp";
    const auto before = std::stol(value(sum));
    const auto arrays =
        value("select string_agg(array_id::text, ',' order by ref) from store.array");
    write_session("001", 3.0);
    EXPECT_EQ(ingest().updated, 1U);
    EXPECT_GT(std::stol(value(sum)), before);
    EXPECT_NE(value("select string_agg(array_id::text, ',' order by ref) from store.array"),
              arrays);
    // The old rows are gone; the old file waits for gc.
    EXPECT_EQ(value("select count(distinct file) from store.array"), "1");
    const auto ref = value(
        "select ref from photometry.band_signal join store.array on array_id = signal_array_id "
        "where fiber_idx = 1 and band = 'GCaMP'");
    EXPECT_EQ(store::StoreReader(options.store.root).read(ref).numbers()[0], 6.0);
}

TEST_F(PhotometryIngestTest, LostFilesOfTheStoreAreWrittenAgainFromTheSameSource) {
    write_session("001");
    write_session("002");
    ingest();
    const auto lost = value(
        "select distinct a.file from photometry.band_signal join store.array as a "
        "on array_id = signal_array_id join core.session using (session_id) "
        "where session_number = 1");
    fs::remove(options.store.root / lost);
    options.dry_run = true;
    EXPECT_EQ(ingest().updated, 1U);
    options.dry_run = false;
    const auto summary = ingest();
    EXPECT_EQ(summary.updated, 1U);
    EXPECT_EQ(summary.unchanged, 1U);
    const auto ref = value(
        "select ref from photometry.band_signal join store.array on array_id = signal_array_id "
        "join core.session using (session_id) "
        "where session_number = 1 and fiber_idx = 1 and band = 'GCaMP'");
    EXPECT_EQ(store::StoreReader(options.store.root).read(ref).numbers()[0], 2.0);
    EXPECT_EQ(ingest().unchanged, 2U);
}

TEST_F(PhotometryIngestTest, AStoreThatIsNotMountedEndsTheLoadAndNothingIsCommitted) {
    fs::create_directory(top_ / "mount");
    options.store.root = top_ / "mount" / "store";
    options.store.access = std::make_shared<store::StoreAccess>(
        options.store.root, [this] { return db.session("trialbase_ingest"); });
    write_session("001");
    ingest();
    fs::rename(top_ / "mount", top_ / "disk");
    fs::create_directory(top_ / "mount");
    write_session("002");
    const auto before = touched();
    // As a new program would: with an access of its own.
    options.store.access = std::make_shared<store::StoreAccess>(
        options.store.root, [this] { return db.session("trialbase_ingest"); });
    try {
        ingest(session_folder("002"));
        FAIL() << "loaded without its store";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
        EXPECT_EQ(error.type(), "StoreUnavailable");
    }
    // Nor are the arrays of a session that is there taken for lost.
    EXPECT_THROW(ingest(session_folder("001")), Error);
    EXPECT_EQ(touched(), before);
    EXPECT_EQ(value("select count(*) from core.session"), "1");
    EXPECT_TRUE(fs::is_empty(top_ / "mount"));
    fs::remove(top_ / "mount");
    fs::rename(top_ / "disk", top_ / "mount");
    EXPECT_EQ(ingest().added, 1U);
}

TEST_F(PhotometryIngestTest, AFibreThatIsGoneGoesWithItsSignals) {
    write_session();
    ingest();
    write(session_folder() / "alf/photometry/photometryROI.locations.pqt",
          parquet("ROI,fiber,brain_region\nG0,f0,VTA\n"));
    EXPECT_EQ(ingest().updated, 1U);
    EXPECT_EQ(value("select string_agg(brain_region, ',') from photometry.recording"), "VTA-l");
    EXPECT_EQ(value("select count(*) from photometry.band_signal"), "2");
    EXPECT_EQ(value("select count(*) from photometry.listed_region"), "2");
}

TEST_F(PhotometryIngestTest, SessionsOfProgramsThatKnewNoPhotometryAreCompleted) {
    write_session();
    ingest();
    auto admin = db.session();
    for (const char* table : {"photometry.band_signal", "photometry.recording", "photometry.band",
                              "photometry.listed_region", "photometry.photometry_session"})
        admin.exec({"forget", std::string("delete from ") + table});
    EXPECT_EQ(ingest().updated, 1U);
    EXPECT_EQ(value("select count(*) from photometry.band_signal"), "4");
    EXPECT_EQ(ingest().unchanged, 1U);
}

TEST_F(PhotometryIngestTest, ErrorsOfOneSessionAreKeptAndTheOthersGoOn) {
    write_session("001");
    write_session("002");
    write(session_folder("002") / "_ibl_experiment.description.yaml",
          "devices:\n  neurophotometrics:\n    fibers:\n      a:\n        location: LC-l\n");
    write_session("003");
    fs::remove(session_folder("003") / "alf/photometry/photometry.signal.pqt");
    write_session("004");
    fs::remove(session_folder("004") / "alf/_ibl_trials.table.pqt");
    write_session("005");
    fs::remove(session_folder("005") / "alf/_ibl_trials.table.pqt");
    write(session_folder("005") / "raw_task_data_00/_iblrig_taskData.raw.jsonable", "{}\n");
    write_session("006");
    write(session_folder("006") / "alf/photometry/photometry.signal.pqt", "no Parquet");
    const auto summary = ingest();
    EXPECT_EQ(summary.added, 6U);  // trials, or photometry, of each
    EXPECT_EQ(value("select string_agg(right(identifier, 3) || ' ' || error_type, ', ' "
                    "order by identifier) from core.session_error"),
              "002 AmbiguousRegionMapping, 003 MissingRawData, 004 MissingRawData, "
              "005 MissingExtractedData, 006 InvalidData");
    EXPECT_EQ(value("select count(*) from photometry.photometry_session"), "3");
    EXPECT_EQ(value("select count(*) from task.choice_session"), "4");
    // Again nothing changes, and what is repaired is resolved.
    const auto before = touched();
    ingest();
    EXPECT_EQ(touched(), before);
    write_session("003");
    ingest();
    EXPECT_THAT(errors(), ::testing::Eq("AmbiguousRegionMapping,InvalidData,MissingExtractedData,"
                                        "MissingRawData"));
}

/// Raw frames and pulses of write_session()'s trials on a rig's clock 5000 s ahead.
void write_raw(const fs::path& folder, double share_of_pulses) {
    std::string frames = "FrameCounter,Timestamp,LedState,G0\n";
    for (int i = 0; i < 2000; ++i)
        frames += fmt::format("{},{:.6f},{},1.5\n", i, 5090.0 + i / 3.0, i == 0 ? 7 : 1 + i % 2);
    std::string digital = "Timestamp,Value\n";
    for (int i = 0; i < n_trials; ++i) {
        if (i >= share_of_pulses * n_trials) break;
        const double start = 5100.0 + 10.0 * i + 0.31 * (i % 7);
        digital += fmt::format("{:.6f},True\n{:.6f},False\n{:.6f},True\n", start, start + 0.1,
                               start + 2.0);
    }
    write(folder / "raw_photometry_data/_neurophotometrics_fpData.raw.pqt", parquet(frames));
    write(folder / "raw_photometry_data/_neurophotometrics_fpData.digitalInputs.pqt",
          parquet(digital));
}

TEST_F(PhotometryIngestTest, RawFramesAreAlignedOrSayWhyNot) {
    for (const char* number : {"001", "002"}) {
        write(session_folder(number) / "alf/_ibl_trials.table.pqt", trials_table());
        write_raw(session_folder(number), number == std::string("001") ? 1.0 : 0.6);
    }
    ingest();
    const auto clock = [&](const std::string& column, int number) {
        return value("select " + column +
                     " from photometry.photometry_session join core.session using (session_id) "
                     "where session_number = " +
                     std::to_string(number));
    };
    EXPECT_EQ(clock("clock", 1), "session");
    EXPECT_EQ(clock("round(clock_drift_ppm::numeric, 1)", 1), "0.0");
    EXPECT_EQ(clock("round(start_s::numeric, 3)", 1), "90.333");
    EXPECT_EQ(clock("file_version", 1), "version_2");
    EXPECT_EQ(clock("clock", 2), "rig");
    EXPECT_EQ(clock("clock_drift_ppm is null", 2), "t");
    EXPECT_EQ(clock("round(start_s::numeric, 3)", 2), "5090.333");
    EXPECT_EQ(errors(), "MissingExtractedData");
    EXPECT_EQ(
        value("select string_agg(issue_type, ',' order by issue_type) from core.session_issue "
              "where issue_type ~ 'ligned'"),
        "Aligned,NotAligned");
    EXPECT_EQ(value("select count(*) from photometry.digital_event"), std::to_string(180 + 108));
}

TEST_F(PhotometryIngestTest, WithoutAStoreOnlySessionsWithoutArraysAreLoaded) {
    write_session("001");
    write(session_folder("002") / "alf/_ibl_trials.table.pqt", trials_table());
    options.store.root.clear();
    const auto summary = ingest();
    EXPECT_EQ(summary.added, 1U);
    ASSERT_EQ(summary.failures.size(), 1U);
    EXPECT_EQ(summary.failures[0].type, "NoStore");
}

TEST_F(PhotometryIngestTest, ADryRunWritesNeitherRowsNorFiles) {
    write_session();
    options.dry_run = true;
    EXPECT_EQ(ingest().added, 1U);
    EXPECT_EQ(value("select count(*) from photometry.photometry_session"), "0");
    EXPECT_EQ(n_files(), 0U);
}

TEST_F(PhotometryIngestTest, WhatGivenPathsAreIsKnownByTheirContent) {
    write_session();
    write(top_ / "rec/deep/a.ppd", "");
    write(top_ / "nph/_neurophotometrics_fpData.raw.csv", "a\n1\n");
    write(top_ / "fibers.csv", "subject,targeted_region\nM1,VTA\n");
    write(top_ / "frames.csv", "FrameCounter\n1\n");
    EXPECT_EQ(photometry_source(top_ / "tree"), PhotometrySource::session_tree);
    EXPECT_EQ(photometry_source(top_ / "rec"), PhotometrySource::recordings);
    EXPECT_EQ(photometry_source(top_ / "rec/deep/a.ppd"), PhotometrySource::recording);
    EXPECT_EQ(photometry_source(top_ / "nph"), PhotometrySource::recording);
    EXPECT_EQ(photometry_source(top_ / "fibers.csv"), PhotometrySource::fibers);
    EXPECT_EQ(photometry_source(top_ / "frames.csv"), PhotometrySource::recording);
    EXPECT_THROW((void)photometry_source(top_ / "nowhere"), Error);
    EXPECT_EQ(recordings_below(top_ / "rec"), std::vector<fs::path>{top_ / "rec/deep/a.ppd"});
}

RecordingIdentity whose(const std::string& lab, const std::string& subject = {},
                        const std::string& date = {}, const std::string& number = {}) {
    return {"ibl", lab, subject, date, number};
}

Error recording_error(const fs::path& path, const RecordingIdentity& identity) {
    try {
        (void)read_recording(path, identity);
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "was read";
    return {ErrorKind::internal, ""};
}

TEST_F(PhotometryIngestTest, ARecordingNeedsToBelongToSomebody) {
    const auto csv = top_ / "frames.csv";
    write(csv, "FrameCounter,Timestamp,LedState,G0\n0,1,7,1\n1,2,2,2\n");
    EXPECT_THAT(recording_error(csv, {}).what(), HasSubstr("its lab is not known"));
    EXPECT_THAT(recording_error(csv, whose("a")).what(), HasSubstr("its subject"));
    EXPECT_THAT(recording_error(csv, whose("a", "b")).what(), HasSubstr("its date"));
    EXPECT_THAT(recording_error(csv, whose("a", "b", "2024-02-30")).what(), HasSubstr("no date"));
    EXPECT_THAT(recording_error(csv, whose("a", "b", "2024-02-03", "x")).what(),
                HasSubstr("no number"));
    const auto session = read_recording(csv, whose("a", "b", "2024-02-03", "7"));
    EXPECT_EQ(session.identifier(), "a/b/2024-02-03/007");
    SessionLoader loader(choice_paradigm(), db.session("trialbase_ingest"), options.store);
    EXPECT_EQ(loader.load(session).outcome, Outcome::added);
    EXPECT_EQ(loader.load(session).outcome, Outcome::unchanged);
    EXPECT_EQ(value("select clock || n_frames from photometry.photometry_session"), "rig2");
    EXPECT_EQ(value("select count(*) from core.session_issue where issue_type = 'NotAligned'"),
              "1");
    EXPECT_EQ(value("select count(*) from task.choice_session"), "0");
}

TEST_F(PhotometryIngestTest, FibresOfALabsSubjectsAreThoseOfTheTable) {
    write_session();
    ingest();
    auto session = db.session("trialbase_ingest");
    const auto csv = top_ / "fibers.csv";
    write(csv,
          "subject,targeted_region,X-ml_um,depth,surgery_date,neuromodulator,notes\n"
          "M1,VTA,600.5,4300,2024-01-01,DA,straight\nM1,DR,0,nan,2024-01-01 00:00:00,,\n"
          "M9,LC,1,2,,,\n");
    auto found = import_fibers(session, csv, "lab");
    EXPECT_EQ(found.fibers, 2);
    EXPECT_EQ(found.changed, 2);
    EXPECT_EQ(found.missing, std::vector<std::string>{"M9"});
    EXPECT_EQ(value("select string_agg(concat_ws(' ', fiber, targeted_region, x_ml_um, depth_um, "
                    "surgery_date, neuromodulator, details ->> 'notes'), ', ' order by fiber) "
                    "from photometry.fiber"),
              "1 VTA 600.5 4300 2024-01-01 DA straight, 2 DR 0 2024-01-01");
    const auto before = touched();
    EXPECT_EQ(import_fibers(session, csv, "lab").changed, 0);
    EXPECT_EQ(touched(), before);
    write(csv, "subject,targeted_region\nM1,SNc\n");
    found = import_fibers(session, csv, "lab");
    EXPECT_EQ(found.changed, 2);  // one rewritten, one gone
    EXPECT_EQ(value("select string_agg(targeted_region, ',') from photometry.fiber"), "SNc");
}

TEST_F(PhotometryIngestTest, TablesOfFibresAreRefusedWithTheRow) {
    write_session();
    ingest();
    auto session = db.session("trialbase_ingest");
    const struct {
        const char* csv;
        const char* what;
    } bad[] = {
        {"subject,X-ml_um\nM1,1\n", "no column targeted_region"},
        {"targeted_region\nVTA\n", "no column subject"},
        {"subject,targeted_region,depth\nM1,VTA,1\nM1,DR,deep\n",
         "row 2: depth: deep is no number"},
        {"subject,targeted_region,depth\nM1,VTA,1e999\n", "row 1: depth"},
        {"subject,targeted_region,depth\nM1,VTA,inf\n", "row 1: depth"},
        {"subject,targeted_region,surgery_date\nM1,VTA,May\n",
         "row 1: surgery_date: May is no date"},
        {"subject,targeted_region\nM1,\n", "row 1: no targeted_region"},
        {"subject,targeted_region\n,VTA\n", "row 1: no subject"},
    };
    for (const auto& one : bad) {
        write(top_ / "bad.csv", one.csv);
        try {
            (void)import_fibers(session, top_ / "bad.csv", "lab");
            ADD_FAILURE() << "was taken: " << one.csv;
        } catch (const Error& error) {
            EXPECT_EQ(error.type(), "ValueError");
            EXPECT_THAT(error.what(), HasSubstr(one.what));
        }
    }
    EXPECT_EQ(value("select count(*) from photometry.fiber"), "0");
}

// SOURCES.md of the data folder.
TEST_F(PhotometryIngestTest, RealSessionsAreAsPublished) {
    const auto data = shared_data();
    if (!data) GTEST_SKIP() << "no shared data folder: set TRIALBASE_SHARED";
    const auto summary = ingest(*data / "ibl_photometry");
    EXPECT_EQ(summary.added, 2U);
    EXPECT_EQ(summary.trials, 328 + 568);
    EXPECT_EQ(value("select string_agg(identifier || ' ' || error_type, ',') "
                    "from core.session_error"),
              "wittenlab/fip_40/2023-05-18/001 MissingRawData");
    EXPECT_EQ(value("select concat_ws(' ', clock, n_frames, round(end_s::numeric, 2)) "
                    "from photometry.photometry_session"),
              "session 187989 2762.79");
    EXPECT_EQ(value("select string_agg(concat_ws(' ', band, wavelength_nm, n_samples), ', ' "
                    "order by band) from photometry.band"),
              "GCaMP 470 93994, Isosbestic 415 93994");
    EXPECT_EQ(value("select string_agg(concat_ws(' ', fiber_idx, column_name, brain_region), ', ' "
                    "order by fiber_idx) from photometry.recording"),
              "0 G0 SI, 1 G4 PPT");
    EXPECT_EQ(
        value("select string_agg(concat_ws(' ', n_trials, n_correct, "
              "(select count(*) from task.choice_trial as t where t.session_id = c.session_id "
              "and t.choice = 0)), ', ' order by n_trials) "
              "from task.choice_session as c"),
        "328 175 1, 568 274 79");
    EXPECT_EQ(value("select task_protocol from core.session where task_protocol is not null"),
              "_iblrig_tasks_trainingChoiceWorld");  // of the description
    EXPECT_EQ(ingest(*data / "ibl_photometry").unchanged, 2U);
}

TEST_F(PhotometryIngestTest, RealRecordingsWithoutTrialsAreAsPublished) {
    const auto data = shared_data();
    if (!data) GTEST_SKIP() << "no shared data folder: set TRIALBASE_SHARED";
    SessionLoader loader(choice_paradigm(), db.session("trialbase_ingest"), options.store);
    const auto load = [&](const char* path, const char* subject) {
        return loader.load(read_recording(
            *data / path, whose("rigs", subject, subject[0] != '\0' ? "2023-01-01" : "")));
    };
    load("pyphotometry_ppd/m17-R-2018-12-12-090409.ppd", "");
    load("ibl_photometry/neurophotometrics/version_1", "v1");
    load("ibl_photometry/neurophotometrics/version_2", "v2");
    load("ibl_photometry/raw_photometry.csv", "v5");
    EXPECT_EQ(
        value("select string_agg(concat_ws(' ', nickname, p.rig, clock, file_version, n_frames, "
              "(select count(*) from photometry.recording as r where r.session_id = "
              "p.session_id), (select count(*) from photometry.digital_event as d where "
              "d.session_id = p.session_id)), ', ' order by nickname) "
              "from photometry.photometry_session as p join core.session using (session_id) "
              "join core.subject using (subject_id)"),
        "m17-R pyphotometry rig 474192 1 1698, v1 neurophotometrics rig version_1 86936 7 358, "
        "v2 neurophotometrics rig 0 0 604, v5 neurophotometrics rig version_5 2013 5 0");
    EXPECT_EQ(value("select session_number || ' ' || to_char(start_time at time zone 'utc', "
                    "'HH24:MI:SS') from core.session join core.subject using (subject_id) "
                    "where nickname = 'm17-R'"),
              "90409 09:04:09");
    EXPECT_EQ(value("select count(*) from core.session_issue where issue_type = 'NotAligned'"),
              "4");
}

TEST_F(PhotometryIngestTest, RealTracesCutAroundEventsAreRefused) {
    const auto data = shared_data();
    if (!data) GTEST_SKIP() << "no shared data folder: set TRIALBASE_SHARED";
    const auto error = recording_error(*data / "flmm_dopamine_photometry/example_data.csv",
                                       whose("a", "b", "2024-01-01"));
    EXPECT_EQ(error.type(), "MissingRawData");
    EXPECT_THAT(error.what(), HasSubstr("580 traces of 112 samples"));
}

}  // namespace
}  // namespace tb::load
