#include "compute/task/training_history.hpp"

#include "tests/compute/task/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using testing::HandRows;
using testing::number;
using testing::text;
using enum TrainingStatus;

/// A session of an animal that guesses.
HistorySession guessing(std::int64_t date, Protocol protocol = Protocol::training) {
    Trials trials = testing::level(-1.0, 10, 5);
    trials.append(testing::level(1.0, 10, 5));
    return {.date = date,
            .protocol = protocol,
            .is_on_ephys_rig = false,
            .start_delay_s = nan,
            .trials = trials};
}

/// A session of 420 trials that passes 1b: 95 % at the easy contrasts, steep in between.
HistorySession expert(std::int64_t date) {
    Trials trials;
    for (const auto& [contrast, n_right] : {std::pair{-1.0, 3},
                                            {-0.25, 3},
                                            {-0.0625, 15},
                                            {0.0, 30},
                                            {0.0625, 45},
                                            {0.25, 57},
                                            {1.0, 57}}) {
        trials.append(testing::level(contrast, 60, n_right));
    }
    return {.date = date,
            .protocol = Protocol::training,
            .is_on_ephys_rig = false,
            .start_delay_s = nan,
            .trials = trials};
}

TEST(TrainingHistory, FoldsTheRealSessionsOfSwc054AndNeverFalls) {
    TB_NEED_SHARED(shared);
    // data/SOURCES.md states 08-26, 08-27, 08-31 and 09-01; the last two dates by themselves are
    // `trained 1b` (vectors/ibl_behavior, status_2020-09-02_rig and status_2020-09-03_rig), and the
    // status is kept.
    const std::vector<std::tuple<std::string, Protocol, TrainingStatus>> want = {
        {"08-26", Protocol::training, trained_1a},   {"08-27", Protocol::training, trained_1b},
        {"08-28", Protocol::biased, trained_1b},     {"08-31", Protocol::biased, trained_1b},
        {"09-01", Protocol::biased, ready4ephysrig}, {"09-02", Protocol::biased, ready4ephysrig},
        {"09-03", Protocol::biased, ready4ephysrig}};
    std::vector<HistorySession> sessions;
    const auto add = [&](const std::string& date, Protocol protocol) {
        sessions.push_back(
            {.date = std::ssize(sessions),
             .protocol = protocol,
             .is_on_ephys_rig = false,
             .start_delay_s = nan,
             .trials = testing::read_alf_session(shared / "data/ibl_swc054_training/SWC_054" /
                                                 ("2020-" + date) / "001/alf")});
    };
    add("08-24", Protocol::training);
    add("08-25", Protocol::training);
    for (const auto& [date, protocol, status] : want) add(date, protocol);
    const std::vector<SessionStatus> history = training_history(sessions);
    for (std::size_t i = 0; i < want.size(); ++i) {
        EXPECT_EQ(to_string(history[i + 2].status), to_string(std::get<2>(want[i])))
            << std::get<0>(want[i]);
        EXPECT_EQ(history[i + 2].n_days, 3u);
    }
    EXPECT_EQ(history.back().judged, trained_1b);
    EXPECT_EQ(history[0].n_days, 1u);
    EXPECT_EQ(history[1].n_days, 2u);
}

TEST(TrainingHistory, JudgesTheSessionsOfADateTogether) {
    std::vector<HistorySession> sessions = {expert(1), expert(2), expert(3)};
    EXPECT_EQ(training_history(sessions).back().status, trained_1b);
    // The third date in two halves: neither has 400 trials, together they have.
    const Trials whole = sessions[2].trials;
    sessions.push_back(sessions[2]);
    sessions[2].trials = whole.where([](std::size_t trial) { return trial % 2 == 0; });
    sessions[3].trials = whole.where([](std::size_t trial) { return trial % 2 == 1; });
    const std::vector<SessionStatus> together = training_history(sessions);
    EXPECT_EQ(together[2].status, trained_1b);
    EXPECT_EQ(together[3].status, trained_1b);
    EXPECT_EQ(together[3].n_days, 3u);
    sessions[3].date = 4;
    sessions[1].date = 1;
    EXPECT_EQ(training_history(sessions)[2].judged, trained_1a)
        << "apart, a date has only 210 trials";
}

TEST(TrainingHistory, TakesTheLongestDelayOfADateWhoseProtocolsAgree) {
    std::vector<HistorySession> sessions = {guessing(1, Protocol::biased),
                                            guessing(1, Protocol::biased)};
    sessions[0].start_delay_s = 900.0;
    sessions[1].is_on_ephys_rig = true;
    EXPECT_EQ(training_history(sessions)[1].metrics.n_delay, 1u);
    EXPECT_EQ(training_history(sessions)[1].metrics.n_ephys, 1u) << "the rig of the last session";
    sessions[0].start_delay_s = 899.0;
    EXPECT_EQ(training_history(sessions)[1].metrics.n_delay, 0u);
    sessions[0].start_delay_s = 900.0;
    sessions[0].protocol = Protocol::training;
    EXPECT_EQ(training_history(sessions)[1].metrics.n_delay, 0u) << "else that of the last session";
}

TEST(TrainingHistory, DoesNotJudgeHabituation) {
    const std::vector<HistorySession> sessions = {guessing(1, Protocol::habituation), guessing(2),
                                                  guessing(3, Protocol::habituation)};
    const std::vector<SessionStatus> history = training_history(sessions);
    EXPECT_EQ(history[0].status, habituation);
    EXPECT_FALSE(history[0].next);
    EXPECT_TRUE(std::isnan(history[0].metrics.all.bias_percent));
    EXPECT_EQ(history[1].status, in_training);
    EXPECT_EQ(history[1].n_days, 1u);
    EXPECT_EQ(history[2].status, in_training) << "a status does not fall to habituation";
    EXPECT_EQ(history[2].judged, habituation);
}

TEST(TrainingHistory, GivesUpOnTheFortiethSessionInTraining) {
    std::vector<HistorySession> sessions;
    for (int date = 0; date < 39; ++date) sessions.push_back(guessing(date));
    EXPECT_EQ(training_history(sessions).back().status, in_training);
    sessions.push_back(guessing(39));
    sessions.push_back(guessing(40));
    const std::vector<SessionStatus> history = training_history(sessions);
    EXPECT_EQ(history[38].status, in_training);
    EXPECT_EQ(history[39].status, untrainable);
    EXPECT_EQ(history[40].status, in_training) << "only the fortieth is marked";
}

TEST(TrainingHistory, GivesUpOnTheFortiethBiasedSession) {
    std::vector<HistorySession> sessions = {guessing(0)};
    for (int date = 1; date < 40; ++date) sessions.push_back(guessing(date, Protocol::biased));
    EXPECT_EQ(training_history(sessions).back().status, trained_1b);
    sessions.push_back(guessing(40, Protocol::biased));
    EXPECT_EQ(training_history(sessions).back().status, unbiasable);
    // An ephys day above 400 trials and 90 % makes ready4delay, which is above ready4ephysrig.
    sessions[20] = expert(20);
    sessions[20].protocol = Protocol::biased;
    sessions[20].is_on_ephys_rig = true;
    EXPECT_EQ(training_history(sessions).back().status, ready4delay);
}

TEST(TrainingHistory, RefusesDatesOutOfOrder) {
    EXPECT_THROW((void)training_history(std::vector{guessing(2), guessing(1)}), Error);
    EXPECT_TRUE(training_history({}).empty());
}

struct HistoryRows {
    HandRows sessions;
    HandRows trials;
};

HistoryRows rows_of(const std::vector<std::optional<std::string>>& protocols,
                    const std::vector<Trials>& of_session) {
    HistoryRows rows;
    std::vector<std::optional<std::int64_t>> session_no;
    std::vector<std::optional<std::string>> session_id;
    std::vector<double> date;
    std::vector<std::optional<std::int64_t>> trial_session_no;
    std::vector<std::optional<std::int64_t>> n_trials;
    Trials all;
    for (std::size_t i = 0; i < of_session.size(); ++i) {
        session_no.emplace_back(i + 1);
        session_id.emplace_back("session-" + std::to_string(i + 1));
        date.push_back(18500.0 + static_cast<double>(i));
        trial_session_no.insert(trial_session_no.end(), of_session[i].size(), i + 1);
        n_trials.emplace_back(of_session[i].size());
        all.append(of_session[i]);
    }
    const std::size_t n = of_session.size();
    rows.sessions.integers("session_no", session_no)
        .texts("session_id", session_id)
        .numbers("session_date", date)
        .texts("task_protocol", protocols)
        .integers("is_protocol_inferred", std::vector<std::optional<std::int64_t>>(n, 0))
        .integers("is_on_ephys_rig", std::vector<std::optional<std::int64_t>>(n, 0))
        .numbers("start_delay_s", std::vector<double>(n, nan))
        .integers("n_trials", n_trials);
    rows.trials.integers("session_no", trial_session_no).trials(all);
    return rows;
}

HandRows rules_named(const char* name) {
    HandRows rules;
    rules.texts("criteria_set", {name});
    return rules;
}

TEST(TrainingHistoryTable, FollowsTheRulesThatTheKeyNames) {
    const HistoryRows rows = rows_of({"training"}, {expert(0).trials});
    const auto latest = [&](const char* name) {
        const HandRows rules = rules_named(name);
        const Output output = testing::run(
            training_history_table(), std::string("subject_id=s,criteria_set=") + name,
            {{"sessions", &rows.sessions}, {"trials", &rows.trials}, {"rules", &rules}});
        return text(*output.master_row, "latest_status");
    };
    EXPECT_EQ(latest("brainbox"), "trained 1b");
    EXPECT_EQ(latest("warehouse"), "in training") << "one session is not three";
    EXPECT_THROW((void)latest("other"), Error);
}

TEST(TrainingHistoryTable, WritesARowPerSessionAndItsChecks) {
    const HandRows rules = rules_named("brainbox");
    const HistoryRows rows =
        rows_of({"_iblrig_tasks_trainingChoiceWorld6.4.2", std::nullopt, "training"},
                {expert(0).trials, expert(1).trials, expert(2).trials});
    const Output output =
        testing::run(training_history_table(), "subject_id=s,criteria_set=brainbox",
                     {{"sessions", &rows.sessions}, {"trials", &rows.trials}, {"rules", &rules}});
    EXPECT_EQ(number(*output.master_row, "n_sessions"), 3.0);
    EXPECT_EQ(number(*output.master_row, "n_days"), 3.0);
    EXPECT_EQ(text(*output.master_row, "latest_status"), "trained 1b");
    const auto& statuses = output.part_rows.at("training_status");
    ASSERT_EQ(statuses.size(), 3u);
    EXPECT_EQ(text(statuses[1], "session_id"), "session-2");
    EXPECT_EQ(text(statuses[1], "protocol"), "training");
    EXPECT_EQ(number(statuses[1], "is_protocol_inferred"), 1.0);
    EXPECT_EQ(number(statuses[0], "is_protocol_inferred"), 0.0);
    EXPECT_EQ(number(statuses[2], "n_trials"), 420.0);
    EXPECT_NEAR(number(statuses[2], "performance_easy_rewarded"), 0.95, 1e-12);
    EXPECT_TRUE(std::isnan(number(statuses[2], "bias_20_percent")));
    EXPECT_EQ(text(statuses[2], "next_status"), "ready4ephysrig");
    const auto& checks = output.part_rows.at("training_criterion");
    EXPECT_EQ(text(checks.back(), "criterion"), "NBiased");
    EXPECT_EQ(number(checks.back(), "is_passed"), 0.0);
}

TEST(TrainingHistoryTable, HasNothingToComputeWithoutSessions) {
    const HandRows rules = rules_named("brainbox");
    const HistoryRows rows = rows_of({}, {});
    const Output output =
        testing::run(training_history_table(), "subject_id=s,criteria_set=brainbox",
                     {{"sessions", &rows.sessions}, {"trials", &rows.trials}, {"rules", &rules}});
    EXPECT_EQ(output.settled_reason, "the subject has no session with contrasts");
}

TEST(TrainingHistoryTable, RefusesTrialsThatDoNotFollowTheSessions) {
    const HandRows rules = rules_named("brainbox");
    HistoryRows rows = rows_of({"training"}, {expert(0).trials});
    HandRows other;
    other.integers("session_no", {2}).trials(testing::level(1.0, 1, 1));
    EXPECT_THROW(
        (void)testing::run(training_history_table(), "subject_id=s,criteria_set=brainbox",
                           {{"sessions", &rows.sessions}, {"trials", &other}, {"rules", &rules}}),
        Error);
}

}  // namespace
}  // namespace tb::compute::task
