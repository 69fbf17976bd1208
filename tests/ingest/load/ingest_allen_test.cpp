#include "ingest/load/ingest_allen.hpp"

#include "src/base/blake2b.hpp"
#include "src/base/uuid.hpp"
#include "tests/support/test_database.hpp"
#include "trialbase/simulated_marker.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tb::load {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::value_of;

constexpr const char* behavior_header =
    "behavior_session_id,ophys_session_id,ophys_container_id,mouse_id,full_genotype,driver_line,"
    "sex,"
    "age_in_days,project_code,session_type,session_number,date_of_acquisition,equipment_name,"
    "ophys_experiment_id,file_id,colour\n";
constexpr const char* behavior_rows =
    "10,100.0,\"[7]\",445002,Sst/wt;Ai148/wt,\"['Sst']\",M,100,VisualBehavior,OPHYS_4_images_B,4,"
    "2019-06-20 11:18:15.777000+00:00,MESO.1,\"[1000, 1001]\",-999,blue\n"
    "11,,[],445002,Sst/wt;Ai148/wt,\"['Sst']\",M,101,VisualBehavior,TRAINING_1_gratings,,"
    "2019-06-21 11:18:15+00:00,BEH.D-Box1,,-999,\n";
constexpr const char* experiment_header =
    "ophys_experiment_id,behavior_session_id,ophys_session_id,ophys_container_id,mouse_id,"
    "imaging_depth,targeted_structure,targeted_imaging_depth,passive,session_type,"
    "date_of_acquisition,image_set\n";
constexpr const char* experiment_rows =
    "1000,10,100,7,445002,175,VISp,174,False,OPHYS_4_images_B,2019-06-20 11:18:15.777000,B\n"
    "1001,10,100,7,445002,225,VISp,174,False,OPHYS_4_images_B,2019-06-20 11:18:15.777000,B\n";

class IngestAllen : public ::testing::Test {
  protected:
    IngestAllen() : session_(database_.session()) {
        auto name = (fs::temp_directory_path() / "allen_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        write("behavior_session_table.csv", std::string(behavior_header) + behavior_rows);
        write("ophys_experiment_table.csv", std::string(experiment_header) + experiment_rows);
        write(
            "ophys_cells_table.csv",
            "cell_roi_id,cell_specimen_id,ophys_experiment_id\n1,51.0,1000\n2,,1001\n3,51,4444\n");
    }
    ~IngestAllen() override { fs::remove_all(folder_); }
    void write(const fs::path& name, const std::string& text) const {
        fs::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name) << text;
    }
    AllenOutcome ingest(const AllenOptions& options = {}) {
        auto outcomes = ingest_allen(session_, {folder_}, options);
        EXPECT_THAT(outcomes, SizeIs(1));
        return outcomes.at(0);
    }
    std::string ask(const std::string& sql) { return value_of(session_, sql); }
    static std::string counts(const AllenOutcome& outcome) {
        std::string text;
        for (const auto& table : outcome.tables.tables)
            text += fmt::format("{} {}/{}/{}/{} ", table.table, table.added, table.changed,
                                table.unchanged, table.refused);
        return text;
    }

    testing::TestDatabase database_;
    db::Session session_;
    fs::path folder_;
};

TEST_F(IngestAllen, MakesSessionsThatTheTablesAloneKnow) {
    const auto outcome = ingest();
    EXPECT_THAT(outcome.failures, IsEmpty());
    EXPECT_EQ(outcome.tables.sessions, 2U);
    EXPECT_EQ(outcome.tables.new_sessions, 2U);
    EXPECT_EQ(counts(outcome),
              "behavior_session_table 2/0/0/0 ophys_cells_table 3/0/0/0 "
              "ophys_experiment_table 2/0/0/0 ");
    const auto key = source_uuid("allen", "10").to_string();
    EXPECT_EQ(ask("select session_id from core.session where task_protocol = 'OPHYS_4_images_B'"),
              key);
    // The digits are the lab's clock, whatever the label.
    EXPECT_EQ(ask("select start_time at time zone 'UTC' from core.session where session_id = '" +
                  key + "'"),
              "2019-06-20 18:18:15.777");
    EXPECT_EQ(ask("select session_date from core.session where session_id = '" + key + "'"),
              "2019-06-20");
    EXPECT_EQ(ask("select date_of_acquisition_text from task.behavior_session where "
                  "behavior_session_id = 10"),
              "2019-06-20 11:18:15.777000+00:00");
    EXPECT_EQ(ask("select string_agg(identifier, ' ' order by identifier) from core.session_alias "
                  "where session_id = '" +
                  key + "'"),
              "10 100 1000 1001");
    EXPECT_EQ(ask("select count(*) from task.change_session"), "0");
    EXPECT_EQ(ask("select has_trials from analysis.change_session where behavior_session_id = 10"),
              "f");
    EXPECT_EQ(
        ask("select sex || line_name || birth_date from core.subject where nickname = '445002'"),
        "MSst/wt;Ai148/wt2019-03-12");
    EXPECT_EQ(ask("select project_name from core.session_project limit 1"), "VisualBehavior");
    EXPECT_EQ(ask("select time_zone from core.lab where lab_name = 'allen'"),
              "America/Los_Angeles");
}

TEST_F(IngestAllen, KeepsListsNullsAndUnknownColumns) {
    (void)ingest();
    EXPECT_EQ(
        ask("select ophys_container_id from task.behavior_session where behavior_session_id = 10"),
        "{7}");
    EXPECT_EQ(
        ask("select ophys_container_id from task.behavior_session where behavior_session_id = 11"),
        "{}");
    EXPECT_EQ(
        ask("select ophys_experiment_id from task.behavior_session where behavior_session_id = 11"),
        "null");
    EXPECT_EQ(
        ask("select ophys_session_id from task.behavior_session where behavior_session_id = 10"),
        "100");
    EXPECT_EQ(
        ask("select extra ->> 'colour' from task.behavior_session where behavior_session_id = 10"),
        "blue");
    EXPECT_EQ(ask("select extra from task.behavior_session where behavior_session_id = 11"),
              "null");
    EXPECT_EQ(
        ask("select targeted_imaging_depth_um from imaging.container where ophys_container_id = 7"),
        "174");
    EXPECT_EQ(
        ask("select imaging_depth_um from imaging.experiment where ophys_experiment_id = 1001"),
        "225");
}

TEST_F(IngestAllen, KeepsCellsOfExperimentsThatNoTableHasAndSaysSo) {
    const auto outcome = ingest();
    EXPECT_EQ(outcome.tables.issues.at("UnknownExperiment"), 1U);
    EXPECT_THAT(outcome.tables.failures, IsEmpty());
    EXPECT_EQ(ask("select session_id from imaging.listed_cell where cell_roi_id = 3"), "null");
    EXPECT_EQ(ask("select cell_specimen_id from imaging.listed_cell where cell_roi_id = 2"),
              "null");
    EXPECT_THAT(
        ask("select message from core.session_error where error_type = 'UnknownExperiment'"),
        ::testing::AllOf(HasSubstr("4444"), HasSubstr("cell 3")));
    // The experiment comes later, in a table of its own: the cell finds its session.
    write("ophys_experiment_table.csv", std::string(experiment_header) + experiment_rows +
                                            "4444,10,100,7,445002,250,VISp,174,False,OPHYS_4_"
                                            "images_B,2019-06-20 11:18:15.777000,B\n");
    (void)ingest_allen(session_, {folder_ / "ophys_experiment_table.csv"}, {});
    EXPECT_EQ(ask("select session_id from imaging.listed_cell where cell_roi_id = 3"),
              source_uuid("allen", "10").to_string());
    EXPECT_EQ(ingest().tables.issues.count("UnknownExperiment"), 0U);
    EXPECT_EQ(ask("select count(*) from core.session_error where resolved_at is null"), "0");
}

TEST_F(IngestAllen, ChangesNothingTheSecondTime) {
    (void)ingest();
    const auto before = ask("select count(*) from core.session_alias");
    const auto again = ingest();
    EXPECT_EQ(counts(again),
              "behavior_session_table 0/0/2/0 ophys_cells_table 0/0/3/0 "
              "ophys_experiment_table 0/0/2/0 ");
    EXPECT_EQ(again.tables.new_sessions, 0U);
    EXPECT_EQ(ask("select count(*) from core.session_alias"), before);
    EXPECT_EQ(ask("select count(*) from task.behavior_session_change"), "0");
}

TEST_F(IngestAllen, WritesNothingInADryRun) {
    AllenOptions options;
    options.dry_run = true;
    const auto outcome = ingest(options);
    EXPECT_EQ(outcome.tables.new_sessions, 2U);
    EXPECT_EQ(ask("select count(*) from core.session"), "0");
    EXPECT_EQ(ask("select count(*) from core.lab"), "0");
    EXPECT_EQ(ask("select count(*) from core.session_error"), "0");
}

TEST_F(IngestAllen, ANewerReleaseUpdatesAndKeepsWhatWasSaidBefore) {
    (void)ingest();
    auto rows = std::string(behavior_rows);
    rows.replace(rows.find("TRAINING_1_gratings"), 19, "TRAINING_5_images_A_epilogue");
    write("behavior_session_table.csv", behavior_header + rows);
    const auto outcome = ingest();
    EXPECT_EQ(outcome.tables.tables.at(0).changed, 1U);
    EXPECT_EQ(ask("select task_protocol from core.session where session_id = '" +
                  source_uuid("allen", "11").to_string() + "'"),
              "TRAINING_5_images_A_epilogue");
    EXPECT_EQ(ask("select column_name || ': ' || old_value || ' -> ' || new_value from "
                  "task.behavior_session_change"),
              "session_type: TRAINING_1_gratings -> TRAINING_5_images_A_epilogue");
    EXPECT_EQ(ask("select count(*) from task.behavior_session_change"), "1");
}

TEST_F(IngestAllen, TheFilesWordStandsBeforeTheTables) {
    (void)ingest();
    const auto key = source_uuid("allen", "10").to_string();
    session_.exec(
        {"trials",
         "insert into task.change_session (session_id, origin, n_trials, is_passive, session_type) "
         "values ('" +
             key + "', 'nwb', 0, true, 'OPHYS_6_images_B')"});
    session_.exec(
        {"type", "update core.session set task_protocol = 'OPHYS_6_images_B' where session_id = '" +
                     key + "'"});
    const auto outcome = ingest();
    EXPECT_EQ(outcome.tables.issues.at("TableFileMismatch"), 1U);
    EXPECT_EQ(ask("select task_protocol from core.session where session_id = '" + key + "'"),
              "OPHYS_6_images_B");
    EXPECT_THAT(
        ask("select message from core.session_issue where issue_type = 'TableFileMismatch'"),
        ::testing::AllOf(HasSubstr("OPHYS_4_images_B"), HasSubstr("OPHYS_6_images_B")));
    EXPECT_EQ(ask("select concat_ws(' ', session_type, stage_number) from "
                  "analysis.change_session where behavior_session_id = 10"),
              "OPHYS_6_images_B 6");
}

TEST_F(IngestAllen, ABadRowCostsItselfAndIsForgottenWhenMended) {
    write("behavior_session_table.csv", std::string(behavior_header) + behavior_rows +
                                            "12,,,445002,,,M,x,VisualBehavior,TRAINING_1_gratings,,"
                                            "2019-06-22 11:18:15,BEH.D-Box1,,,\n");
    auto outcome = ingest();
    ASSERT_THAT(outcome.tables.failures, SizeIs(1));
    EXPECT_EQ(outcome.tables.failures[0].type, "TableCell");
    EXPECT_THAT(outcome.tables.failures[0].message,
                ::testing::AllOf(HasSubstr("behavior_session_table"), HasSubstr("line 4"),
                                 HasSubstr("age_in_days")));
    EXPECT_EQ(outcome.tables.tables.at(0).refused, 1U);
    EXPECT_EQ(ask("select count(*) from core.session"), "2");
    EXPECT_EQ(ask("select error_type from core.session_error where resolved_at is null and "
                  "identifier like 'behavior%'"),
              "TableCell");
    write("behavior_session_table.csv", std::string(behavior_header) + behavior_rows);
    (void)ingest();
    EXPECT_EQ(ask("select count(*) from core.session_error where resolved_at is null and "
                  "identifier like 'behavior%'"),
              "0");
}

TEST_F(IngestAllen, FlagsSessionsThatOverlapAndThoseThatOneTableLacks) {
    write("behavior_session_table.csv", std::string(behavior_header) + behavior_rows +
                                            "12,,,445002,,,M,101,VisualBehavior,TRAINING_1_"
                                            "gratings,,2019-06-21 11:20:15,BEH.D-Box2,,,\n");
    write("ophys_experiment_table.csv", std::string(experiment_header) + experiment_rows +
                                            "1002,99,990,8,445003,250,VISp,174,False,OPHYS_4_"
                                            "images_B,2019-06-20 11:18:15.777000,B\n");
    const auto outcome = ingest();
    EXPECT_EQ(outcome.tables.issues.at("OverlappingSessions"), 2U);
    EXPECT_EQ(outcome.tables.issues.at("UnknownSession"), 1U);
    EXPECT_EQ(outcome.tables.sessions, 4U);
    EXPECT_THAT(
        ask("select message from core.session_issue where issue_type = 'OverlappingSessions' and "
            "session_id = '" +
            source_uuid("allen", "11").to_string() + "'"),
        ::testing::AllOf(HasSubstr("12"), HasSubstr("120 s after"), HasSubstr("BEH.D-Box2")));
}

TEST_F(IngestAllen, RefusesAnExperimentThatMovesToAnotherSession) {
    (void)ingest();
    auto rows = std::string(experiment_rows);
    rows.replace(rows.find("1001,10"), 7, "1001,11");
    write("ophys_experiment_table.csv", experiment_header + rows);
    const auto outcome = ingest();
    ASSERT_THAT(outcome.tables.failures, SizeIs(1));
    EXPECT_EQ(outcome.tables.failures[0].type, "SessionMismatch");
    EXPECT_EQ(ask("select count(*) from imaging.experiment where session_id = '" +
                  source_uuid("allen", "10").to_string() + "'"),
              "2");
}

TEST_F(IngestAllen, SaysWhichSessionFilesLieBesideTheTables) {
    write("behavior_session_10.nwb", "not read");
    const auto files = ingest().session_files;
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].file, folder_ / "behavior_session_10.nwb");
}

TEST_F(IngestAllen, LeavesOutATableThatIsNotWhatTheManifestLists) {
    fs::remove(folder_ / "ophys_experiment_table.csv");
    fs::remove(folder_ / "ophys_cells_table.csv");
    const auto text = std::string(behavior_header) + behavior_rows;
    const auto manifest = [&](const std::string& hash) {
        std::string files;
        for (const auto* table :
             {"behavior_session_table", "ophys_session_table", "ophys_experiment_table"})
            files += fmt::format(
                R"({}"{}": {{"url": "https://b.s3.amazonaws.com/p/t/{}.csv", "version_id": "1", "file_hash": "{}"}})",
                files.empty() ? "" : ", ", table, table, hash);
        write(
            "p_project_manifest_v1.0.1.json",
            fmt::format(
                R"({{"project_name": "p", "manifest_version": "1.0.1", "metadata_file_id_column_name": "file_id",)"
                R"( "metadata_files": {{{}}}, "data_files": {{}}}})",
                files));
    };
    write("p-1.0.1/t/behavior_session_table.csv", text);
    manifest(std::string(128, 'a'));
    const auto wrong = ingest();
    ASSERT_THAT(wrong.failures, SizeIs(1));
    EXPECT_EQ(wrong.failures[0].type, "HashMismatch");
    EXPECT_EQ(ask("select count(*) from core.session"), "0");
    manifest(blake2b_hex(text));
    const auto right = ingest();
    EXPECT_EQ(right.release, "1.0.1");
    EXPECT_THAT(right.notes, SizeIs(2));  // the tables that are not there
    EXPECT_EQ(ask("select distinct release from task.behavior_session"), "1.0.1");
}

TEST_F(IngestAllen, KnowsSimulatedFoldersAndLostTables) {
    write(std::string(simulated_marker), "{}");
    write("ophys_session_table.csv", "ophys_session_id,mouse_id\n1,2\n");
    const auto outcome = ingest();
    EXPECT_EQ(ask("select distinct source from core.session"), "simulated");
    ASSERT_THAT(outcome.failures, SizeIs(1));
    EXPECT_EQ(outcome.failures[0].type, "MissingColumn");
    EXPECT_EQ(ask("select error_type from core.session_error where file_path like "
                  "'%ophys_session_table.csv'"),
              "MissingColumn");
    EXPECT_THROW((void)ingest_allen(session_, {folder_ / "absent"}, {}), Error);
}

// Real tables: spec/change_detection.md, 3 and 13.
TEST_F(IngestAllen, LeavesOutWhatAnotherLabHoldsAndWritesNothingOfIt) {
    AllenOptions asked;
    asked.lab = "other";
    asked.is_lab_asked = true;
    (void)ingest();
    for (const bool dry_run : {true, false}) {
        asked.dry_run = dry_run;
        const auto outcome = ingest(asked);
        EXPECT_EQ(counts(outcome),
                  "behavior_session_table 0/0/0/2 ophys_cells_table 0/0/3/0 "
                  "ophys_experiment_table 0/0/0/2 ");
        ASSERT_THAT(outcome.tables.failures, SizeIs(2));
        for (const auto& failure : outcome.tables.failures) {
            EXPECT_EQ(failure.type, "Contradiction");
            EXPECT_THAT(failure.message, HasSubstr("lab 'allen'"));
            EXPECT_THAT(failure.message, HasSubstr("--lab says 'other'"));
        }
    }
    EXPECT_EQ(ask("select string_agg(lab_name, ' ') from core.lab"), "allen");
    EXPECT_EQ(ask("select count(*) from core.subject"), "1");
    EXPECT_EQ(ask("select count(*) from core.session"), "2");
    // A new session of a mouse that is known belongs to the mouse's lab, too.
    write("behavior_session_table.csv",
          "behavior_session_id,mouse_id,session_type,date_of_acquisition\n"
          "12,445002,OPHYS_4_images_B,2019-06-22 11:18:15.777000+00:00\n");
    asked.dry_run = false;
    EXPECT_THAT(ingest(asked).tables.failures.at(0).message, HasSubstr("mouse 445002"));
    EXPECT_EQ(ask("select count(*) from core.session"), "2");
}

TEST_F(IngestAllen, LeavesSessionsInTheLabThatTheyAreHeldInWhereNoneIsNamed) {
    AllenOptions asked;
    asked.lab = "other";
    asked.is_lab_asked = true;
    (void)ingest(asked);
    EXPECT_EQ(counts(ingest()),
              "behavior_session_table 0/0/2/0 ophys_cells_table 0/0/3/0 "
              "ophys_experiment_table 0/0/2/0 ");
    EXPECT_EQ(ask("select string_agg(lab_name, ' ') from core.lab"), "other");
    EXPECT_EQ(ask("select count(*) from core.subject"), "1");
}

TEST_F(IngestAllen, LeavesOutRowsWhoseNumbersAnotherSourceHolds) {
    AllenOptions simulated;
    simulated.source = "simulated";
    (void)ingest(simulated);
    // One session that only the institute has.
    write("behavior_session_table.csv",
          std::string(behavior_header) + behavior_rows +
              "12,,[],445003,Sst/wt;Ai148/wt,\"['Sst']\",M,101,VisualBehavior,TRAINING_1_gratings,,"
              "2019-06-21 11:18:15+00:00,BEH.D-Box1,,-999,\n");
    for (const bool dry_run : {true, false}) {
        AllenOptions real;
        real.dry_run = dry_run;
        const auto outcome = ingest(real);
        // Cell 3 is of an experiment that no table has, and so of no source.
        EXPECT_EQ(counts(outcome),
                  "behavior_session_table 1/0/0/2 ophys_cells_table 0/0/1/2 "
                  "ophys_experiment_table 0/0/0/2 ");
        ASSERT_THAT(outcome.tables.failures, SizeIs(6));
        const auto& failure = outcome.tables.failures[0];
        EXPECT_EQ(failure.type, "OtherSource");
        EXPECT_EQ(failure.file, (folder_ / "behavior_session_table.csv").string());
        EXPECT_EQ(failure.message,
                  "behavior_session_table, line 2, column behavior_session_id: 10 is a number of "
                  "source simulated already, and cannot be one of source allen");
    }
    EXPECT_EQ(ask("select string_agg(source || ' ' || n, ', ' order by source) from (select "
                  "source, count(*) as n from core.session group by source) as s"),
              "allen 1, simulated 2");
}

TEST_F(IngestAllen, RefusesToTakeWhatSaysItIsSimulatedForReal) {
    AllenOptions asked;
    asked.source = "allen";
    const auto refusal = [&] {
        try {
            const auto outcome = ingest(asked);
            return outcome.failures.empty() ? "" : outcome.failures[0].type;
        } catch (const Error& error) {
            return error.type();
        }
    };
    write(std::string(simulated_marker), "{}");
    EXPECT_EQ(refusal(), "SimulatedSession");
    fs::remove(folder_ / simulated_marker);
    // A table that was copied out of such a folder says so itself.
    fs::remove(folder_ / "ophys_experiment_table.csv");
    fs::remove(folder_ / "ophys_cells_table.csv");
    write("behavior_session_table.csv",
          "behavior_session_id,mouse_id,session_type,date_of_acquisition,simulated_by\n"
          "10,445002,OPHYS_4_images_B,2019-06-20 11:18:15.777000+00:00,trialbase\n");
    EXPECT_EQ(refusal(), "SimulatedSession");
    EXPECT_EQ(ask("select count(*) from core.session"), "0");
    EXPECT_EQ(ask("select count(*) from core.subject"), "0");
    EXPECT_THAT(ingest().failures, IsEmpty());
    EXPECT_EQ(ask("select distinct source from core.session"), "simulated");
}

TEST_F(IngestAllen, TakesThePublishedTablesWhole) {
    const char* shared = std::getenv("TRIALBASE_SHARED");
    const auto real = fs::path(shared != nullptr ? shared : "../shared") / "data/allen_vbo";
    if (!fs::exists(real)) GTEST_SKIP() << real << " is not there";
    const auto outcome = ingest_allen(session_, {real}, {}).at(0);
    EXPECT_EQ(counts(outcome),
              "behavior_session_table 4787/0/0/0 ophys_experiment_table 1941/0/0/0 "
              "ophys_session_table 704/0/0/0 ");
    EXPECT_EQ(outcome.tables.subjects, 107U);
    EXPECT_EQ(outcome.tables.issues.at("OverlappingSessions"),
              8U);  // three pairs on two rigs, and 7 minutes apart on one
    EXPECT_EQ(ask("select count(*) from analysis.change_session where subject_nickname = '445002'"),
              "24");
    EXPECT_EQ(ask("select (min(session_date), max(session_date)) from analysis.change_session "
                  "where subject_nickname = '445002'"),
              "(2019-03-15,2019-04-22)");
    EXPECT_EQ(ask("select start_time at time zone 'UTC' from core.session join core.session_alias "
                  "using (session_id) "
                  "where identifier = '891635659'"),
              "2019-06-20 18:18:15.777");
    EXPECT_EQ(ask("select count(*) from imaging.container"), "326");
    EXPECT_EQ(ask("select count(distinct birth_date) > 50 from core.subject where birth_date is "
                  "not null"),
              "t");
    const auto again = ingest_allen(session_, {real}, {}).at(0);
    EXPECT_EQ(counts(again),
              "behavior_session_table 0/0/4787/0 ophys_experiment_table 0/0/1941/0 "
              "ophys_session_table 0/0/704/0 ");
}

// The tables' derived columns taken away, the rules give them back (spec/change_detection.md, 4).
TEST_F(IngestAllen, DerivesWhatThePublishedTablesTell) {
    const char* shared = std::getenv("TRIALBASE_SHARED");
    const auto real = fs::path(shared != nullptr ? shared : "../shared") / "data/allen_vbo";
    if (!fs::exists(real)) GTEST_SKIP() << real << " is not there";
    (void)ingest_allen(session_, {real / "behavior_session_table.csv"}, {});
    session_.exec(
        {"published", "create table task.published as select * from task.behavior_session"});
    session_.exec(
        {"strip",
         "update task.behavior_session set session_number = null, image_set = null, behavior_type "
         "= "
         "null, experience_level = null, prior_exposures_to_session_type = null, "
         "prior_exposures_to_image_set = null, prior_exposures_to_omissions = null, cre_line = "
         "null, reporter_line = null, indicator = null, age_in_days = null"});
    const auto n_same = [&](const std::string& column, const std::string& published) {
        return ask(fmt::format(
            "select count(*) from task.published as p join analysis.allen_behavior_session as d "
            "using (session_id) where d.{} is not distinct from p.{}",
            column, published));
    };
    for (const auto* column :
         {"session_number", "image_set", "behavior_type", "experience_level",
          "prior_exposures_to_session_type", "prior_exposures_to_image_set", "cre_line",
          "reporter_line", "indicator", "num_targeted_structures", "num_depths_per_area"})
        EXPECT_EQ(n_same(column, column), "4787") << column;
    // Whether a habituation had omissions is not published.
    EXPECT_EQ(n_same("prior_exposures_to_omissions", "prior_exposures_to_omissions"), "4638");
    EXPECT_EQ(ask("select count(*) from analysis.change_session where not 'cre_line' = any "
                  "(derived_columns)"),
              "0");
    session_.exec({"gone", "drop table task.published"});
}

TEST_F(IngestAllen, WhatATableDoesNotTellIsDerivedAndFollowsTheMousesSessions) {
    const std::string header =
        "behavior_session_id,mouse_id,full_genotype,session_type,image_set,date_of_acquisition\n";
    const std::string passive =
        "20,1,Vip/wt;Ai148(TIT2L-GC6f-ICL-tTA2)/wt,OPHYS_5_images_B_"
        "passive,,2019-06-22 11:00:00\n";
    fs::remove(folder_ / "ophys_experiment_table.csv");
    fs::remove(folder_ / "ophys_cells_table.csv");
    write("behavior_session_table.csv", header + passive);
    (void)ingest();
    const std::string facts =
        "select concat_ws(' ', stage_number, image_set, experience_level, "
        "prior_exposures_to_session_type, prior_exposures_to_image_set, "
        "prior_exposures_to_omissions, cre_line, reporter_line, indicator, is_passive) from "
        "analysis.change_session where behavior_session_id = 20";
    EXPECT_EQ(ask(facts), "5 images_B Novel 1 0 0 0 Vip Ai148(TIT2L-GC6f-ICL-tTA2) GCaMP6f t");
    EXPECT_THAT(ask("select derived_columns::text from analysis.change_session"),
                ::testing::AllOf(HasSubstr("stage_number"), HasSubstr("experience_level"),
                                 HasSubstr("prior_exposures_to_omissions"), HasSubstr("cre_line")));
    // An earlier session comes, whose own word on its images stands.
    write("behavior_session_table.csv", header + passive +
                                            "19,1,,OPHYS_4_images_B,images_X,2019-06-21 "
                                            "11:00:00\n18,1,,OPHYS_0_images_A_habituation,,2019-"
                                            "06-20 11:00:00\n");
    (void)ingest();
    EXPECT_EQ(ask(facts), "5 images_B Novel >1 0 1 1 Vip Ai148(TIT2L-GC6f-ICL-tTA2) GCaMP6f t");
    EXPECT_EQ(ask("select concat_ws(' ', image_set, 'image_set' = any (derived_columns), "
                  "experience_level) from analysis.change_session where behavior_session_id = 19"),
              "images_X f Novel 1");
    // What the table tells wins.
    write("behavior_session_table.csv",
          "behavior_session_id,mouse_id,full_genotype,session_type,cre_line,session_number,"
          "prior_exposures_to_image_set,experience_level,date_of_acquisition\n"
          "20,1,Vip/wt;Ai148(TIT2L-GC6f-ICL-tTA2)/wt,OPHYS_5_images_B_passive,Sst,6,9,Told,2019-"
          "06-22 11:00:00\n");
    (void)ingest();
    EXPECT_EQ(ask("select concat_ws(' ', stage_number, prior_exposures_to_image_set, "
                  "experience_level, cre_line) from analysis.change_session where "
                  "behavior_session_id = 20"),
              "6 9 Told Sst");
}

}  // namespace
}  // namespace tb::load
