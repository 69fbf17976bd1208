#include "compute/task/movement_time_set.hpp"

#include "tests/compute/task/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using testing::HandRows;
using testing::number;

/// Columns that TrialEvents looks into.
struct Events {
    std::vector<double> stim_on_s, go_cue_s, response_s, feedback_s, quiescent_period_s;
    [[nodiscard]] TrialEvents view() const {
        return {stim_on_s, go_cue_s, response_s, feedback_s, quiescent_period_s};
    }
};

TEST(MovementTimes, GoFromTheEarlierStartToTheEarlierEnd) {
    const Events trials{{10.0, 20.1}, {10.1, 20.0}, {10.8, 21.0}, {10.9, 20.9}, {nan, nan}};
    const auto found =
        movement_times(std::vector{10.3, 20.5, 20.7}, std::vector{0.2, -0.3, 0.01}, trials.view());
    ASSERT_EQ(found.times.size(), 2U);
    EXPECT_NEAR(found.times[0].reaction_time_s, 0.3, 1e-12);
    EXPECT_NEAR(found.times[0].movement_time_s, 0.5, 1e-12);
    EXPECT_NEAR(found.times[0].response_time_s(), 0.8, 1e-12);
    EXPECT_TRUE(found.times[0].is_final);
    EXPECT_EQ(found.times[1].movement, 1U);
    EXPECT_NEAR(found.times[1].reaction_time_s, 0.5, 1e-12);
    EXPECT_NEAR(found.times[1].movement_time_s, 0.4, 1e-12);
    EXPECT_FALSE(found.times[1].is_final) << "a small one began after it";
    EXPECT_EQ(found.n_out_of_order, 0U);
}

// 0.2 s before the go cue count, or what the trial asked for; too small a movement does not.
TEST(MovementTimes, BeginInTheQuiescentPeriod) {
    const Events trials{{10.0, 20.0, 30.0, 40.0},
                        {10.0, 20.0, 30.0, 40.0},
                        {11.0, 21.0, 31.0, 41.0},
                        {11.0, 21.0, 31.0, 41.0},
                        {nan, nan, 0.5, nan}};
    const auto found = movement_times(std::vector{9.9, 19.7, 29.7, 40.5},
                                      std::vector{1.0, 1.0, 1.0, 0.09}, trials.view());
    ASSERT_EQ(found.times.size(), 2U);
    EXPECT_EQ(found.times[0].trial, 0U);
    EXPECT_NEAR(found.times[0].reaction_time_s, -0.1, 1e-12);
    EXPECT_EQ(found.times[1].trial, 2U);
}

TEST(MovementTimes, LeaveOutWhatIsMissingOrOutOfOrder) {
    const Events trials{{10.0, nan, 9.0, 40.0, 50.0},
                        {10.0, nan, 9.0, 40.0, 50.0},
                        {11.0, 21.0, 31.0, 40.0, nan},
                        {11.0, 21.0, 31.0, 40.0, 51.0},
                        {nan, nan, nan, nan, nan}};
    const auto found = movement_times(std::vector{10.5, 20.5, 30.5, 39.9, 50.5},
                                      std::vector{1.0, 1.0, 1.0, 1.0, 1.0}, trials.view());
    ASSERT_EQ(found.times.size(), 2U);
    EXPECT_EQ(found.times[0].trial, 0U);
    EXPECT_EQ(found.times[1].trial, 4U) << "feedback alone is an end";
    EXPECT_EQ(found.n_out_of_order, 2U) << "the third begins before the first, the fourth is empty";
}

TEST(MovementTimes, WantColumnsOfOneLength) {
    const Events trials{{1.0}, {1.0}, {2.0}, {2.0}, {}};
    EXPECT_THROW((void)movement_times({}, {}, trials.view()), Error);
}

TEST(MovementTimeSet, NamesTrialsAndMovementsByTheirNumbers) {
    HandRows movements;
    movements.integers("movement", {4, 9})
        .numbers("onset_s", {10.25, 20.5})
        .numbers("peak_amplitude_rad", {0.5, 0.5});
    HandRows trials;
    trials.integers("trial", {3, 5, 6})
        .numbers("stim_on_s", {10.0, 20.0, 30.0})
        .numbers("go_cue_s", {10.0, 20.0, 30.0})
        .numbers("response_s", {11.0, 21.0, 31.0})
        .numbers("feedback_s", {11.0, 21.0, 31.0})
        .numbers("quiescent_period_s", {0.4, 0.4, 0.4});
    const Output output =
        testing::run(movement_time_set_table(), "session_id=a,wheel_movement_params_id=default",
                     {{"movements", &movements}, {"trials", &trials}});
    ASSERT_TRUE(output.master_row);
    EXPECT_EQ(number(*output.master_row, "n_trials"), 3.0);
    EXPECT_EQ(number(*output.master_row, "n_with_movement"), 2.0);
    EXPECT_EQ(number(*output.master_row, "median_reaction_time_s"), 0.375);
    EXPECT_EQ(number(*output.master_row, "median_movement_time_s"), 0.625);
    const auto& rows = output.part_rows.at("movement_time");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(number(rows[1], "trial"), 5.0);
    EXPECT_EQ(number(rows[1], "movement"), 9.0);
    EXPECT_EQ(number(rows[1], "response_time_s"), 1.0);
}

}  // namespace
}  // namespace tb::compute::task
