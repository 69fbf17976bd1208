#include "ingest/allen/trial_class.hpp"

#include "trialbase/error.hpp"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace tb::allen {
namespace {

std::string refusal(const TrialClass& trial) {
    try {
        check_trial_class(trial, "log.json: trial 7");
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "TrialClass");
        return error.what();
    }
    return {};
}

TEST(ClassifyTrial, GivesEveryKindItsFlags) {
    const TrialClass hit = classify_trial({.is_hit = true});
    EXPECT_TRUE(hit.is_go && hit.is_hit && !hit.is_catch && !hit.is_correct_reject);
    const TrialClass reject = classify_trial({.is_catch = true});
    EXPECT_TRUE(reject.is_catch && reject.is_correct_reject && !reject.is_go);
    const TrialClass alarm = classify_trial({.is_false_alarm = true, .is_catch = true});
    EXPECT_TRUE(alarm.is_false_alarm && !alarm.is_correct_reject);
    for (const TrialClass& trial : {hit, reject, alarm}) EXPECT_EQ(refusal(trial), "");
}

// known_troubles 1.3
TEST(ClassifyTrial, AnAbortWinsOverTheAutomaticRewardAndThisOverAHit) {
    const TrialClass automatic = classify_trial({.is_hit = true, .is_auto_reward = true});
    EXPECT_TRUE(automatic.is_auto_rewarded);
    EXPECT_FALSE(automatic.is_hit);
    EXPECT_FALSE(automatic.is_go);
    const TrialClass aborted = classify_trial({.is_aborted = true, .is_auto_reward = true});
    EXPECT_TRUE(aborted.is_aborted);
    EXPECT_FALSE(aborted.is_auto_rewarded);
    const TrialClass aborted_catch = classify_trial({.is_aborted = true, .is_catch = true});
    EXPECT_FALSE(aborted_catch.is_catch || aborted_catch.is_correct_reject);
    for (const TrialClass& trial : {automatic, aborted, aborted_catch})
        EXPECT_EQ(refusal(trial), "");
}

TEST(CheckTrialClass, NamesTrialAndWhatHolds) {
    EXPECT_NE(refusal(classify_trial({})).find("trial 7 is nothing"), std::string::npos);
    EXPECT_NE(refusal(classify_trial({.is_hit = true, .is_miss = true})).find("hit and miss"),
              std::string::npos);
    EXPECT_NE(refusal(classify_trial({.is_hit = true, .is_aborted = true})), "");
    EXPECT_NE(refusal(classify_trial({.is_false_alarm = true, .is_aborted = true})), "");
    EXPECT_NE(refusal(classify_trial({.is_hit = true, .is_catch = true})), "");
    EXPECT_NE(refusal({.is_go = true, .is_catch = true, .is_hit = true}), "");
    EXPECT_NE(refusal({.is_go = true, .is_aborted = true}), "");
}

TEST(ResponseLatency, IsOfTheFirstLickEvenBeforeTheChange) {
    EXPECT_DOUBLE_EQ(response_latency_s(false, 3.5, 4.0), -0.5);
    EXPECT_NEAR(response_latency_s(false, 834.6997526283376, 834.287206646593), 0.41254598174464263,
                1e-12)
        << "a hit of the seed";
    EXPECT_TRUE(std::isinf(response_latency_s(false, std::numeric_limits<double>::quiet_NaN(), 4)));
    EXPECT_TRUE(std::isnan(response_latency_s(true, 3.5, 4.0)));
}

}  // namespace
}  // namespace tb::allen
