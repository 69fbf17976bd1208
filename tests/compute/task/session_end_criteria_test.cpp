#include "compute/task/session_end_criteria.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

struct Columns {
    std::vector<double> start_s, response_time_s, correct, contrast;

    [[nodiscard]] SessionEnd end(const SessionEndOptions& options = {}) const {
        return session_end({start_s, response_time_s, correct, contrast}, options);
    }
};

/// Evenly spaced trials, all right, fast and easy.
Columns steady(std::size_t n, double every_s) {
    Columns out;
    for (std::size_t i = 0; i < n; ++i) {
        out.start_s.push_back(every_s * static_cast<double>(i));
        out.response_time_s.push_back(0.5);
        out.correct.push_back(1.0);
        out.contrast.push_back(i % 2 == 0 ? 1.0 : -0.25);
    }
    return out;
}

TEST(SessionEnd, OfAShortSteadySessionIsNone) {
    const SessionEnd end = steady(450, 5.0).end();
    for (const auto& trial : end.first_trial) EXPECT_FALSE(trial);
    EXPECT_FALSE(end.earliest(false));
    EXPECT_FALSE(steady(0, 1.0).end().earliest(true));
}

// A trial every 6 s: 2700 s are over at trial 451, 5400 s at 901; 50 trials are recent.
TEST(SessionEnd, ComesAfterNinetyMinutes) {
    const SessionEnd end = steady(1000, 6.0).end();
    EXPECT_EQ(end.at(EndCriterion::ninety_minutes), 901u);
    EXPECT_FALSE(end.at(EndCriterion::stopped)) << "49 before this one started less than 300 s ago";
    EXPECT_FALSE(end.at(EndCriterion::few_trials));
    EXPECT_EQ(end.earliest(false), EndCriterion::ninety_minutes);
}

// A trial every 7 s: 2700 s are over at trial 386; 42 trials are recent.
TEST(SessionEnd, BreaksTiesByTheOrderOfTheTable) {
    const SessionEnd end = steady(500, 7.0).end();
    EXPECT_EQ(end.at(EndCriterion::few_trials), 386u);
    EXPECT_EQ(end.at(EndCriterion::stopped), 386u);
    EXPECT_EQ(end.earliest(false), EndCriterion::few_trials);
    EXPECT_EQ(end.earliest(true), EndCriterion::few_trials);
}

// Times of 3 s from trial 420 on: 11 of the last 20 have them at trial 430, or 10 at 429, when the
// median is half way, 1.75 s, less than five times 0.5 s.
TEST(SessionEnd, ComesWithLongResponseTimes) {
    Columns columns = steady(500, 2.0);
    for (std::size_t i = 420; i < 500; ++i) columns.response_time_s[i] = 3.0;
    EXPECT_EQ(columns.end().at(EndCriterion::long_response_times), 430u);
    columns.response_time_s[425] = nan;
    EXPECT_EQ(columns.end().at(EndCriterion::long_response_times), 445u)
        << "no median as long as the missing one is among the last 20";
}

// Wrong from trial 402 on. Easy trials are the even ones, up to 400 there are 201; with k wrong
// ones more the last 50 hold 50 - k right: k / 50 and more than 0.4 below 201 / (201 + k), that is
// (201 / (201 + k) - (50 - k) / 50) (201 + k) / 201 > 0.4, first for k = 18: 1 - 0.64 * 219 / 201 =
// 0.303; k = 23: 1 - 0.54 * 224 / 201 = 0.398; k = 24: 1 - 0.52 * 225 / 201 = 0.418. The 24th wrong
// easy one is trial 402 + 46 = 448. Of all trials: 402 right ones, k = 22: 1 - 0.56 * 424 / 402 =
// 0.409; k = 21: 1 - 0.58 * 423 / 402 = 0.39. The 22nd is trial 423.
TEST(SessionEnd, ComesWhenPerformanceDrops) {
    Columns columns = steady(500, 2.0);
    for (std::size_t i = 402; i < 500; ++i) columns.correct[i] = 0.0;
    EXPECT_EQ(columns.end().at(EndCriterion::low_easy_performance), 448u);
    EXPECT_EQ(columns.end().at(EndCriterion::low_performance), 423u);
    const SessionEnd published = columns.end({.is_low_performance_of_easy_trials = true});
    EXPECT_EQ(published.at(EndCriterion::low_performance), 448u);
    EXPECT_EQ(published.earliest(false), EndCriterion::low_easy_performance);
    EXPECT_FALSE(published.earliest(true)) << "the rig knew none of the two";
}

TEST(SessionEnd, IsNotAtTheVeryFirstTrial) {
    Columns columns = steady(3, 1.0);
    for (double& start_s : columns.start_s) start_s += 6000.0;
    EXPECT_FALSE(columns.end().at(EndCriterion::ninety_minutes));
}

TEST(SessionEnd, IsNoneWhereNothingIsKnown) {
    Columns columns = steady(600, 20.0);
    columns.start_s.assign(600, nan);
    columns.response_time_s.assign(600, nan);
    columns.correct.assign(600, nan);
    EXPECT_FALSE(columns.end().earliest(false));
    columns.correct.assign(600, 0.0);
    EXPECT_FALSE(columns.end().earliest(false)) << "nothing can drop from 0";
    columns.correct.pop_back();
    EXPECT_THROW((void)columns.end(), Error);
}

}  // namespace
}  // namespace tb::compute::task
