#include "compute/task/session_end.hpp"

#include "tests/compute/task/support.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using task::testing::HandRows;
using task::testing::number;
using task::testing::text;

Output run(const HandRows& trials) {
    return task::testing::run(session_end_table(), "session_id=a", {{"trials", &trials}});
}

// A trial every 7 s: 45 minutes are over at the 387th, whose number is 388 for 5 is not there; 42
// others began less than five minutes before it.
TEST(SessionEndTable, NamesTrialsByTheirNumbers) {
    std::vector<task::testing::HandTrial> list(400, {1.0, -1.0, 1.0});
    const Trials trials = task::testing::trials_from(list);
    std::vector<double> numbers;
    std::vector<double> start_s;
    for (int i = 0; i < 400; ++i) {
        numbers.push_back(i < 4 ? i + 1 : i + 2);
        start_s.push_back(7.0 * i);
    }
    start_s[399] = NAN;
    HandRows rows;
    rows.trials(trials).numbers("trial", numbers).numbers("start_s", start_s);
    const Output output = run(rows);
    ASSERT_TRUE(output.master_row);
    EXPECT_EQ(number(*output.master_row, "n_trials"), 400.0);
    EXPECT_EQ(number(*output.master_row, "n_without_start"), 1.0);
    EXPECT_EQ(text(*output.master_row, "end_criterion"), "<400_trials");
    EXPECT_EQ(number(*output.master_row, "end_trial"), 388.0);
    EXPECT_EQ(number(*output.master_row, "rig_trial"), 388.0);
    ASSERT_EQ(output.part_rows.at("session_end_criterion").size(), 2u);
    EXPECT_EQ(text(output.part_rows.at("session_end_criterion")[1], "end_criterion"),
              ">45_min_&_stopped");
}

TEST(SessionEndTable, HasARowWithoutCriterionWhenNoneHolds) {
    const Trials trials = task::testing::trials_from({{1.0, -1.0, 1.0}, {0.5, -1.0, 1.0}});
    HandRows rows;
    rows.trials(trials).numbers("trial", {1.0, 2.0}).numbers("start_s", {0.0, 10.0});
    const Output output = run(rows);
    ASSERT_TRUE(output.master_row);
    EXPECT_TRUE(std::isnan(number(*output.master_row, "end_trial")));
    EXPECT_TRUE(output.part_rows.empty());
}

TEST(SessionEndTable, HasNothingToComputeWithoutTrials) {
    HandRows rows;
    rows.numbers("choice", {});
    EXPECT_TRUE(run(rows).settled_reason);
}

}  // namespace
}  // namespace tb::compute::task
