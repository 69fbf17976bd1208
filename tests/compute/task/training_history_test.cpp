#include "compute/task/training_history.hpp"

#include "compute/task/status_fits.hpp"
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

/// 420 trials that pass 1b: 95 % at the easy contrasts, steep in between.
Trials expert_trials() {
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
    return trials;
}

HistorySession expert(std::int64_t date) {
    return {.date = date,
            .protocol = Protocol::training,
            .is_on_ephys_rig = false,
            .start_delay_s = nan,
            .trials = expert_trials()};
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
    const Trials whole = expert_trials();
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
    HandRows cells;
    HandRows zero_times;
    HandRows known_fits;

    [[nodiscard]] Output judged_by(const char* rules_name) const {
        HandRows rules;
        rules.texts("criteria_set", {rules_name});
        return testing::run(training_history_table(),
                            std::string("subject_id=s,criteria_set=") + rules_name,
                            {{"sessions", &sessions},
                             {"cells", &cells},
                             {"zero_times", &zero_times},
                             {"known_fits", &known_fits},
                             {"rules", &rules}});
    }
};

using Counts = std::vector<std::optional<std::int64_t>>;

void set_cells(HandRows& rows, const std::vector<TrialTally>& of_session, std::int64_t first = 1) {
    Counts session_no, n_trials, n_rightward, n_leftward, n_nogo, n_feedback, n_rewarded;
    std::vector<double> contrast, probability;
    for (std::size_t i = 0; i < of_session.size(); ++i) {
        for (const TallyCell& cell : of_session[i].cells) {
            session_no.emplace_back(first + static_cast<std::int64_t>(i));
            contrast.push_back(cell.signed_contrast);
            probability.push_back(cell.probability_left);
            n_trials.emplace_back(cell.n_trials);
            n_rightward.emplace_back(cell.n_rightward);
            n_leftward.emplace_back(cell.n_leftward);
            n_nogo.emplace_back(cell.n_nogo);
            n_feedback.emplace_back(cell.n_feedback);
            n_rewarded.emplace_back(cell.n_rewarded);
        }
    }
    rows.integers("session_no", session_no)
        .numbers("signed_contrast", contrast)
        .numbers("probability_left", probability)
        .integers("n_trials", n_trials)
        .integers("n_rightward", n_rightward)
        .integers("n_leftward", n_leftward)
        .integers("n_nogo", n_nogo)
        .integers("n_feedback", n_feedback)
        .integers("n_rewarded", n_rewarded);
}

void set_known_fits(HandRows& rows, const std::vector<CriterionFit>& fits) {
    Counts hash;
    std::vector<double> bias, threshold, low, high;
    for (const CriterionFit& fit : fits) {
        hash.emplace_back(fit.points_hash);
        bias.push_back(fit.bias_percent);
        threshold.push_back(fit.threshold_percent);
        low.push_back(fit.lapse_low);
        high.push_back(fit.lapse_high);
    }
    rows.integers("counts_hash", hash)
        .numbers("bias_percent", bias)
        .numbers("threshold_percent", threshold)
        .numbers("lapse_low", low)
        .numbers("lapse_high", high);
}

HistoryRows rows_of(const std::vector<std::optional<std::string>>& protocols,
                    const std::vector<TrialTally>& of_session) {
    HistoryRows rows;
    Counts session_no, time_session_no, n_trials;
    std::vector<std::optional<std::string>> session_id;
    std::vector<double> date, median, time_s;
    for (std::size_t i = 0; i < of_session.size(); ++i) {
        session_no.emplace_back(i + 1);
        session_id.emplace_back("session-" + std::to_string(i + 1));
        date.push_back(18500.0 + static_cast<double>(i));
        n_trials.emplace_back(of_session[i].size());
        median.push_back(of_session[i].median_response_time_s);
        for (const double time : of_session[i].response_times_zero_s) {
            time_session_no.emplace_back(i + 1);
            time_s.push_back(time);
        }
    }
    const std::size_t n = of_session.size();
    rows.sessions.integers("session_no", session_no)
        .texts("session_id", session_id)
        .numbers("session_date", date)
        .texts("task_protocol", protocols)
        .integers("is_protocol_inferred", Counts(n, 0))
        .integers("is_on_ephys_rig", Counts(n, 0))
        .numbers("start_delay_s", std::vector<double>(n, nan))
        .integers("n_trials", n_trials)
        .texts("inferred_protocol", std::vector<std::optional<std::string>>(n, "training"))
        .numbers("median_response_time_s", median);
    set_cells(rows.cells, of_session);
    rows.zero_times.integers("session_no", time_session_no).numbers("response_time_s", time_s);
    set_known_fits(rows.known_fits, {});
    return rows;
}

TEST(TrainingHistoryTable, FollowsTheRulesThatTheKeyNames) {
    const HistoryRows rows = rows_of({"training"}, {expert(0).trials});
    const auto latest = [&](const char* name) {
        return text(*rows.judged_by(name).master_row, "latest_status");
    };
    EXPECT_EQ(latest("brainbox"), "trained 1b");
    EXPECT_EQ(latest("warehouse"), "in training") << "one session is not three";
    EXPECT_THROW((void)latest("other"), Error);
}

TEST(TrainingHistoryTable, WritesARowPerSessionAndItsChecks) {
    const HistoryRows rows =
        rows_of({"_iblrig_tasks_trainingChoiceWorld6.4.2", std::nullopt, "training"},
                {expert(0).trials, expert(1).trials, expert(2).trials});
    const Output output = rows.judged_by("brainbox");
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
    const HistoryRows rows = rows_of({}, {});
    const Output output = rows.judged_by("brainbox");
    EXPECT_EQ(output.settled_reason, "the subject has no session with contrasts");
}

TEST(TrainingHistoryTable, RefusesCountsThatDoNotFollowTheSessions) {
    HistoryRows rows = rows_of({"training"}, {expert(0).trials});
    rows.cells = HandRows();
    set_cells(rows.cells, {testing::level(1.0, 1, 1)}, 2);
    EXPECT_THROW((void)rows.judged_by("brainbox"), Error);
}

TEST(TrainingHistoryTable, TakesAFunctionThatWasFittedToTheSameCounts) {
    const TrialTally tally = expert(0).trials;
    StatusFits fits(training_history_table().code_version);
    CriterionFit known = fits.of(tally);
    EXPECT_NE(known.points_hash, StatusFits(99).of(tally).points_hash) << "another version's fit";
    EXPECT_NE(known.points_hash, 0);
    known.bias_percent = 3.25;
    HistoryRows rows = rows_of({"training", "training"}, {tally, tally});
    rows.known_fits = HandRows();
    set_known_fits(rows.known_fits, {known});
    const Output output = rows.judged_by("brainbox");
    const auto& statuses = output.part_rows.at("training_status");
    EXPECT_EQ(number(statuses[0], "bias_percent"), 3.25);
    EXPECT_EQ(number(statuses[0], "counts_hash"), static_cast<double>(known.points_hash));
    EXPECT_NE(number(statuses[1], "bias_percent"), 3.25) << "twice the trials are other counts";
}

TEST(TrainingHistory, FitsWhatIsNewAlone) {
    StatusFits fits;
    std::vector<HistorySession> sessions;
    for (std::int64_t date = 1; date <= 40; ++date) {
        HistorySession session = expert(date);
        session.trials.cells.front().n_rightward += static_cast<std::size_t>(date);
        session.trials.cells.front().n_trials += static_cast<std::size_t>(date);
        sessions.push_back(session);
    }
    const std::vector<SessionStatus> before = training_history(sessions, fits);
    EXPECT_EQ(fits.n_made(), 40u);
    sessions.push_back(expert(41));
    const std::vector<SessionStatus> after = training_history(sessions, fits);
    EXPECT_EQ(fits.n_made(), 41u);
    for (std::size_t i = 0; i < before.size(); ++i) {
        EXPECT_EQ(after[i].judged, before[i].judged);
        EXPECT_EQ(after[i].metrics.all.bias_percent, before[i].metrics.all.bias_percent);
    }
}

}  // namespace
}  // namespace tb::compute::task
