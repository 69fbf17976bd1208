// The cases of shared/cases/hunt_ingest that show in the database, and what a dry run tells of all.
#include "ingest/load/ingest_alf.hpp"
#include "ingest/simulated/simulate.hpp"
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

/// shared/cases/hunt_ingest: below TRIALBASE_SHARED, else below a `shared` found upwards.
fs::path cases_folder() {
    const fs::path below = "cases/hunt_ingest";
    if (const char* named = std::getenv("TRIALBASE_SHARED"))
        if (fs::exists(named / below)) return named / below;
    for (auto folder = fs::current_path(); folder.has_relative_path();
         folder = folder.parent_path()) {
        if (fs::exists(folder / "shared" / below)) return folder / "shared" / below;
    }
    return {};
}

class HuntCaseLoad : public ::testing::Test {
  protected:
    HuntCaseLoad() {
        std::string name = (fs::temp_directory_path() / "tb-hunt-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        top_ = name;
        options.connect = [this] { return db.session("trialbase_ingest"); };
        options.jobs = 2;
        options.store.root = top_ / "store";
        options.keep_every_wheel = true;
    }
    ~HuntCaseLoad() override { fs::remove_all(top_); }

    /// A copy of a case's tree that a test may change.
    fs::path tree_of(const std::string& name) {
        const auto to = top_ / name;
        fs::copy(cases_folder() / name / "tree", to, fs::copy_options::recursive);
        return to;
    }
    IngestSummary ingest(const fs::path& path) {
        return ingest_alf(std::vector<fs::path>{path}, options);
    }
    std::string value(const std::string& sql) {
        auto session = db.session();
        return value_of(session, sql);
    }

    TestDatabase db;
    IngestOptions options;
    fs::path top_;
};

#define NEEDS_CASES()                                   \
    if (cases_folder().empty())                         \
    GTEST_SKIP() << "no shared/cases/hunt_ingest (set " \
                    "TRIALBASE_SHARED)"

std::vector<std::string> texts_of(const std::vector<Failure>& failures) {
    std::vector<std::string> texts;
    for (const auto& failure : failures)
        texts.push_back(failure.identifier + " " + failure.type + " " + failure.message);
    std::ranges::sort(texts);
    return texts;
}

TEST_F(HuntCaseLoad, ADryRunFindsWhatARunFinds) {
    NEEDS_CASES();
    std::size_t trees = 0;
    for (const auto& entry : fs::directory_iterator(cases_folder())) {
        if (!fs::exists(entry.path() / "tree")) continue;
        options.dry_run = true;
        const auto before = ingest(entry.path() / "tree");
        options.dry_run = false;
        const auto run = ingest(entry.path() / "tree");
        EXPECT_EQ(texts_of(before.failures), texts_of(run.failures)) << entry.path();
        EXPECT_EQ(before.added, run.added) << entry.path();
        EXPECT_EQ(before.trials, run.trials) << entry.path();
        EXPECT_EQ(before.names, run.names) << entry.path();
        ++trees;
    }
    EXPECT_GE(trees, 17U);
}

TEST_F(HuntCaseLoad, C03TheErrorRowNamesTheFileAndItsReason) {
    NEEDS_CASES();
    const auto summary = ingest(tree_of("c03_choice_unreadable"));
    EXPECT_EQ(summary.added, 0U);
    EXPECT_EQ(summary.failures.size(), 2U);
    EXPECT_EQ(value("select count(*) from core.session_error where message like "
                    "'%_ibl_trials.choice.npy%' and (message like '%object arrays%' or message "
                    "like '%not an .npy file%')"),
              "2");
}

TEST_F(HuntCaseLoad, C05TrialsOfBothTasksAreThere) {
    NEEDS_CASES();
    EXPECT_EQ(ingest(tree_of("c05_two_protocols")).trials, 110);
    EXPECT_EQ(value("select n_trials || ' ' || n_correct from task.choice_session"), "110 72");
    EXPECT_EQ(value("select details -> 'tasks' -> 1 ->> 'protocol' from core.session"),
              "_iblrig_tasks_biasedChoiceWorld6.4.2");
    EXPECT_EQ(value("select count(*) from task.choice_trial as a join task.choice_trial as b on "
                    "b.session_id = a.session_id and b.trial = a.trial + 1 where b.start_s < "
                    "a.end_s"),
              "0");
}

TEST_F(HuntCaseLoad, C07AnOffsetMakesAnInstantWhateverTheLabsZone) {
    NEEDS_CASES();
    const auto tree = tree_of("c07_offset_of_start_time");
    db.session().exec({"zone",
                       "insert into core.lab (lab_name, time_zone) values ('labx', "
                       "'Europe/London')"});
    ingest(tree);
    EXPECT_EQ(value("select start_time at time zone 'UTC' from core.session"),
              "2023-07-02 09:11:12");
    EXPECT_EQ(value("select extract(epoch from end_time - start_time)::int from core.session"),
              "3588");
}

TEST_F(HuntCaseLoad, C08AWithdrawnRevisionIsAChange) {
    NEEDS_CASES();
    const auto tree = tree_of("c08_revision_withdrawn");
    ingest(tree);
    EXPECT_EQ(value("select n_correct from task.choice_session"), "10");
    EXPECT_EQ(value("select count(*) from store.dataset where revision <> ''"), "2");
    EXPECT_EQ(ingest(tree).unchanged, 1U);
    fs::remove_all(tree / "labx/Subjects/n08/2023-03-12/001/alf/#2024-07-15#");
    EXPECT_EQ(ingest(tree).updated, 1U);
    EXPECT_EQ(value("select n_correct from task.choice_session"), "37");
    EXPECT_EQ(value("select count(*) from store.dataset where revision <> ''"), "0");
    EXPECT_EQ(ingest(tree).unchanged, 1U);
}

TEST_F(HuntCaseLoad, C09TheSameFilesUnderTwoNumbersAreRemarkedUpon) {
    NEEDS_CASES();
    const auto summary = ingest(tree_of("c09_same_session_twice"));
    EXPECT_EQ(summary.added, 2U);
    EXPECT_EQ(summary.issues.at("SameFiles"), 1U);
    EXPECT_EQ(value("select session_number || ': ' || message from core.session_issue join "
                    "core.session using (session_id) where issue_type = 'SameFiles'"),
              "2: all its files of trials are those of session labx/n09/2024-02-09/001, which "
              "would count twice");
}

TEST_F(HuntCaseLoad, OneSessionFromTwoSourcesIsRemarkedUpon) {
    NEEDS_CASES();
    const auto tree = tree_of("c11_row_vectors");
    ingest(tree);
    options.source = "simulated";
    options.is_source_asked = true;
    const auto summary = ingest(tree);
    EXPECT_EQ(summary.issues.at("SameSession"), 1U);
    EXPECT_THAT(value("select message from core.session_issue where issue_type = 'SameSession'"),
                HasSubstr("source ibl"));
}

TEST_F(HuntCaseLoad, C12NearlySessionsAreFailures) {
    NEEDS_CASES();
    const auto summary = ingest(tree_of("c12_folders_nearly_sessions"));
    EXPECT_EQ(summary.added, 1U);
    EXPECT_EQ(summary.failures.size(), 4U);
    EXPECT_EQ(value("select count(*) from core.session_error where error_type = 'NoSession'"), "4");
}

TEST_F(HuntCaseLoad, C14AHabituationIsKeptOnceAndUnchangedTheSecondTime) {
    NEEDS_CASES();
    const auto tree = tree_of("c14_habituation");
    EXPECT_EQ(ingest(tree).added, 1U);
    EXPECT_EQ(value("select task_protocol || ' ' || session_date from core.session"),
              "_iblrig_tasks_habituationChoiceWorld6.4.2 2023-01-02");
    EXPECT_EQ(value("select weight_g from core.weighing"), "24.1");
    EXPECT_EQ(value("select volume_ml > 0 and session_id is not null from "
                    "core.water_administration"),
              "t");
    EXPECT_EQ(value("select count(*) from task.choice_session"), "0");
    EXPECT_EQ(value("select count(*) from core.session_error"), "0");
    EXPECT_EQ(ingest(tree).unchanged, 1U);
}

TEST_F(HuntCaseLoad, C15TheSummaryOfAWheelInCentimetresIsInRadians) {
    NEEDS_CASES();
    ingest(tree_of("c15_wheel_in_cm"));
    EXPECT_EQ(value("select string_agg(round(total_rotation_rad::numeric, 2)::text, ',') from "
                    "task.wheel_recording"),
              "14.72,14.72");
}

class ContradictionTest : public HuntCaseLoad {};

TEST_F(ContradictionTest, AnOptionThatThePathContradictsIsRefusedWithBothNames) {
    NEEDS_CASES();
    const auto tree = tree_of("c11_row_vectors");
    options.lab = "otherlab";
    auto summary = ingest(tree);
    EXPECT_EQ(summary.added, 0U);
    ASSERT_EQ(summary.failures.size(), 1U);
    EXPECT_EQ(summary.failures[0].type, "Contradiction");
    EXPECT_THAT(summary.failures[0].message, HasSubstr("'labx'"));
    EXPECT_THAT(summary.failures[0].message, HasSubstr("'otherlab'"));
    options.lab = "labx";
    options.subject = "n12";
    EXPECT_THAT(ingest(tree).failures.at(0).message, HasSubstr("'n12'"));
    options.subject.clear();
    options.number = "1";
    EXPECT_EQ(ingest(tree).added, 1U);
}

TEST_F(ContradictionTest, SimulatedSessionsAreNeverTakenForRealOnes) {
    simulated::SimulateOptions simulate;
    simulate.out = top_ / "labs";
    simulate.labs = simulate.subjects = 1;
    simulate.sessions = 2;
    simulate.trials = 30;
    simulate.wheel = false;
    (void)simulated::simulate(simulate);
    options.is_source_asked = true;  // --source ibl
    auto summary = ingest(top_ / "labs");
    EXPECT_EQ(summary.added, 0U);
    ASSERT_EQ(summary.failures.size(), 2U);
    EXPECT_EQ(summary.failures[0].type, "SimulatedSession");
    options.is_source_asked = false;
    EXPECT_EQ(ingest(top_ / "labs").added, 2U);
    EXPECT_EQ(value("select string_agg(distinct source, ',') from core.session"), "simulated");
    // A copy of one session's folder alone says so, too.
    fs::create_directories(top_ / "copy/otherlab/Subjects/m/2020-01-02");
    fs::path one;
    for (const auto& entry : fs::recursive_directory_iterator(top_ / "labs"))
        if (entry.path().filename() == "alf") one = entry.path().parent_path();
    fs::copy(one, top_ / "copy/otherlab/Subjects/m/2020-01-02/001", fs::copy_options::recursive);
    EXPECT_EQ(ingest(top_ / "copy").added, 1U);
    EXPECT_EQ(value("select source from core.session where lab_name = 'otherlab'"), "simulated");
}

}  // namespace
}  // namespace tb::load
