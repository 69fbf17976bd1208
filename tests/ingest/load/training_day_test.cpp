// Days of training as ingest keeps them, and what a new session costs: the summary of its own date.
#include "ingest/load/choice/choice_paradigm.hpp"
#include "ingest/load/session_loader.hpp"
#include "src/populate/worker.hpp"
#include "tests/support/test_database.hpp"
#include "trialbase/choice_session.hpp"
#include "trialbase/computed_table.hpp"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

namespace tb::load {
namespace {

using testing::TestDatabase;
using testing::value_of;

ChoiceSession session_on(const std::string& subject, const std::string& date,
                         const std::string& number) {
    ChoiceSession session;
    session.lab = "alpha";
    session.subject = subject;
    session.date = date;
    session.number = number;
    session.origin = "made up";
    session.task_protocol = "_iblrig_tasks_trainingChoiceWorld6.4.2";
    ChoiceTrials& trials = session.trials;
    trials.count = 4;
    trials.start_s = {0, 10, 20, 30};
    trials.end_s = {10, 20, 30, 40};
    trials.stim_on_s = {1, 11, 21, 31};
    trials.response_s = {2, 12, 22, 32};
    trials.contrast_left = {1, NAN, 0.5, NAN};
    trials.contrast_right = {NAN, 1, NAN, 0.25};
    trials.probability_left = {0.5, 0.5, 0.5, 0.5};
    trials.choice = {1, -1, -1, -1};
    trials.feedback_type = {1, 1, -1, 1};
    return session;
}

class TrainingDays : public ::testing::Test {
  protected:
    void load(const ChoiceSession& session) {
        SessionLoader loader(choice_paradigm(), db_.session("trialbase_ingest"));
        loader.load(session);
    }
    void populate() {
        populate::WorkerOptions worker;
        worker.connect = {db_.conninfo(), "trialbase tests", "trialbase_worker"};
        worker.registry = &computed_tables();
        worker.tables = {"task.daily_summary"};
        populate::Counters counters;
        populate::run_worker(worker, counters);
        EXPECT_EQ(counters.errors, 0);
    }
    std::string value(const std::string& sql) {
        auto session = db_.session();
        return value_of(session, sql);
    }
    /// Dates whose summaries are to be computed.
    std::string open_days() {
        return value(
            "select coalesce(string_agg(subject.nickname || ' ' || job.date, ', ' order by "
            "subject.nickname, job.date), 'none') from task.daily_summary_job as job "
            "join core.subject using (subject_id) where job.state = 'pending'");
    }

    TestDatabase db_;
};

TEST_F(TrainingDays, AreKeptByIngestAndANewSessionCostsItsOwnDateAlone) {
    load(session_on("a1", "2020-03-02", "001"));
    load(session_on("a1", "2020-03-04", "001"));
    load(session_on("a2", "2020-03-04", "001"));
    EXPECT_EQ(value("select count(*) from task.training_day"), "3");
    EXPECT_EQ(open_days(), "a1 2020-03-02, a1 2020-03-04, a2 2020-03-04");
    populate();
    EXPECT_EQ(open_days(), "none");
    EXPECT_EQ(value("select count(*) from task.daily_summary"), "3");

    load(session_on("a1", "2020-03-04", "002"));  // a second session of a date
    EXPECT_EQ(open_days(), "a1 2020-03-04");
    populate();
    EXPECT_EQ(value("select n_sessions || ' ' || n_trials from task.daily_summary where date = "
                    "'2020-03-04' and subject_id = (select subject_id from core.subject where "
                    "nickname = 'a1')"),
              "2 8");

    load(session_on("a1", "2020-03-03", "001"));  // a day between: others keep their summaries
    EXPECT_EQ(open_days(), "a1 2020-03-03");
    EXPECT_EQ(value("select string_agg(training_day::text, ' ' order by session_date) from "
                    "analysis.training_day where subject_nickname = 'a1'"),
              "1 2 3");
}

TEST_F(TrainingDays, LeaveOutWhatIsExcludedWhereTheDateHasOtherSessions) {
    load(session_on("a1", "2020-03-02", "001"));
    load(session_on("a1", "2020-03-02", "002"));
    populate();
    auto session = db_.session();
    session.exec({"exclude",
                  "insert into core.exclusion (session_id, reason, added_by) select session_id, "
                  "'asleep', 'tests' from core.session where session_number = 2"});
    EXPECT_EQ(open_days(), "a1 2020-03-02");
    populate();
    EXPECT_EQ(value("select n_sessions from task.daily_summary"), "1");
    EXPECT_EQ(value("select n_trials_date || ' ' || is_excluded from "
                    "analysis.ibl_behavioral_summary_by_date"),
              "4 false");
}

}  // namespace
}  // namespace tb::load
