#include "ingest/load/session_loader.hpp"

#include "ingest/load/choice/choice_paradigm.hpp"
#include "src/base/uuid.hpp"
#include "tests/support/test_database.hpp"
#include "trialbase/choice_session.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::load {
namespace {

using ::testing::HasSubstr;
using testing::TestDatabase;
using testing::value_of;

/// Four trials, of which the third has no end; files with made-up hashes.
ChoiceSession example(const std::string& number = "001", const std::string& subject = "KS014") {
    ChoiceSession session;
    session.lab = "cortexlab";
    session.subject = subject;
    session.date = "2020-03-04";
    session.number = number;
    session.origin = "/data/cortexlab/Subjects/KS014/2020-03-04/001";
    session.start_time = "2020-03-04T10:00:00.5";
    session.task_protocol = "_iblrig_tasks_trainingChoiceWorld6.4.2";
    session.rig_version = "6.4.2";
    session.users = {"kai"};
    session.session_delay_s = 12;
    auto& trials = session.trials;
    trials.count = 4;
    trials.start_s = {1, 10, 20, 30};
    trials.end_s = {9, 19, NAN, 39};
    trials.stim_on_s = {1.5, NAN, 20.5, 30.5};
    trials.contrast_left = {1, NAN, NAN, 0};
    trials.contrast_right = {NAN, 0.25, 0.25, NAN};
    trials.signed_contrast = {-1, 0.25, 0.25, 0};
    trials.probability_left = {0.5, 0.5, 0.5, 0.5};
    trials.choice = {1, 1, 0, -1};
    trials.feedback_type = {1, -1, -1, 1};
    trials.rep_num = {0, 0, 1, 2};
    trials.included = {1, 0, 1, NAN};
    trials.go_cue_s = {NAN, NAN, NAN, NAN};
    session.wheel = WheelSummary{};
    session.wheel->samples = 100;
    session.wheel->last_s = 50;
    session.wheel->sampling_hz = 100;
    session.wheel->last_position = -3;
    session.wheel->travelled = 8;
    session.wheel_moves = WheelMoves{{1, 5, 7}, {2, 4, 8}, {0.5, 0.1, -0.5}};
    session.lick_s = {1.25, 2.5};
    session.weighings = {{"2020-03-04T10:00:00", 22.5}};
    session.files = {
        {"alf/_ibl_trials.choice.npy", "alf", "", "_ibl_trials.choice.npy", "trials.choice", "npy",
         160, std::string(64, 'a'), "", "", true},
        {"alf/_ibl_trials.intervals.npy", "alf", "", "_ibl_trials.intervals.npy",
         "trials.intervals", "npy", 192, std::string(64, 'b'), "", "", true},
        {"raw_video_data/_iblrig_leftCamera.raw.mp4", "raw_video_data", "",
         "_iblrig_leftCamera.raw.mp4", "leftCamera.raw", "mp4", 5'000'000'000, "", "", "", false}};
    session.issues = {{"MissingDataset", "trials.rewardVolume", "the session has no such dataset"}};
    return session;
}

class SessionLoaderTest : public ::testing::Test {
  protected:
    std::string value(const std::string& sql) { return value_of(session, sql); }
    Error load_error(const ChoiceSession& one) {
        try {
            loader.load(one);
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "it was loaded";
        return {ErrorKind::internal, "it was loaded"};
    }
    /// Transaction ids of all rows of the tables that loading writes: equal when no row was
    /// touched.
    std::string touched() {
        return value(R"(select string_agg(x::text, ',' order by x) from (
            select xmin::text || tableoid::text || ctid::text as x from core.lab union all
            select xmin::text || tableoid::text || ctid::text from core.subject union all
            select xmin::text || tableoid::text || ctid::text from core.subject_alias union all
            select xmin::text || tableoid::text || ctid::text from core.session union all
            select xmin::text || tableoid::text || ctid::text from core.session_alias union all
            select xmin::text || tableoid::text || ctid::text from core.session_issue union all
            select xmin::text || tableoid::text || ctid::text from core.session_error union all
            select xmin::text || tableoid::text || ctid::text from core.weighing union all
            select xmin::text || tableoid::text || ctid::text from store.dataset union all
            select xmin::text || tableoid::text || ctid::text from task.choice_session union all
            select xmin::text || tableoid::text || ctid::text from task.choice_trial union all
            select xmin::text || tableoid::text || ctid::text from task.wheel_recording union all
            select xmin::text || tableoid::text || ctid::text from task.wheel_move union all
            select xmin::text || tableoid::text || ctid::text from task.lick) as t)");
    }

    TestDatabase db;
    db::Session session = db.session();
    SessionLoader loader{choice_paradigm(), db.session()};
};

TEST_F(SessionLoaderTest, WritesASessionWithAllThatBelongsToIt) {
    const auto result = loader.load(example());
    EXPECT_EQ(result.outcome, Outcome::added);
    EXPECT_EQ(result.trials, 3);
    EXPECT_EQ(result.session_id, source_uuid("ibl", "cortexlab/KS014/2020-03-04/001").to_string());
    EXPECT_EQ(value("select session_id from core.session_alias where source = 'ibl' and identifier "
                    "= 'cortexlab/KS014/2020-03-04/001'"),
              result.session_id);
    EXPECT_EQ(value("select lab_name || ' ' || nickname from core.subject"), "cortexlab KS014");
    EXPECT_EQ(value("select subject_id from core.session"),
              source_uuid("ibl", "cortexlab/KS014").to_string());
    EXPECT_EQ(value("select session_date::text || ' ' || session_number || ' ' || start_time || ' "
                    "' || start_delay_s from core.session"),
              "2020-03-04 1 2020-03-04 10:00:00.5+00 12");
    EXPECT_EQ(value("select details ->> 'rig_version' from core.session"), "6.4.2");
    EXPECT_EQ(value("select user_name from core.session_member"), "kai");
    // Trial 3 has no end: its number stays free.
    EXPECT_EQ(value("select string_agg(trial::text, ',' order by trial) from task.choice_trial"),
              "1,2,4");
    EXPECT_EQ(value("select signed_contrast from task.choice_trial where trial = 1"), "-1");
    EXPECT_EQ(value("select stim_on_s from task.choice_trial where trial = 2"), "null");
    EXPECT_EQ(value("select is_included from task.choice_trial where trial = 2"), "f");
    EXPECT_EQ(value("select is_included from task.choice_trial where trial = 4"), "null");
    EXPECT_EQ(value("select rep_num from task.choice_trial where trial = 4"), "2");
    // By hand: trial 1 (left, reported left) is correct; 2 is not; 4 has no contrast.
    EXPECT_EQ(value("select n_trials || ' ' || n_correct || ' ' || trials_start_s || ' ' || "
                    "trials_end_s from task.choice_session"),
              "4 1 1 39");
    EXPECT_EQ(value("select stim_on_status || ' ' || go_cue_status || ' ' || rep_num_status || ' ' "
                    "|| reward_volume_status from task.choice_session"),
              "partial missing complete missing");
    EXPECT_EQ(value("select net_rotation_rad || ' ' || total_rotation_rad || ' ' || has_velocity "
                    "from task.wheel_recording"),
              "-3 8 false");
    EXPECT_EQ(
        value("select string_agg(move || ':' || onset_s, ',' order by move) from task.wheel_move"),
        "1:1,3:7");
    EXPECT_EQ(value("select string_agg(lick || ':' || time_s, ',' order by lick) from task.lick"),
              "1:1.25,2:2.5");
    EXPECT_EQ(value("select weight_g from core.weighing"), "22.5");
    EXPECT_EQ(value("select count(*) from store.dataset"), "3");
    EXPECT_EQ(value("select dataset_type_name || ' ' || format_name from store.dataset where "
                    "dataset_name = '_ibl_trials.choice.npy'"),
              "trials.choice npy");
    EXPECT_EQ(value("select size_bytes from store.dataset where sha256 is null"), "5000000000");
    EXPECT_EQ(
        value("select string_agg(issue_type, ',' order by issue_type) from core.session_issue"),
        "IncompleteTrials,MissingDataset,OutOfRange");
}

TEST_F(SessionLoaderTest, TheSameFilesAgainTouchNoRow) {
    loader.load(example());
    const auto before = touched();
    const auto again = loader.load(example());
    EXPECT_EQ(again.outcome, Outcome::unchanged);
    EXPECT_EQ(again.trials, 0);
    EXPECT_EQ(touched(), before);
    // A file that is no longer found changes nothing either.
    auto fewer = example();
    fewer.files.pop_back();
    EXPECT_EQ(loader.load(fewer).outcome, Outcome::unchanged);
    EXPECT_EQ(touched(), before);
}

TEST_F(SessionLoaderTest, AChangedFileUpdatesItsSessionInPlace) {
    loader.load(example());
    loader.load(example("002"));
    const auto id = source_uuid("ibl", "cortexlab/KS014/2020-03-04/001").to_string();
    const auto session_row =
        value("select xmin || ' ' || ctid from core.session where session_id = '" + id + "'");
    const auto other = value(
        "select string_agg(xmin::text || ctid, ',' order by trial) from task.choice_trial where "
        "session_id <> '" +
        id + "'");
    auto changed = example();
    changed.files[0].sha256 = std::string(64, 'c');
    changed.trials.choice = {1, -1, 0, -1};
    changed.trials.end_s[2] = 29;
    changed.lick_s = {};
    changed.wheel.reset();
    changed.issues.clear();
    changed.start_time.reset();  // what the files no longer tell stays
    const auto result = loader.load(changed);
    EXPECT_EQ(result.outcome, Outcome::updated);
    EXPECT_EQ(result.session_id, id);
    EXPECT_EQ(result.trials, 4);
    const auto of_it = " where session_id = '" + id + "'";
    EXPECT_EQ(
        value("select string_agg(choice::text, ',' order by trial) from task.choice_trial" + of_it),
        "1,-1,0,-1");
    EXPECT_EQ(value("select n_correct from task.choice_session" + of_it), "2");
    EXPECT_EQ(value("select count(*) from task.lick" + of_it), "0");
    EXPECT_EQ(value("select count(*) from task.wheel_recording" + of_it), "0");
    EXPECT_EQ(value("select string_agg(issue_type, ',') from core.session_issue" + of_it),
              "OutOfRange");
    EXPECT_EQ(value("select sha256 from store.dataset" + of_it +
                    " and dataset_name = '_ibl_trials.choice.npy'"),
              std::string(64, 'c'));
    EXPECT_EQ(value("select xmin || ' ' || ctid from core.session" + of_it), session_row);
    EXPECT_EQ(value("select string_agg(xmin::text || ctid, ',' order by trial) from "
                    "task.choice_trial where session_id <> '" +
                    id + "'"),
              other);
    EXPECT_EQ(loader.load(changed).outcome, Outcome::unchanged);
}

TEST_F(SessionLoaderTest, AChangedFileWithoutValuesLeavesTheTrialsAlone) {
    loader.load(example());
    const auto trials =
        value("select string_agg(xmin::text || ctid, ',' order by trial) from task.choice_trial");
    auto changed = example();
    changed.files[2].size_bytes += 1;
    changed.files.push_back(
        {"notes.txt", "", "", "notes.txt", "", "txt", 5, std::string(64, 'd'), "", "", false});
    const auto result = loader.load(changed);
    EXPECT_EQ(result.outcome, Outcome::updated);
    EXPECT_EQ(result.trials, 0);
    EXPECT_EQ(
        value("select string_agg(xmin::text || ctid, ',' order by trial) from task.choice_trial"),
        trials);
    EXPECT_EQ(value("select count(*) from store.dataset"), "4");
    EXPECT_EQ(value("select size_bytes from store.dataset where sha256 is null"), "5000000001");
}

TEST_F(SessionLoaderTest, ARefusedSessionLeavesNothingBehind) {
    auto bad = example();
    bad.trials.contrast_left[0] = 35;  // percent instead of a fraction
    const auto error = load_error(bad);
    EXPECT_EQ(error.constraint, "fraction_check");
    EXPECT_EQ(failure_of(error, "ibl", "x", "", "").type, "ConstraintViolation");
    for (const auto* table : {"core.lab", "core.subject", "core.session", "core.session_alias",
                              "core.session_issue", "core.weighing", "core.member", "store.dataset",
                              "task.choice_session", "task.choice_trial", "task.lick"}) {
        EXPECT_EQ(value(std::string("select count(*) from ") + table), "0") << table;
    }
    // A value that COPY itself refuses: half a trial's choice.
    auto half = example();
    half.trials.choice[1] = 0.5;
    EXPECT_EQ(load_error(half).kind(), ErrorKind::data);
    EXPECT_THAT(load_error(half).what(), HasSubstr("column 'choice'"));
    EXPECT_EQ(loader.load(example()).outcome, Outcome::added);
}

TEST_F(SessionLoaderTest, ARefusedUpdateKeepsTheOldTrials) {
    loader.load(example());
    auto bad = example();
    bad.files[0].sha256 = std::string(64, 'c');
    bad.trials.contrast_left[0] = 35;
    load_error(bad);
    EXPECT_EQ(value("select count(*) from task.choice_trial"), "3");
    EXPECT_EQ(
        value("select sha256 from store.dataset where dataset_name = '_ibl_trials.choice.npy'"),
        std::string(64, 'a'));
}

TEST_F(SessionLoaderTest, ASessionWithoutChoicesIsMissingItsData) {
    auto bare = example();
    bare.trials.choice.clear();
    const auto error = load_error(bare);
    EXPECT_EQ(error.type(), "MissingExtractedData");
    EXPECT_EQ(value("select count(*) from core.session"), "0");
}

TEST_F(SessionLoaderTest, ErrorsAreKeptOnceAndResolvedByLoading) {
    const auto failure =
        failure_of(Error(ErrorKind::data, "no \xff choices", "Look.", "MissingExtractedData"),
                   "ibl", "cortexlab/KS014/2020-03-04/001", "cortexlab", "/data/x");
    loader.record(failure);
    const auto before = touched();
    loader.record(failure);
    EXPECT_EQ(touched(), before);
    EXPECT_EQ(value("select error_type || '|' || message || '|' || hint || '|' || file_path || '|' "
                    "|| lab_name || '|' || session_id from core.session_error"),
              "MissingExtractedData|no \\xff choices|Look.|/data/x|cortexlab|" +
                  source_uuid("ibl", "cortexlab/KS014/2020-03-04/001").to_string());
    loader.load(example());
    EXPECT_EQ(value("select count(*) from core.session_error where resolved_at is not null"), "1");
    loader.record(failure);
    EXPECT_EQ(value("select count(*) from core.session_error where resolved_at is null"), "1");
}

TEST_F(SessionLoaderTest, KeepsTheKeyAndTheFactsOfTheColonyDatabase) {
    const std::string eid = "dd4da095-4a99-4bf3-9727-f735077dba66";
    const std::string animal = "11111111-2222-4333-8444-555555555555";
    session.exec_script(
        {"alyx",
         "insert into core.lab (lab_name, time_zone) values ('cortexlab', 'America/New_York');"
         "insert into core.subject (subject_id, lab_name, nickname, sex) values ('" +
             animal +
             "', 'cortexlab', 'KS014', 'F');"
             "insert into core.session (session_id, subject_id, lab_name, session_date, "
             "session_number, source, narrative) values ('" +
             eid + "', '" + animal +
             "', 'cortexlab', '2020-03-04', 1, 'ibl', 'a good day');"
             "insert into core.session_alias values ('ibl', 'cortexlab/KS014/2020-03-04/001', '" +
             eid +
             "');"
             "insert into store.dataset (session_id, collection, dataset_name, size_bytes, md5) "
             "values ('" +
             eid + "', 'alf', '_ibl_trials.choice.npy', 160, '" + std::string(32, 'e') + "')"});
    EXPECT_EQ(loader.load(example()).session_id, eid);
    EXPECT_EQ(value("select count(*) from core.session"), "1");
    EXPECT_EQ(value("select count(*) from core.subject"), "1");
    EXPECT_EQ(
        value("select narrative || '|' || start_time || '|' || task_protocol from core.session"),
        "a good day|2020-03-04 15:00:00.5+00|_iblrig_tasks_trainingChoiceWorld6.4.2");
    EXPECT_EQ(value("select subject_id from core.subject_alias"), animal);
    EXPECT_EQ(value("select md5 from store.dataset where dataset_name = '_ibl_trials.choice.npy'"),
              std::string(32, 'e'));
    EXPECT_EQ(value("select weighed_at from core.weighing"), "2020-03-04 15:00:00+00");
}

TEST_F(SessionLoaderTest, PreviewWritesNothing) {
    EXPECT_EQ(loader.preview(example()).outcome, Outcome::added);
    EXPECT_EQ(loader.preview(example()).trials, 3);
    EXPECT_EQ(value("select count(*) from core.lab"), "0");
    loader.load(example());
    EXPECT_EQ(loader.preview(example()).outcome, Outcome::unchanged);
    auto changed = example();
    changed.files[0].sha256 = std::string(64, 'c');
    EXPECT_EQ(loader.preview(changed).outcome, Outcome::updated);
}

TEST_F(SessionLoaderTest, ManyLoadersOfTheSameNewLabAtOnce) {
    // Every thread loads the same sessions of the same new subjects, each in another order.
    constexpr int threads = 4;
    constexpr int sessions = 12;
    std::atomic<int> added{0};
    std::vector<std::thread> running;
    for (int t = 0; t < threads; ++t) {
        running.emplace_back([&, t] {
            try {
                SessionLoader own(choice_paradigm(), db.session());
                for (int i = 0; i < sessions; ++i) {
                    const int n = (i * (t + 1) + t * 5) %
                                  sessions;  // multipliers 1..4 repeat some, so finish with all
                    added += own.load(example("00" + std::to_string(n % 9 + 1),
                                              "S" + std::to_string(n % 3)))
                                 .outcome == Outcome::added;
                }
                for (int n = 0; n < sessions; ++n) {
                    added += own.load(example("00" + std::to_string(n % 9 + 1),
                                              "S" + std::to_string(n % 3)))
                                 .outcome == Outcome::added;
                }
            } catch (const Error& error) {
                ADD_FAILURE() << error.what();
            }
        });
    }
    for (auto& thread : running) thread.join();
    // n = 0..11 gives the pairs (n % 9, n % 3): nine numbers, each with its own subject.
    EXPECT_EQ(value("select count(*) from core.session"), "9");
    EXPECT_EQ(value("select count(*) from core.subject"), "3");
    EXPECT_EQ(value("select count(*) from task.choice_trial"), "27");
    EXPECT_GE(added.load(), 9);
}

TEST_F(SessionLoaderTest, LoadersOfOneNewSessionLeaveNoOrphanArrays) {
    std::string top = (std::filesystem::temp_directory_path() / "tb-orphans-XXXXXX").string();
    ASSERT_NE(::mkdtemp(top.data()), nullptr);
    store::StoreOptions store;
    store.root = std::filesystem::path(top) / "store";
    store.durable = false;
    // With trials, and without: then no trial's key tells that another load was quicker.
    for (const bool has_trials : {true, false}) {
        auto one = example(has_trials ? "001" : "002");
        one.wheel->time_s = {0, 1, 2};
        one.wheel->position = {0, 0.5, 1};
        if (!has_trials) {
            one.trials = {};
            one.is_without_choices = true;
        }
        std::vector<std::thread> running;
        std::atomic<int> added{0};
        for (int t = 0; t < 4; ++t) {
            running.emplace_back([&] {
                try {
                    SessionLoader own(choice_paradigm(), db.session(), store);
                    added += own.load(one).outcome == Outcome::added;
                } catch (const Error& error) {
                    ADD_FAILURE() << error.what();
                }
            });
        }
        for (auto& thread : running) thread.join();
        EXPECT_EQ(added.load(), 1) << has_trials;
    }
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(store.root))
        files += entry.path().extension() == ".h5" ? 1 : 0;
    EXPECT_EQ(files, 2U);
    EXPECT_EQ(value("select count(distinct file) from store.array join task.wheel_recording on "
                    "array_id = position_array_id"),
              "2");
    EXPECT_EQ(value("select count(distinct file) from store.array"), "2");
    std::filesystem::remove_all(top);
}

TEST_F(SessionLoaderTest, ABadSessionOfABatchCostsItselfAlone) {
    const auto first = example("001");
    auto bad = example("002");
    bad.trials.contrast_left[0] = 35;
    auto bare = example("003");
    bare.trials.choice.clear();
    const auto last = example("004", "S2");
    const std::vector<const SessionRecord*> batch{&first, &bad, &bare, &last, &first};
    const auto outcomes = loader.load_all(batch);
    ASSERT_EQ(outcomes.size(), 5U);
    EXPECT_EQ(outcomes[0].result.outcome, Outcome::added);
    EXPECT_EQ(outcomes[1].error.value().constraint, "fraction_check");
    EXPECT_EQ(outcomes[2].error.value().type(), "MissingExtractedData");
    EXPECT_EQ(outcomes[3].result.trials, 3);
    EXPECT_EQ(outcomes[4].result.outcome, Outcome::unchanged);  // the same one a second time
    EXPECT_EQ(value("select count(*) from core.session"), "2");
    EXPECT_EQ(value("select count(*) from task.choice_trial"), "6");
}

TEST_F(SessionLoaderTest, FilesThatAreGoneAreAChangeWhereTheListIsWhole) {
    auto one = example();
    loader.load(one);
    session.exec({"a single recording",
                  "insert into store.dataset (session_id, collection, dataset_name, size_bytes, "
                  "sha256) select session_id, 'raw_photometry_data', 'signal.csv', 1, repeat('d', "
                  "64) from core.session"});
    one.files.erase(one.files.begin() + 1);
    EXPECT_EQ(loader.load(one).outcome, Outcome::unchanged);
    one.is_whole = true;
    EXPECT_EQ(loader.load(one).outcome, Outcome::updated);
    // The intervals are gone; what was not loaded, or by another command, stays.
    EXPECT_EQ(value("select string_agg(dataset_name, ',' order by dataset_name) from "
                    "store.dataset"),
              "_ibl_trials.choice.npy,_iblrig_leftCamera.raw.mp4,signal.csv");
    EXPECT_EQ(loader.load(one).outcome, Outcome::unchanged);
}

TEST_F(SessionLoaderTest, ALostConnectionIsUnavailableAndLeavesNothing) {
    auto victim = db.session();
    const int backend = victim.backend_pid();
    SessionLoader doomed(choice_paradigm(), std::move(victim));
    session.exec({"kill", "select pg_terminate_backend($1::integer)"},
                 db::Params().integer(backend));
    try {
        doomed.load(example());
        FAIL() << "it was loaded";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    }
    EXPECT_EQ(value("select count(*) from core.session"), "0");
}

TEST_F(SessionLoaderTest, WorksWithTheRightsOfTheIngestRole) {
    SessionLoader restricted(choice_paradigm(), db.session("trialbase_ingest"));
    EXPECT_EQ(restricted.load(example()).outcome, Outcome::added);
    auto changed = example();
    changed.files[0].sha256 = std::string(64, 'c');
    EXPECT_EQ(restricted.load(changed).outcome, Outcome::updated);
    restricted.flush();
    SessionLoader reader(choice_paradigm(), db.session("trialbase_analyst"));
    try {
        reader.load(example("002"));
        FAIL() << "an analyst could write";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
    }
}

}  // namespace
}  // namespace tb::load
