#include "compute/change_detection/rates.hpp"

#include "tests/compute/change_detection/support.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tb::compute::change_detection {
namespace {

using testing::Kind;

TEST(LimitedRate, StaysHalfATrialAwayFromBothEnds) {
    EXPECT_DOUBLE_EQ(limited_rate(0.0, 10), 0.05);
    EXPECT_DOUBLE_EQ(limited_rate(1.0, 10), 0.95);
    EXPECT_DOUBLE_EQ(limited_rate(0.3, 10), 0.3);
    EXPECT_DOUBLE_EQ(limited_rate(0.0, 1), 0.5);
    EXPECT_DOUBLE_EQ(limited_rate(1.0, 1), 0.5) << "of one trial nothing is known";
    EXPECT_TRUE(std::isnan(limited_rate(nan, 5)));
    EXPECT_TRUE(std::isnan(limited_rate(0.5, 0)));
}

TEST(DPrime, IsTheDifferenceOfNormalQuantilesOfClippedRates) {
    // Z(0.99) = 2.3263478740408408 (tables of the normal distribution)
    EXPECT_NEAR(d_prime(1.0, 0.0), 2 * 2.3263478740408408, 1e-12);
    EXPECT_NEAR(d_prime(0.999, 0.5), 2.3263478740408408, 1e-12);
    EXPECT_DOUBLE_EQ(d_prime(0.3, 0.3), 0.0);
    EXPECT_LT(d_prime(0.2, 0.6), 0.0);
    EXPECT_TRUE(std::isnan(d_prime(nan, 0.5)));
    EXPECT_TRUE(std::isnan(d_prime(0.5, nan)));
}

TEST(Responses, AreOfNonAbortedTrialsByTheirKind) {
    const ChangeTrials trials = testing::trials_from({{Kind::hit, 0},
                                                      {Kind::aborted, 10},
                                                      {Kind::correct_reject, 20},
                                                      {Kind::auto_rewarded, 30},
                                                      {Kind::false_alarm, 40},
                                                      {Kind::miss, 50}});
    const Responses responses = responses_of(trials);
    ASSERT_EQ(responses.go.size(), 5u);
    EXPECT_EQ(responses.go[0], 1.0);
    EXPECT_TRUE(std::isnan(responses.go[1]));
    EXPECT_TRUE(std::isnan(responses.go[2])) << "the automatic reward is no answer";
    EXPECT_EQ(responses.go[4], 0.0);
    EXPECT_EQ(responses.catch_trial[1], 0.0);
    EXPECT_TRUE(std::isnan(responses.catch_trial[2]));
    EXPECT_EQ(responses.catch_trial[3], 1.0);
}

TEST(RollingRate, CountsTheAnswersAmongTheLastEntries) {
    // Window of 3 entries, of which some are no answers.
    const RollingRate rate = rolling_rate(std::vector{nan, 1.0, nan, 0.0, 0.0, nan, nan, nan}, 3);
    const std::vector<double> raw = {nan, 1.0, 1.0, 0.5, 0.0, 0.0, 0.0, nan};
    const std::vector<double> limited = {nan, 0.5, 0.5, 0.5, 0.25, 0.25, 0.5, nan};
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (std::isnan(raw[i])) {
            EXPECT_TRUE(std::isnan(rate.raw[i])) << i;
            EXPECT_TRUE(std::isnan(rate.limited[i])) << i;
        } else {
            EXPECT_DOUBLE_EQ(rate.raw[i], raw[i]) << i;
            EXPECT_DOUBLE_EQ(rate.limited[i], limited[i]) << i;
        }
    }
}

TEST(RollingRate, LooksBackOverAHundredTrialsWhateverTheirKind) {
    std::vector<double> answers(150, nan);
    answers[0] = 1.0;
    answers[120] = 0.0;
    const RollingRate rate = rolling_rate(answers);
    EXPECT_DOUBLE_EQ(rate.raw[99], 1.0);
    EXPECT_TRUE(std::isnan(rate.raw[100]));
    EXPECT_DOUBLE_EQ(rate.raw[149], 0.0);
}

}  // namespace
}  // namespace tb::compute::change_detection
