#include "compute/change_detection/stage_criteria.hpp"

#include "tests/compute/change_detection/support.hpp"
#include "trialbase/error.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tb::compute::change_detection {
namespace {

using testing::Kind;

TEST(StageCriteria, LookAtTheLastThreeDays) {
    std::vector<StageDay> days = {{2.5, 0.5, 301, 101}, {1.5, 0.5, 301, 101}, {2.1, 0.5, 301, 101}};
    EXPECT_TRUE(is_two_out_of_three(days));
    EXPECT_TRUE(is_engaged(days));
    EXPECT_TRUE(is_yesterday_good(days));
    days.push_back({2.0, 0.1, 300, 100});
    EXPECT_FALSE(is_two_out_of_three(days)) << "2.0 is not above 2";
    EXPECT_FALSE(is_engaged(days)) << "100 is not above 100";
    EXPECT_FALSE(is_yesterday_good(days));
    EXPECT_FALSE(is_without_response_bias(days));
    EXPECT_FALSE(is_enough_trials(days));
    days.back() = {std::numeric_limits<double>::quiet_NaN(), 0.11, 301, 200};
    EXPECT_FALSE(is_yesterday_good(days)) << "a missing d' is not good";
    EXPECT_TRUE(is_without_response_bias(days));
    EXPECT_TRUE(is_enough_trials(days));
}

TEST(StageCriteria, SayWhenDaysAreTooFew) {
    const std::vector<StageDay> two(2);
    for (const auto rule : {&is_two_out_of_three, &is_engaged}) {
        try {
            (void)rule(two, {});
            FAIL() << "accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.type(), "NotEnoughDays");
        }
    }
    EXPECT_THROW((void)is_yesterday_good({}), Error);
    EXPECT_NO_THROW((void)is_enough_trials(two));
}

TEST(StageCriteria, MostlyUsefulComparesLengths) {
    ChangeTrials trials = testing::trials_from({{Kind::aborted, 0}, {Kind::hit, 10}});
    EXPECT_FALSE(is_mostly_useful(trials)) << "exactly half";
    trials.length_s[0] = 7.9;
    EXPECT_TRUE(is_mostly_useful(trials));
    EXPECT_FALSE(is_mostly_useful({}));
}

TEST(StageCriteria, OutOfTimeBeginsAtFortyDays) {
    EXPECT_FALSE(is_out_of_time(39));
    EXPECT_TRUE(is_out_of_time(40));
}

TEST(StageCriteria, ResponseBiasIsTheShareOfAnswersWithALick) {
    const ChangeTrials trials = testing::trials_from({{Kind::hit, 0},
                                                      {Kind::aborted, 10},
                                                      {Kind::correct_reject, 20},
                                                      {Kind::auto_rewarded, 30},
                                                      {Kind::false_alarm, 40},
                                                      {Kind::miss, 50}});
    EXPECT_DOUBLE_EQ(response_bias(trials), 0.5);
    EXPECT_TRUE(std::isnan(response_bias(testing::trials_from({{Kind::aborted, 0}}))));
}

}  // namespace
}  // namespace tb::compute::change_detection
