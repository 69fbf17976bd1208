#include "ingest/load/ingest_alf.hpp"

#include "tests/support/test_database.hpp"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tb::load {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::TestDatabase;
using testing::value_of;

/// Writes a little-endian float64 array, format 1.0 of numpy's .npy.
void write_npy(const fs::path& file, const std::vector<double>& values, const std::string& shape) {
    std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }";
    while ((10 + header.size() + 1) % 64 != 0) header += ' ';
    header += '\n';
    std::ofstream out(file, std::ios::binary);
    out << "\x93NUMPY" << '\x01' << '\0' << static_cast<char>(header.size() & 0xffU)
        << static_cast<char>(header.size() >> 8) << header;
    out.write(reinterpret_cast<const char*>(values.data()),
              static_cast<std::streamsize>(values.size() * sizeof(double)));
}

class IngestAlfTest : public ::testing::Test {
  protected:
    IngestAlfTest() {
        std::string name = (fs::temp_directory_path() / "tb-alf-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        top_ = name;
        options.connect = [this] { return db.session("trialbase_ingest"); };
        options.jobs = 3;
    }
    ~IngestAlfTest() override { fs::remove_all(top_); }

    fs::path write_session(const std::string& where, std::size_t trials, double first_choice = 1) {
        const auto alf = top_ / where / "alf";
        fs::create_directories(alf);
        std::vector<double> choice(trials, -1);
        choice[0] = first_choice;
        std::vector<double> intervals;
        for (std::size_t i = 0; i < trials; ++i) {
            intervals.push_back(static_cast<double>(i) * 10);
            intervals.push_back(static_cast<double>(i) * 10 + 9);
        }
        const auto n = "(" + std::to_string(trials) + ",)";
        write_npy(alf / "_ibl_trials.choice.npy", choice, n);
        write_npy(alf / "_ibl_trials.intervals.npy", intervals,
                  "(" + std::to_string(trials) + ", 2)");
        write_npy(alf / "_ibl_trials.contrastLeft.npy", std::vector<double>(trials, 0.5), n);
        return alf;
    }

    void run(const std::string& sql) { db.session().exec_script({"test", sql}); }
    IngestSummary ingest() { return ingest_alf(std::vector<fs::path>{top_}, options); }
    std::string value(const std::string& sql) {
        auto session = db.session();
        return value_of(session, sql);
    }

    TestDatabase db;
    IngestOptions options;
    fs::path top_;
};

TEST_F(IngestAlfTest, LoadsATreeAndTheSamePathAgainChangesNothing) {
    for (int s = 1; s <= 3; ++s) {
        for (int d = 1; d <= 4; ++d) {
            write_session("lab" + std::to_string(s % 2) + "/Subjects/S" + std::to_string(s) +
                              "/2020-01-0" + std::to_string(d) + "/001",
                          10);
        }
    }
    auto summary = ingest();
    EXPECT_EQ(summary.labs, 2u);
    EXPECT_EQ(summary.subjects, 3u);
    EXPECT_EQ(summary.added, 12u);
    EXPECT_EQ(summary.trials, 120);
    EXPECT_TRUE(summary.failures.empty());
    const auto rows = value(
        "select string_agg(xmin::text || ctid, ',' order by session_id, trial) from "
        "task.choice_trial");
    const auto stamps = value("select coalesce(max(version), 0) from engine.stamp");
    summary = ingest();
    EXPECT_EQ(summary.unchanged, 12u);
    EXPECT_EQ(summary.added + summary.updated, 0u);
    EXPECT_EQ(summary.trials, 0);
    EXPECT_EQ(value("select string_agg(xmin::text || ctid, ',' order by session_id, trial) from "
                    "task.choice_trial"),
              rows);
    EXPECT_EQ(value("select coalesce(max(version), 0) from engine.stamp"), stamps);
}

TEST_F(IngestAlfTest, AChangedFileUpdatesItsSessionAlone) {
    write_session("lab/Subjects/S1/2020-01-01/001", 10);
    write_session("lab/Subjects/S1/2020-01-02/001", 10);
    ingest();
    write_session("lab/Subjects/S1/2020-01-02/001", 12);
    const auto summary = ingest();
    EXPECT_EQ(summary.updated, 1u);
    EXPECT_EQ(summary.unchanged, 1u);
    EXPECT_EQ(value("select string_agg(n_trials::text, ',' order by session_date) from "
                    "task.choice_session join core.session using (session_id)"),
              "10,12");
    EXPECT_EQ(value("select count(*) from task.choice_trial"), "22");
}

TEST_F(IngestAlfTest, BrokenSessionsAreReportedAndDoNotStopTheOthers) {
    write_session("lab/Subjects/S1/2020-01-01/001", 10);
    const auto torn = write_session("lab/Subjects/S1/2020-01-02/001", 10);
    // Cut in the middle of the header, and nothing else to tell trials from.
    fs::remove(torn / "_ibl_trials.contrastLeft.npy");
    fs::remove(torn / "_ibl_trials.intervals.npy");
    fs::resize_file(torn / "_ibl_trials.choice.npy", 30);
    fs::create_directories(top_ / "lab/Subjects/S1/2020-01-03/001/alf");
    std::ofstream(top_ / "lab/Subjects/S1/2020-01-03/001/alf/notes.txt") << "no trials";
    write_session("lab/Subjects/S1/2020-01-04/001", 10);
    const auto summary = ingest();
    EXPECT_EQ(summary.added, 2u);
    ASSERT_EQ(summary.failures.size(), 2u);
    EXPECT_EQ(summary.failures[0].identifier, "lab/S1/2020-01-02/001");
    EXPECT_EQ(summary.failures[1].identifier, "lab/S1/2020-01-03/001");
    EXPECT_EQ(summary.failures[1].type, "MissingExtractedData");
    EXPECT_THAT(summary.failures[0].file, HasSubstr("2020-01-02"));
    EXPECT_EQ(value("select string_agg(identifier, ',' order by identifier) from "
                    "core.session_error where resolved_at is null"),
              "lab/S1/2020-01-02/001,lab/S1/2020-01-03/001");
    EXPECT_EQ(value("select count(*) from core.session"), "2");
    // Repaired, it is loaded, and its error is of the past.
    write_session("lab/Subjects/S1/2020-01-02/001", 10);
    EXPECT_EQ(ingest().added, 1u);
    EXPECT_EQ(value("select count(*) from core.session_error where resolved_at is null"), "1");
}

TEST_F(IngestAlfTest, RewardsWithoutChoicesAreWaterUntilTheTrialsTellThem) {
    const auto alf = write_session("lab/Subjects/S1/2020-01-01/001", 10);
    write_npy(alf / "_ibl_trials.rewardVolume.npy", std::vector<double>(10, 3.0), "(10,)");
    fs::remove(alf / "_ibl_trials.choice.npy");
    const auto raw = alf.parent_path() / "raw_behavior_data";
    fs::create_directories(raw);
    std::ofstream(raw / "_iblrig_taskSettings.raw.json")
        << R"({"PYBPOD_PROTOCOL": "_iblrig_tasks_habituationChoiceWorld"})";
    EXPECT_EQ(ingest().added, 1u);
    EXPECT_EQ(value("select string_agg(volume_ml::text, ',') from core.water_administration"),
              "0.03");
    // The choices come later: the same water is not told twice.
    write_npy(alf / "_ibl_trials.choice.npy", std::vector<double>(10, 1.0), "(10,)");
    EXPECT_EQ(ingest().added, 1u);
    EXPECT_EQ(value("select sum(reward_volume_ul) from task.choice_trial"), "30");
    EXPECT_EQ(value("select count(*) from core.water_administration"), "0");
}

TEST_F(IngestAlfTest, ATreeWithoutALabNeedsOne) {
    write_session("S1/2020-01-01/001", 10);
    auto summary = ingest();
    EXPECT_EQ(summary.added, 0u);
    ASSERT_EQ(summary.failures.size(), 1u);
    EXPECT_THAT(summary.failures[0].message + summary.failures[0].hint, HasSubstr("--lab"));
    options.lab = "mainenlab";
    summary = ingest();
    EXPECT_EQ(summary.added, 1u);
    EXPECT_EQ(value("select identifier from core.session_alias"), "mainenlab/S1/2020-01-01/001");
}

TEST_F(IngestAlfTest, DryRunWritesNothing) {
    write_session("lab/Subjects/S1/2020-01-01/001", 10);
    fs::create_directories(top_ / "lab/Subjects/S1/2020-01-03/001/alf");
    std::ofstream(top_ / "lab/Subjects/S1/2020-01-03/001/alf/notes.txt") << "no trials";
    options.dry_run = true;
    const auto summary = ingest();
    EXPECT_EQ(summary.added, 1u);
    EXPECT_EQ(summary.trials, 10);
    EXPECT_EQ(summary.failures.size(), 1u);
    EXPECT_EQ(
        value("select (select count(*) from core.lab) + (select count(*) from core.session_error)"),
        "0");
}

TEST_F(IngestAlfTest, ADryRunTellsTheTwinsThatARunWouldRemarkUpon) {
    write_session("lab/Subjects/S1/2020-01-01/001", 10);
    ingest();
    // A copy of a loaded session, two copies of each other, and another session.
    fs::create_directories(top_ / "lab/Subjects/S2/2020-01-01");
    fs::copy(top_ / "lab/Subjects/S1/2020-01-01/001", top_ / "lab/Subjects/S2/2020-01-01/001",
             fs::copy_options::recursive);
    write_session("lab/Subjects/S3/2020-01-01/001", 12);
    fs::copy(top_ / "lab/Subjects/S3/2020-01-01/001", top_ / "lab/Subjects/S3/2020-01-01/002",
             fs::copy_options::recursive);
    write_session("lab/Subjects/S3/2020-01-02/001", 14);
    // The same subject, date and number from another source.
    run("insert into core.session (session_id, subject_id, lab_name, session_date, session_number, "
        "source) select '00000000-0000-0000-0000-0000000000aa', subject_id, 'lab', '2020-02-01', "
        "1, "
        "'simulated' from core.subject");
    write_session("lab/Subjects/S1/2020-02-01/001", 16);
    options.dry_run = true;
    const auto told = ingest();
    EXPECT_EQ(value("select count(*) from core.session"), "2");
    options.dry_run = false;
    const auto done = ingest();
    EXPECT_EQ(done.issues, told.issues);
    EXPECT_EQ(told.issues.at("SameFiles"), 2U);
    EXPECT_EQ(told.issues.at("SameSession"), 1U);
    options.dry_run = true;
    EXPECT_FALSE(ingest().issues.contains("SameFiles"));  // told once
}

TEST_F(IngestAlfTest, AFolderThatHasBecomeASessionIsNoErrorAnyMore) {
    write_session("lab/Subjects/S1/2020-13-01/001", 10);
    write_session("lab/Subjects/S1/2020-14-01/001", 10);
    auto summary = ingest();
    ASSERT_EQ(summary.failures.size(), 2U);
    EXPECT_EQ(summary.failures[0].type, "NoSession");
    const std::string open =
        "select string_agg(identifier, ' ') from core.session_error where resolved_at is null";
    // Neither a search elsewhere nor a dry run says anything about it.
    fs::create_directories(top_ / "elsewhere");
    write_session("elsewhere/lab/Subjects/S1/2020-01-05/001", 10);
    fs::rename(top_ / "lab/Subjects/S1/2020-13-01", top_ / "lab/Subjects/S1/2020-12-01");
    (void)ingest_alf(std::vector<fs::path>{top_ / "elsewhere"}, options);
    options.dry_run = true;
    (void)ingest();
    options.dry_run = false;
    EXPECT_THAT(value(open), ::testing::AllOf(HasSubstr("2020-13-01"), HasSubstr("2020-14-01")));
    summary = ingest();
    EXPECT_EQ(summary.added, 1U);
    EXPECT_EQ(value(open), (top_ / "lab/Subjects/S1/2020-14-01/001").string());
}

/// An entry of a tar, in the plain form of POSIX.
std::string tar_entry(const std::string& name, const std::string& content) {
    std::string header(512, '\0');
    const auto put = [&](std::size_t at, const std::string& text) {
        header.replace(at, text.size(), text);
    };
    char size[13];
    std::snprintf(size, sizeof size, "%011o", static_cast<unsigned>(content.size()));
    put(0, name);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, size);
    put(136, "00000000000");
    put(148, "        ");
    put(156, "0");
    put(257, std::string("ustar\0"
                         "00",
                         8));
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    char digits[8];
    std::snprintf(digits, sizeof digits, "%06o", sum);
    put(148, std::string(digits, 7) + ' ');
    auto body = content;
    body.resize((content.size() + 511) / 512 * 512, '\0');
    return header + body;
}

TEST_F(IngestAlfTest, ABadArchiveIsToldInSoManyErrorsAndACount) {
    std::string tar;
    for (int number = 1; number <= 205; ++number) {
        tar += tar_entry(
            "lab/Subjects/S1/2020-01-01/" + std::to_string(number) + "/alf/_ibl_trials.choice.npy",
            "no array");
    }
    std::ofstream(top_ / "bad.tar", std::ios::binary) << tar << std::string(1024, '\0');
    const auto summary = ingest_alf(std::vector<fs::path>{top_ / "bad.tar"}, options);
    EXPECT_EQ(summary.failures.size(), 201U);
    EXPECT_EQ(value("select count(*) from core.session_error"), "201");
    EXPECT_THAT(value("select message from core.session_error where identifier = '" +
                      (top_ / "bad.tar").string() + "'"),
                HasSubstr("205 sessions could not be loaded, of which 200 are told one by one"));
}

TEST_F(IngestAlfTest, AbsentPathsAreRefusedBeforeAnythingIsLoaded) {
    write_session("lab/Subjects/S1/2020-01-01/001", 10);
    try {
        ingest_alf(std::vector<fs::path>{top_, top_ / "nonesuch"}, options);
        FAIL() << "it was taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::not_found);
    }
    EXPECT_EQ(value("select count(*) from core.lab"), "0");
}

TEST_F(IngestAlfTest, ALostDatabaseEndsItAndTheRestComesNextTime) {
    for (int d = 10; d < 28; ++d)
        write_session("lab/Subjects/S1/2020-01-" + std::to_string(d) + "/001", 10);
    auto other = db.session();
    options.jobs = 1;
    options.batch = 1;
    options.progress = [&](const IngestSummary& so_far) {
        if (so_far.added != 5) return;
        other.exec({"kill",
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
                    "current_database() and pid <> pg_backend_pid()"});
    };
    try {
        ingest();
        FAIL() << "it went on";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    }
    EXPECT_EQ(value("select count(*) from task.choice_session"), "5");
    EXPECT_EQ(value("select count(*) from core.session_error"), "0");
    options.progress = nullptr;
    const auto summary = ingest();
    EXPECT_EQ(summary.added, 13u);
    EXPECT_EQ(summary.unchanged, 5u);
}

TEST_F(IngestAlfTest, StopsWhenAsked) {
    for (int d = 10; d < 28; ++d)
        write_session("lab/Subjects/S1/2020-01-" + std::to_string(d) + "/001", 10);
    std::atomic<bool> stop{false};
    options.jobs = 1;
    options.batch = 1;
    options.stop = &stop;
    options.progress = [&](const IngestSummary& so_far) { stop = so_far.added >= 3; };
    EXPECT_EQ(ingest().added, 3u);
    EXPECT_EQ(value("select count(*) from task.choice_session"), "3");
}

/// The shared data folder: TRIALBASE_SHARED, else `shared` beside a folder above the current one.
fs::path shared_folder() {
    if (const char* named = std::getenv("TRIALBASE_SHARED")) return named;
    for (auto folder = fs::current_path(); folder.has_relative_path();
         folder = folder.parent_path()) {
        if (fs::exists(folder / "shared" / "data")) return folder / "shared";
    }
    return {};
}

TEST_F(IngestAlfTest, AgreesWithTheTruthOfRealSessions) {
    const auto tree = shared_folder() / "data" / "ibl_dec2019_one_tree";
    if (!fs::exists(tree / "sessions_truth.csv"))
        GTEST_SKIP() << "needs data/ibl_dec2019_one_tree below $TRIALBASE_SHARED";
    const auto summary = ingest_alf(std::vector<fs::path>{tree}, options);
    EXPECT_TRUE(summary.failures.empty());
    // lab,subject,date,number,n_trials,n_correct,...
    std::ifstream truth(tree / "sessions_truth.csv");
    std::string line;
    std::getline(truth, line);
    ASSERT_THAT(line, ::testing::StartsWith("lab,subject,date,number,n_trials,"));
    std::size_t compared = 0;
    while (std::getline(truth, line)) {
        std::vector<std::string> fields;
        for (std::size_t at = 0; at <= line.size() && fields.size() < 5;) {
            const auto end = std::min(line.find(',', at), line.size());
            fields.push_back(line.substr(at, end - at));
            at = end + 1;
        }
        ASSERT_EQ(fields.size(), 5u);
        const auto identifier = fields[0] + "/" + fields[1] + "/" + fields[2] + "/" + fields[3];
        EXPECT_EQ(value("select n_trials from task.choice_session join core.session_alias using "
                        "(session_id) where identifier = '" +
                        identifier + "'"),
                  fields[4])
            << identifier;
        ++compared;
    }
    EXPECT_EQ(summary.added, compared);
}

}  // namespace
}  // namespace tb::load
