#include "ingest/photometry/clock_alignment.hpp"

#include <cmath>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::photometry {
namespace {

using ::testing::HasSubstr;

/// A session of 400 trials: starts and rewards on its clock, and the pulses for them, with others
/// between, on a rig's clock that runs `drift_ppm` fast and notes pulses at its next frame.
struct Session {
    ControllerTimes controller;
    std::vector<double> pulses_s;  ///< rig's clock

    explicit Session(double drift_ppm, double offset_s = 5355.0, double frame_s = 0.0,
                     double share_sent = 1.0) {
        std::mt19937_64 random(11);
        std::uniform_real_distribution<double> uniform(0.0, 1.0);
        const auto send = [&](double session_s) {
            double rig_s = offset_s + (1.0 + drift_ppm * 1e-6) * session_s;
            if (frame_s > 0.0) rig_s = std::ceil(rig_s / frame_s) * frame_s;
            pulses_s.push_back(rig_s);
        };
        double now_s = 30.0;
        for (int trial = 0; trial < 400; ++trial) {
            controller.trial_start_s.push_back(now_s);
            if (uniform(random) < share_sent) send(now_s);
            const double reward_s = now_s + 1.0 + 3.0 * uniform(random);
            if (uniform(random) < 0.7) {
                controller.reward_s.push_back(reward_s);
                if (uniform(random) < share_sent) send(reward_s);
            }
            send(reward_s + 1.0 + uniform(random));  // the end of the trial, which no time tells
            now_s = reward_s + 3.0 + 2.0 * uniform(random);
        }
    }

    [[nodiscard]] PhotometrySession recording() const {
        PhotometrySession made;
        made.is_on_session_clock = false;
        made.frame_times_s = {pulses_s.front(), pulses_s.back()};
        made.bands.push_back(
            {.band = "GCaMP", .wavelength_nm = {}, .times_s = {pulses_s[10]}, .signals = {{1.0}}});
        for (const double time : pulses_s) {
            made.digital_events.push_back({.channel = 3, .time_s = time, .is_rising = true});
            made.digital_events.push_back({.channel = 3, .time_s = time + 0.1, .is_rising = false});
        }
        return made;
    }
};

std::vector<double> all_times(const ControllerTimes& controller) {
    auto times = controller.trial_start_s;
    times.insert(times.end(), controller.reward_s.begin(), controller.reward_s.end());
    return times;
}

TEST(ClockAlignment, FindsOffsetAndDriftAmongPulsesThatNothingTellsOf) {
    for (const double drift_ppm : {0.0, 15.0, -80.0, 300.0}) {
        const Session session(drift_ppm);
        const auto times = all_times(session.controller);
        const auto fit = fit_clock(times, session.pulses_s);
        ASSERT_TRUE(fit) << drift_ppm;
        EXPECT_EQ(fit->n_matched, times.size());
        EXPECT_NEAR(fit->drift_ppm, drift_ppm, 1e-3);
        EXPECT_NEAR(fit->offset_s, 5355.0, 1e-6);
        EXPECT_LT(fit->residual_s, 1e-6);
    }
}

TEST(ClockAlignment, PulsesNotedFrameByFrameMoveTheFitByHalfAFrameAtMost) {
    const Session session(12.0, -200.0, 1.0 / 30.0);
    const auto fit = fit_clock(all_times(session.controller), session.pulses_s);
    ASSERT_TRUE(fit);
    EXPECT_GE(fit->share(), 0.99);
    EXPECT_NEAR(fit->drift_ppm, 12.0, 3.0);  // 680 pulses in 3000 s, each 0 to 33 ms late
    EXPECT_NEAR(fit->to_session(-200.0 + 1000.0 * (1.0 + 12e-6)), 1000.0, 1.0 / 60.0 + 0.002);
    EXPECT_NEAR(fit->residual_s, (1.0 / 30.0) / std::sqrt(12.0), 0.002);  // SD of a uniform
}

TEST(ClockAlignment, TooFewTimesOrTooMuchDriftFitNothing) {
    const Session session(900.0);
    EXPECT_FALSE(fit_clock(all_times(session.controller), session.pulses_s));
    EXPECT_FALSE(fit_clock(std::vector<double>(19, 1.0), session.pulses_s));
    EXPECT_FALSE(fit_clock(all_times(session.controller), std::vector{1.0, 2.0}));
    EXPECT_FALSE(fit_clock({}, {}));
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_FALSE(fit_clock(std::vector<double>(100, nan), session.pulses_s));
}

TEST(ClockAlignment, EqualTimesDoNotMatchOnePulseTwice) {
    const std::vector<double> times(50, 10.0);
    std::vector<double> pulses;
    for (int i = 0; i < 50; ++i) pulses.push_back(100.0 + i);
    const auto fit = fit_clock(times, pulses);
    ASSERT_TRUE(fit);
    EXPECT_EQ(fit->n_matched, 1U);
}

TEST(ClockAlignment, MovesAllTimesOntoTheSessionsClock) {
    const Session session(40.0);
    auto recording = session.recording();
    const auto fit = align_to_session(recording, session.controller);
    ASSERT_TRUE(fit);
    EXPECT_TRUE(recording.is_on_session_clock);
    EXPECT_NEAR(*recording.clock_drift_ppm, 40.0, 1e-3);
    EXPECT_NEAR(recording.frame_times_s.front(), 30.0, 1e-5);  // the first trial's start
    EXPECT_NEAR(recording.digital_events.front().time_s, 30.0, 1e-5);
    EXPECT_NEAR(recording.bands[0].times_s[0], (session.pulses_s[10] - 5355.0) / (1.0 + 40e-6),
                1e-5);
}

TEST(ClockAlignment, TrialStartsAloneAreEnoughWhereRewardsAreNotSent) {
    Session session(5.0);
    for (double& time : session.controller.reward_s) time += 0.37;  // sent, but as something else
    auto recording = session.recording();
    const auto fit = align_to_session(recording, session.controller);
    ASSERT_TRUE(fit);
    EXPECT_EQ(fit->n_times, 400U);
}

TEST(ClockAlignment, BelowNineteenTwentiethsTheRecordingStaysAsItWas) {
    const Session session(5.0, 100.0, 0.0, 0.8);
    auto recording = session.recording();
    std::string why;
    EXPECT_FALSE(align_to_session(recording, session.controller, &why));
    EXPECT_FALSE(recording.is_on_session_clock);
    EXPECT_FALSE(recording.clock_drift_ppm);
    EXPECT_EQ(recording.frame_times_s, session.recording().frame_times_s);
    EXPECT_THAT(why, HasSubstr("of which 95 % must"));
}

TEST(ClockAlignment, SaysWhyNothingCanBeDone) {
    const Session session(5.0);
    std::string why;
    PhotometrySession silent;
    EXPECT_FALSE(align_to_session(silent, session.controller, &why));
    EXPECT_THAT(why, HasSubstr("no digital inputs"));
    auto recording = session.recording();
    EXPECT_FALSE(align_to_session(recording, {}, &why));
    EXPECT_THAT(why, HasSubstr("too few trials or pulses"));
    for (std::size_t i = 0; i < recording.digital_events.size(); ++i)
        recording.digital_events[i].channel = static_cast<int>(i);
    EXPECT_FALSE(align_to_session(recording, session.controller, &why));
    EXPECT_THAT(why, HasSubstr("channels"));
}

}  // namespace
}  // namespace tb::photometry
