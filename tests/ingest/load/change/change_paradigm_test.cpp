#include "ingest/load/change/change_paradigm.hpp"

#include "ingest/load/allen_sessions.hpp"
#include "ingest/load/ingest_allen.hpp"
#include "ingest/load/ingest_nwb.hpp"
#include "ingest/load/ingest_run.hpp"
#include "src/base/uuid.hpp"
#include "tests/generated/nwb_files.hpp"
#include "tests/support/test_database.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::load {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::value_of;

class ChangeIngest : public ::testing::Test {
  protected:
    ChangeIngest() : session_(database_.session()) {}
    void SetUp() override {
        if (const auto obstacle = testing::NwbFiles::obstacle(); !obstacle.empty())
            GTEST_SKIP() << obstacle;
    }

    RunOptions options() {
        RunOptions run;
        run.jobs = 2;
        run.store.root = files_.folder() / "store";
        run.store.durable = false;
        run.connect = [this] { return database_.session(); };
        return run;
    }
    IngestSummary ingest(const std::vector<fs::path>& files, bool is_source_asked = false,
                         bool dry_run = false) {
        std::vector<AllenSessionFile> all;
        for (const auto& file : files) all.push_back({file, "allen", {}, is_source_asked});
        AllenSessionOptions reading;
        reading.connect = [this] { return database_.session(); };
        reading.dry_run = dry_run;
        // The lab's clock, as the command makes sure of.
        session_.exec({"lab",
                       "insert into core.lab (lab_name, time_zone) values ('allen', "
                       "'America/Los_Angeles') on conflict do nothing"});
        const auto source = allen_session_source(std::move(all), reading);
        auto run = options();
        run.dry_run = dry_run;
        return ingest_sessions(*source, run);
    }
    fs::path make(const std::string& name, const std::string& options,
                  const std::string& change = {}) {
        return files_.make(name, "--trials 20 " + options, change);
    }
    std::string ask(const std::string& sql) { return value_of(session_, sql); }
    std::string counts() {
        return ask(
            "select format('%s sessions, %s trials, %s trial licks, %s licks, %s rewards, %s "
            "presentations', (select count(*) from task.change_session), (select count(*) from "
            "task.change_trial), (select count(*) from task.change_trial_lick), (select count(*) "
            "from task.lick), (select count(*) from task.reward), (select count(*) from "
            "task.stimulus_presentation))");
    }

    testing::NwbFiles files_;
    testing::TestDatabase database_;
    db::Session session_;
};

TEST_F(ChangeIngest, WritesEverythingOfASession) {
    const auto summary = ingest({make("behavior_session_900000001.nwb", "")});
    EXPECT_THAT(summary.failures, IsEmpty());
    EXPECT_EQ(summary.added, 1U);
    EXPECT_EQ(summary.trials, 20);
    const auto key = source_uuid("allen", "900000001").to_string();
    EXPECT_EQ(ask("select session_id from task.change_session"), key);
    EXPECT_EQ(ask("select n_trials from task.change_session"), "20");
    EXPECT_EQ(ask("select start_time at time zone 'UTC' from core.session"), "2019-09-26 23:00:00");
    EXPECT_EQ(ask("select behavior_file from task.change_session"),
              "behavior_session_900000001.nwb");
    EXPECT_EQ(ask("select image_set from task.change_session"), "images_A");
    EXPECT_EQ(ask("select response_window_end_s from task.change_session"), "0.75");
    EXPECT_EQ(ask("select sum(n_licks) = (select count(*) from task.change_trial_lick) from "
                  "task.change_trial"),
              "t");
    EXPECT_EQ(ask("select count(*) from task.change_trial where (response_latency_s is null) <> "
                  "(is_aborted or n_licks = 0)"),
              "0");
    EXPECT_EQ(ask("select sex || line_name || birth_date from core.subject"),
              "MSlc17a7-IRES2-Cre/wt;Camk2a-tTA/wt;Ai93(TITL-GCaMP6f)/wt2019-06-08");
    EXPECT_EQ(ask("select stimulus_name from task.stimulus_presentation where presentation = 1"),
              "spontaneous");
    EXPECT_EQ(ask("select count(*) from task.eye_ellipse"), "3");
    EXPECT_EQ(ask("select count(*) from task.eye_rig_geometry"), "5");
    EXPECT_EQ(
        ask("select n_images || 'x' || n_rows || 'x' || n_columns from task.stimulus_template"),
        "8x12x19");
    EXPECT_EQ(ask("select count(*) from task.stimulus_template_image"), "8");
    EXPECT_EQ(ask("select a.shape[1] = r.n_samples from task.running_recording as r join "
                  "store.array as a on a.array_id = r.speed_array_id"),
              "t");
}

TEST_F(ChangeIngest, LeavesUnchangedFilesAloneAndUpdatesChangedOnes) {
    const auto name = "behavior_session_900000001.nwb";
    const auto file = make(name, "");
    (void)ingest({file});
    const auto before = counts();
    const auto again = ingest({file});
    EXPECT_EQ(again.unchanged, 1U);
    EXPECT_EQ(counts(), before);
    (void)make(name, "--seed 9");
    const auto changed = ingest({file});
    EXPECT_EQ(changed.updated, 1U);
    EXPECT_THAT(changed.failures, IsEmpty());
    EXPECT_EQ(ask("select count(*) from task.change_session"), "1");
    EXPECT_EQ(ask("select count(*) from task.change_trial"), "20");
    // Every array that has a row is named by one.
    EXPECT_EQ(ask("select count(*) from store.array as a where not exists (select from "
                  "task.stimulus_template as t where a.array_id in (t.warped_array_id, "
                  "t.unwarped_array_id)) and a.file not in (select b.file from store.array as b "
                  "join task.change_session as c on c.frame_times_array_id = b.array_id)"),
              "0");
}

TEST_F(ChangeIngest, AddsPlanesOfSeveralFilesToOneSession) {
    const std::string common = "--ophys --rois 5 --trials 12 --behavior-session-id 77";
    const auto a = make("behavior_ophys_experiment_501.nwb", common + " --ophys-experiment-id 501");
    const auto b = make("behavior_ophys_experiment_502.nwb", common + " --ophys-experiment-id 502");
    const auto c = make("behavior_ophys_experiment_503.nwb", common + " --ophys-experiment-id 503");
    const auto summary = ingest({a, b, c});
    for (const auto& failure : summary.failures) ADD_FAILURE() << failure.message;
    EXPECT_EQ(ask("select count(*) from task.change_session"), "1");
    EXPECT_EQ(ask("select count(*) from task.change_trial"), "12");
    EXPECT_EQ(ask("select string_agg(plane::text, ' ' order by plane) from imaging.plane"),
              "501 502 503");
    EXPECT_EQ(ask("select count(*) from imaging.roi"), "15");
    EXPECT_EQ(ask("select count(*) from imaging.trace"), "15");
    EXPECT_EQ(ask("select count(*) from imaging.projection"), "9");
    EXPECT_EQ(
        ask("select count(distinct n_mask_pixels) || ' ' || min(n_mask_pixels) from imaging.roi"),
        "1 25");
    EXPECT_EQ(ask("select count(*) from store.dataset"), "3");
    EXPECT_EQ(ask("select count(*) from task.stimulus_template"), "1");
    const auto again = ingest({a, b, c});
    EXPECT_EQ(again.unchanged, 1U);  // one session, whatever its files
    EXPECT_EQ(ask("select count(*) from imaging.plane"), "3");
    // A changed file replaces its own plane.
    (void)make("behavior_ophys_experiment_502.nwb",
               "--ophys --rois 7 --trials 12 --behavior-session-id 77 --ophys-experiment-id 502");
    const auto changed = ingest({a, b, c});
    EXPECT_EQ(changed.updated, 1U);
    EXPECT_EQ(ask("select string_agg(n_rois::text, ' ' order by plane) from imaging.plane"),
              "5 7 5");
    EXPECT_EQ(ask("select count(*) from imaging.roi"), "17");
    EXPECT_EQ(ask("select count(*) from task.change_trial"), "12");
}

TEST_F(ChangeIngest, RefusesABrokenSessionAndLoadsTheOthers) {
    const auto good = make("good.nwb", "--behavior-session-id 1 --no-eye");
    const auto bad = make("bad.nwb", "--behavior-session-id 2 --no-eye",
                          "t = f['intervals/trials']\nt['hit'][3] = 1\nt['miss'][3] = 1");
    const auto cut = make("cut.nwb", "--behavior-session-id 3 --no-eye");
    fs::resize_file(cut, fs::file_size(cut) - 4096);
    std::ofstream(files_.folder() / "text.nwb") << "no HDF5 at all";
    const auto summary = ingest({good, bad, cut, files_.folder() / "text.nwb"});
    EXPECT_EQ(summary.added, 1U);
    std::vector<std::string> types;
    for (const auto& failure : summary.failures) types.push_back(failure.type);
    EXPECT_THAT(types, ::testing::UnorderedElementsAre("TrialClass", "TruncatedFile", "NotHdf5"));
    EXPECT_EQ(ask("select count(*) from task.change_session"), "1");
    EXPECT_EQ(ask("select count(*) from core.session_error where resolved_at is null"), "3");
    EXPECT_EQ(ask("select count(*) from core.session_alias where identifier = '2'"), "0");
}

TEST_F(ChangeIngest, KeepsOneIdentityWithTheTablesAndFlagsDisagreement) {
    const auto folder = files_.folder() / "cache";
    fs::create_directories(folder);
    std::ofstream(folder / "behavior_session_table.csv")
        << "behavior_session_id,mouse_id,session_type,date_of_acquisition\n"
           "900000001,400001,OPHYS_3_images_A,2019-09-26 16:00:00.000000+00:00\n";
    (void)ingest_allen(session_, {folder}, {});
    const auto summary = ingest({make("behavior_session_900000001.nwb", "")});
    EXPECT_EQ(summary.added, 1U);
    EXPECT_EQ(ask("select count(*) from core.session"), "1");
    EXPECT_EQ(ask("select message from core.session_issue where issue_type = 'TableFileMismatch'"),
              "the table says session type OPHYS_3_images_A, the session's file session type "
              "OPHYS_1_images_A; the file's word stands");
    EXPECT_EQ(ask("select task_protocol from core.session"), "OPHYS_1_images_A");
    EXPECT_EQ(ask("select count(*) from core.session_issue where message like '%start%'"), "0");
}

TEST_F(ChangeIngest, TheFileWinsForAllThatFollowsFromTheStage) {
    const auto folder = files_.folder() / "cache";
    fs::create_directories(folder);
    std::ofstream(folder / "behavior_session_table.csv")
        << "behavior_session_id,mouse_id,session_type,session_number,image_set,behavior_type,"
           "experience_level,prior_exposures_to_session_type,prior_exposures_to_image_set,"
           "prior_exposures_to_omissions,date_of_acquisition\n"
           "900000001,400001,OPHYS_0_images_A_habituation,0,images_A,active_behavior,Familiar,3,40,"
           "5,2019-09-26 16:00:00.000000+00:00\n"
           "900000002,400001,OPHYS_4_images_B,4,images_B,active_behavior,Novel 1,0,0,4,2019-09-25 "
           "16:00:00.000000+00:00\n";
    (void)ingest_allen(session_, {folder}, {});
    (void)ingest({make("behavior_session_900000001.nwb", "--session-type OPHYS_6_images_B")});
    EXPECT_EQ(
        ask("select string_agg(message, ' | ' order by message desc) from core.session_issue "
            "where issue_type = 'TableFileMismatch'"),
        "the table says session type OPHYS_0_images_A_habituation, the session's file session "
        "type OPHYS_6_images_B; the file's word stands | the table says image set images_A, "
        "the session's file image set images_B; the file's word stands");
    const std::string facts =
        "select concat_ws(' ', session_type, stage_number, image_set, experience_level, "
        "prior_exposures_to_session_type, prior_exposures_to_image_set, "
        "prior_exposures_to_omissions) from analysis.change_session where behavior_session_id = ";
    EXPECT_EQ(ask(facts + "900000001"), "OPHYS_6_images_B 6 images_B Novel >1 0 1 5");
    EXPECT_EQ(ask(facts + "900000002"), "OPHYS_4_images_B 4 images_B Novel 1 0 0 4");
    EXPECT_EQ(ask("select session_number || image_set from analysis.allen_behavior_session where "
                  "behavior_session_id = 900000001"),
              "6images_B");
}

TEST_F(ChangeIngest, AFileWithoutTheTablesTellsItsOwnFacts) {
    (void)ingest({make("behavior_ophys_experiment_910000001.nwb", "--ophys")});
    EXPECT_EQ(
        ask("select concat_ws(' ', behavior_session_id, ophys_session_id, stage_number, image_set, "
            "experience_level, age_in_days, cre_line, reporter_line, indicator, project_code, "
            "prior_exposures_to_omissions) from analysis.change_session"),
        "900000001 920000001 1 images_A Familiar 110 Slc17a7-IRES2-Cre Ai93(TITL-GCaMP6f) GCaMP6f "
        "VisualBehavior 0");
    EXPECT_EQ(ask("select derived_columns @> '{stage_number,cre_line}' and not derived_columns && "
                  "'{age_in_days,reporter_line,indicator,image_set}' from analysis.change_session"),
              "t");
    EXPECT_EQ(ask("select concat_ws(' ', ophys_experiment_id, behavior_session_id, "
                  "ophys_session_id, ophys_container_id, image_set, cre_line, project_code, "
                  "has_plane) from analysis.experiment"),
              "910000001 900000001 920000001 930000001 A Slc17a7-IRES2-Cre VisualBehavior t");
    EXPECT_EQ(ask("select concat_ws(' ', behavior_session_id, ophys_container_id, "
                  "ophys_experiment_id, mouse_id, sex) from analysis.allen_behavior_session"),
              "900000001 {930000001} {910000001} 400001 M");
    EXPECT_EQ(ask("select count(*) from analysis.allen_ophys_experiment where imaging_depth is not "
                  "null and not passive"),
              "1");
}

TEST_F(ChangeIngest, KeepsColumnsOfTrialsThatItDoesNotKnow) {
    (void)ingest({make("behavior_session_900000001.nwb", "",
                       "d = f.create_dataset('intervals/trials/photostim', "
                       "data=np.arange(len(f['intervals/trials/id'])) % 2 == 1)\n"
                       "d.attrs['neurodata_type'] = 'VectorData'\n"
                       "d.attrs['namespace'] = 'hdmf-common'\n"
                       "d.attrs['description'] = 'laser'\n"
                       "f['general/task_parameters'].attrs['volume_limit'] = 1.5\n")});
    EXPECT_EQ(ask("select count(*) filter (where (extra ->> 'photostim')::boolean) || ' of ' || "
                  "count(extra) from task.change_trial"),
              "10 of 20");
    EXPECT_THAT(ask("select message from core.session_issue where issue_type = 'NotUnderstood'"),
                HasSubstr("value /general/task_parameters/volume_limit"));
}

TEST_F(ChangeIngest, FlagsBothOfTwoOverlappingSessionsWhicheverComesLater) {
    const auto first = make("behavior_session_11.nwb", "--behavior-session-id 11 --no-eye");
    const auto second = make("behavior_session_12.nwb",
                             "--behavior-session-id 12 --no-eye --start 2019-09-26T16:05:00+00:00");
    const auto far = make("behavior_session_13.nwb",
                          "--behavior-session-id 13 --no-eye --start 2019-09-26T18:05:00+00:00");
    const std::string flags =
        "select string_agg(a.identifier || ': ' || i.message, ' | ' order by a.identifier) from "
        "core.session_issue as i join core.session_alias as a using (session_id) where "
        "i.issue_type "
        "= 'OverlappingSessions' and a.identifier in ('11', '12', '13')";
    (void)ingest({first, far});
    EXPECT_EQ(ask(flags), "null");
    (void)ingest({second});
    EXPECT_EQ(ask(flags),
              "11: the mouse has another session, 12, on CAM2P.3 300 s after this one on CAM2P.3 | "
              "12: the mouse has another session, 11, on CAM2P.3 300 s before this one on CAM2P.3");
    // Two that were loaded at the same time did not see each other.
    session_.exec({"unseen", "delete from core.session_issue"});
    flag_overlapping_sessions(session_);
    EXPECT_EQ(ask("select count(*) from core.session_issue where issue_type = "
                  "'OverlappingSessions'"),
              "2");
    // A corrected start takes both flags away.
    (void)make("behavior_session_12.nwb",
               "--behavior-session-id 12 --no-eye --start 2019-09-27T16:05:00+00:00");
    (void)ingest({second});
    EXPECT_EQ(ask(flags), "null");
}

TEST_F(ChangeIngest, FlagsAMouseThatTheTableCallsOtherwise) {
    const auto folder = files_.folder() / "cache";
    fs::create_directories(folder);
    std::ofstream(folder / "behavior_session_table.csv")
        << "behavior_session_id,mouse_id,session_type,date_of_acquisition\n"
           "900000001,400777,OPHYS_1_images_A,2019-09-26 16:00:00.000000+00:00\n";
    (void)ingest_allen(session_, {folder}, {});
    EXPECT_EQ(ingest({make("behavior_session_900000001.nwb", "")}).added, 1U);
    EXPECT_EQ(ask("select message from core.session_issue where issue_type = 'OtherSubject'"),
              "the files name subject 400001, the session is one of subject 400777; the session's "
              "stays");
    EXPECT_EQ(ask("select nickname from core.subject join core.session using (subject_id)"),
              "400777");
}

TEST_F(ChangeIngest, LeavesOutAPartThatCannotBeReadAndSaysSo) {
    const auto summary = ingest({make("s.nwb", "--ophys --rois 3",
                                      "del f['processing/running']\n"
                                      "d = f['processing/ophys/demixed_trace/traces']\n"
                                      "x = d['data'][:-2]\ndel d['data']\nd['data'] = x")});
    EXPECT_EQ(summary.added, 1U);
    EXPECT_THAT(summary.failures, SizeIs(2));
    EXPECT_EQ(ask("select count(*) from task.running_recording"), "0");
    EXPECT_EQ(ask("select string_agg(kind, ' ' order by kind) from imaging.trace"),
              "corrected_fluorescence dff events neuropil");
    EXPECT_EQ(ask("select string_agg(error_type, ' ' order by error_type) from core.session_error "
                  "where resolved_at is null"),
              "ColumnLength MissingDataset");
}

TEST_F(ChangeIngest, GenericFilesBecomeTablesRowsAndSeries) {
    const auto file = make("any.nwb", "--no-eye",
                           "del f['general/metadata']\n"
                           "f['general/subject/sex'][()] = 'F'");
    const auto source = nwb_source({file}, {});
    const auto summary = ingest_sessions(*source, options());
    for (const auto& failure : summary.failures) ADD_FAILURE() << failure.message;
    EXPECT_EQ(summary.added, 1U);
    EXPECT_EQ(summary.trials, 20);
    EXPECT_EQ(
        ask("select split_part(identifier, ' ', 1) from core.session_alias where source = 'nwb'"),
        "900000001");
    EXPECT_EQ(ask("select metadata ->> 'identifier' from task.nwb_file"), "900000001");
    EXPECT_EQ(ask("select sex from core.subject"), "F");
    EXPECT_EQ(ask("select count(*) from task.nwb_row where table_path = '/intervals/trials'"),
              "20");
    EXPECT_EQ(ask("select jsonb_typeof(\"values\" -> 'lick_times') from task.nwb_row where "
                  "table_path = '/intervals/trials' limit 1"),
              "array");
    EXPECT_EQ(
        ask("select unit from task.nwb_series where series_path = '/processing/running/speed'"),
        "cm/s");
    EXPECT_EQ(ask("select count(*) from task.nwb_series where data_array_id is null"), "0");
    const auto again = nwb_source({file}, {});
    EXPECT_EQ(ingest_sessions(*again, options()).unchanged, 1U);
}

// Templates' identifiers stay in many files ("ADDME"): none takes another's place.
TEST_F(ChangeIngest, FilesOfOneIdentifierAreSessionsByTheirStartAndMouse) {
    const std::string generic = "del f['general/metadata']\n";
    const auto first = make("first.nwb", "--no-eye", generic);
    const auto later = make("later.nwb", "--no-eye",
                            generic + "f['session_start_time'][()] = '2024-03-05T10:00:00+01:00'");
    const auto mouse =
        make("mouse.nwb", "--no-eye", generic + "f['general/subject/subject_id'][()] = 'another'");
    const auto source = nwb_source({first, later, mouse}, {});
    EXPECT_EQ(ingest_sessions(*source, options()).added, 3U);
    EXPECT_EQ(ask("select string_agg(file_name, ' ' order by file_name) from task.nwb_file"),
              "first.nwb later.nwb mouse.nwb");
    const auto again = nwb_source({mouse, later, first}, {});
    EXPECT_EQ(ingest_sessions(*again, options()).unchanged, 3U);
}

TEST_F(ChangeIngest, AFileOfASessionThatAnotherLabHoldsIsRefused) {
    const auto file = make("behavior_session_900000001.nwb", "--no-eye");
    EXPECT_THAT(ingest({file}).failures, IsEmpty());
    AllenSessionOptions reading;
    reading.lab = "other";
    reading.is_lab_asked = true;
    reading.connect = [this] { return database_.session(); };
    const auto source = allen_session_source({{file, "allen", {}, false}}, reading);
    const auto refused = ingest_sessions(*source, options());
    ASSERT_THAT(refused.failures, SizeIs(1));
    EXPECT_EQ(refused.failures[0].type, "Contradiction");
    EXPECT_THAT(refused.failures[0].message, HasSubstr("is one of lab 'allen'"));
    EXPECT_EQ(ask("select count(*) from core.lab"), "1");
    EXPECT_EQ(ask("select count(*) from core.subject"), "1");
    const auto open = "select count(*) from core.session_error where resolved_at is null";
    EXPECT_EQ(ask(open), "1");
    EXPECT_EQ(ingest({file}).unchanged, 1U);
    EXPECT_EQ(ask(open), "0");
}

TEST_F(ChangeIngest, AFileOfAnyOriginStaysInItsLab) {
    const auto file =
        make("any.nwb", "--no-eye",
             "del f['general/metadata']\nif 'general/lab' in f: del f['general/lab']\n");
    const auto load = [&](const std::string& lab) {
        NwbOptions reading;
        reading.lab = lab;
        reading.connect = [this] { return database_.session(); };
        return ingest_sessions(*nwb_source({file}, reading), options());
    };
    EXPECT_EQ(load("aa").added, 1U);
    const auto refused = load("bb");
    ASSERT_THAT(refused.failures, SizeIs(1));
    EXPECT_EQ(refused.failures[0].type, "Contradiction");
    EXPECT_THAT(refused.failures[0].message, HasSubstr("'aa', the option --lab says 'bb'"));
    EXPECT_EQ(load("aa").unchanged, 1U);
    // What has changed is loaded into the lab that holds it, where none is named.
    (void)make("any.nwb", "--no-eye --seed 9",
               "del f['general/metadata']\nif 'general/lab' in f: del f['general/lab']\n");
    EXPECT_EQ(load("").updated, 1U);
    EXPECT_EQ(ask("select string_agg(lab_name, ' ') from core.lab"), "aa");
    EXPECT_EQ(ask("select count(*) from core.subject"), "1");
}

TEST_F(ChangeIngest, AFileWhoseExperimentIsAnothersByTheTablesIsRefused) {
    const auto folder = files_.folder() / "cache";
    fs::create_directories(folder);
    std::ofstream(folder / "ophys_experiment_table.csv")
        << "ophys_experiment_id,behavior_session_id,ophys_session_id,mouse_id,session_type,"
           "date_of_acquisition\n910000001,900000002,920000001,400001,OPHYS_1_images_A,"
           "2019-09-26 16:00:00\n";
    (void)ingest_allen(session_, {folder}, {});
    const auto wrong = make("behavior_ophys_experiment_910000001.nwb", "--ophys --rois 2");
    for (const bool dry_run : {true, false}) {
        const auto refused = ingest({wrong}, false, dry_run);
        ASSERT_THAT(refused.failures, SizeIs(1));
        EXPECT_EQ(refused.failures[0].type, "SessionMismatch");
        EXPECT_THAT(refused.failures[0].message,
                    HasSubstr("says behaviour session 900000001; by ophys_experiment_table its "
                              "910000001 belongs to behaviour session 900000002"));
    }
    EXPECT_EQ(ask("select count(*) from task.change_session"), "0");
    const auto right = make("behavior_ophys_experiment_910000001.nwb",
                            "--ophys --rois 2 --behavior-session-id 900000002");
    EXPECT_THAT(ingest({right}).failures, IsEmpty());
    EXPECT_EQ(ask("select count(*) from imaging.plane"), "1");
}

TEST_F(ChangeIngest, TwoSessionsOfOneUuidAreNotOne) {
    const auto first = make("behavior_session_900000001.nwb", "--no-eye");
    const auto second =
        make("behavior_session_900000002.nwb", "--no-eye --behavior-session-id 900000002",
             "f['general/metadata'].attrs['behavior_session_uuid'] = "
             "'00000000-0000-0000-0000-000035a4e901'\n");
    EXPECT_THAT(ingest({first}).failures, IsEmpty());
    const auto refused = ingest({second});
    ASSERT_THAT(refused.failures, SizeIs(1));
    EXPECT_EQ(refused.failures[0].type, "SessionMismatch");
    EXPECT_THAT(refused.failures[0].message,
                HasSubstr("says behaviour session 900000002; by the file "
                          "behavior_session_900000001.nwb its "
                          "00000000-0000-0000-0000-000035a4e901 belongs to behaviour session "
                          "900000001"));
    EXPECT_EQ(ask("select string_agg(identifier, ' ' order by identifier) from "
                  "core.session_alias"),
              "00000000-0000-0000-0000-000035a4e901 900000001");
}

TEST_F(ChangeIngest, NorAreTwoThatComeTogether) {
    const auto first = make("behavior_session_900000001.nwb", "--no-eye");
    const auto second =
        make("behavior_session_900000002.nwb", "--no-eye --behavior-session-id 900000002",
             "f['general/metadata'].attrs['behavior_session_uuid'] = "
             "'00000000-0000-0000-0000-000035a4e901'\n");
    for (const bool dry_run : {true, false}) {
        const auto summary = ingest({first, second}, false, dry_run);
        EXPECT_EQ(summary.added, 1U);
        ASSERT_THAT(summary.failures, SizeIs(1));
        EXPECT_EQ(summary.failures[0].type, "SessionMismatch");
    }
}

TEST_F(ChangeIngest, OneFileFromTwoSourcesIsRemarkedUponForBoth) {
    const auto file = make("behavior_session_900000001.nwb", "--no-eye");
    EXPECT_FALSE(ingest({file}).issues.contains("SameFiles"));
    const auto source = allen_session_source({{file, "simulated", {}, true}}, {});
    EXPECT_EQ(ingest_sessions(*source, options()).issues.at("SameFiles"), 2U);
    EXPECT_EQ(ask("select string_agg(source, ' ' order by source) from core.session_issue join "
                  "core.session using (session_id) where issue_type = 'SameFiles'"),
              "allen simulated");
    // Once they differ, neither is a twin any more.
    (void)make("behavior_session_900000001.nwb", "--no-eye --seed 9");
    EXPECT_EQ(ingest({file}).updated, 1U);
    EXPECT_EQ(ask("select count(*) from core.session_issue where issue_type = 'SameFiles'"), "0");
}

TEST_F(ChangeIngest, LeavesJsonThatIsNoLogAloneWhereAFolderIsNamed) {
    const auto folder = files_.folder() / "loose";
    fs::create_directories(folder / "below");
    std::ofstream(folder / "log.json") << R"({"rig_id": 1, "items": {"behavior": {"x": 1}}})";
    std::ofstream(folder / "cut.json") << R"({"rig_id": 1, "it)";
    std::ofstream(folder / "below/session_facts.json") << R"({"items": [{"behavior": 1}], "n": 2})";
    std::ofstream(folder / "list.json") << R"([{"items": {"behavior": 1}}, null])";
    const auto outcome = ingest_allen(session_, {folder}, {}).at(0);
    std::vector<std::string> names;
    for (const auto& one : outcome.session_files) names.push_back(one.file.filename().string());
    EXPECT_THAT(names, ::testing::ElementsAre("cut.json", "log.json"));
    ASSERT_THAT(outcome.notes, SizeIs(2));
    EXPECT_THAT(outcome.notes[0], HasSubstr("session_facts.json is no behaviour log"));
    // Named by itself it is what it is named for.
    const auto named = ingest_allen(session_, {folder / "list.json"}, {}).at(0);
    EXPECT_THAT(named.session_files, SizeIs(1));
    EXPECT_THAT(named.notes, IsEmpty());
}

// As the simulator writes it, and far from the folder that says so, too.
constexpr const char* simulated_mark =
    "f['general/experiment_description'][()] = \"SIMULATED_BY trialbase: nobody's data\"\n";

TEST_F(ChangeIngest, AFileThatSaysItIsSimulatedEntersAsNothingElse) {
    const auto file = make("behavior_session_900000001.nwb", "--no-eye", simulated_mark);
    const auto refused = ingest({file}, true);
    ASSERT_THAT(refused.failures, SizeIs(1));
    EXPECT_EQ(refused.failures[0].type, "SimulatedSession");
    EXPECT_EQ(ask("select count(*) from core.subject"), "0");
    EXPECT_THAT(ingest({file}).failures, IsEmpty());
    EXPECT_EQ(ask("select string_agg(distinct source, ' ') from (select source from core.session "
                  "union all select source from core.session_alias) as s"),
              "simulated");
    EXPECT_EQ(ask("select count(*) from core.session_error where resolved_at is null"), "0");
}

TEST_F(ChangeIngest, SoDoesOneOfAnyOrigin) {
    const auto file =
        make("any.nwb", "--no-eye", std::string("del f['general/metadata']\n") + simulated_mark);
    NwbOptions reading;
    reading.source = "dandi";
    reading.is_source_asked = true;
    const auto refused = ingest_sessions(*nwb_source({file}, reading), options());
    ASSERT_THAT(refused.failures, SizeIs(1));
    EXPECT_EQ(refused.failures[0].type, "SimulatedSession");
    EXPECT_EQ(ingest_sessions(*nwb_source({file}, {}), options()).added, 1U);
    EXPECT_EQ(ask("select source from core.session"), "simulated");
}

TEST_F(ChangeIngest, SendsAllenFilesToTheirOwnCommand) {
    const auto source = nwb_source({make("any.nwb", "--no-eye")}, {});
    const auto summary = ingest_sessions(*source, options());
    ASSERT_THAT(summary.failures, SizeIs(1));
    EXPECT_EQ(summary.failures[0].type, "OtherSource");
    EXPECT_THAT(summary.failures[0].hint, HasSubstr("trialbase ingest allen"));
}

}  // namespace
}  // namespace tb::load
