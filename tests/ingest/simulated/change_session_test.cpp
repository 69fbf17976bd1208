// The model of simulated mice, without files.
#include "ingest/simulated/change_session.hpp"

#include "compute/change_detection/running_speed.hpp"
#include "ingest/simulated/change_imaging.hpp"
#include "ingest/simulated/change_mouse.hpp"
#include "ingest/simulated/change_trials.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tb::simulated {
namespace {

/// Mice of two genotypes and rigs.
ChangeOptions standard() {
    ChangeOptions options;
    options.mice = 2;
    options.sessions = 20;
    options.seed = 3;
    return options;
}

/// Every session of the mice, one after another.
template <typename Look>
void for_each_session(const ChangeOptions& options, const Look& look) {
    for (std::uint64_t number = 0; number < static_cast<std::uint64_t>(options.mice); ++number) {
        const auto mouse = make_change_mouse(options, number);
        for (const auto& day : make_change_days(options, mouse, number))
            look(mouse, day, make_change_session(options, mouse, day, number));
    }
}

/// Standard errors between a count and what its probability makes expect.
double z_of(std::size_t count, std::size_t n, double probability) {
    const auto trials = static_cast<double>(n);
    return (static_cast<double>(count) - trials * probability) /
           std::sqrt(trials * probability * (1.0 - probability));
}

TEST(ChangeSession, HasTheRatesThatItsTruthTells) {
    double hit_square = 0.0, false_alarm_square = 0.0;
    std::size_t sessions = 0;
    const auto options = standard();
    for (std::uint64_t number = 0; number < 6; ++number) {
        const auto mouse = make_change_mouse(options, number);
        for (const auto& day : make_change_days(options, mouse, number)) {
            if (day.is_passive || day.is_all_automatic) continue;
            ChangeSessionTruth truth;
            (void)make_change_trials(
                day, 300, 300, Random{number, static_cast<std::uint64_t>(day.training_day)}, truth);
            ++sessions;
            // Trials of unequal probabilities vary less than the binomial says: five errors are
            // many.
            const double hit = z_of(truth.hit, truth.go, truth.hit_rate);
            const double false_alarm =
                z_of(truth.false_alarm, truth.catch_trials, truth.false_alarm_rate);
            EXPECT_LT(std::abs(hit), 5.0) << day.behavior_session_id;
            EXPECT_LT(std::abs(false_alarm), 5.0) << day.behavior_session_id;
            hit_square += hit * hit;
            false_alarm_square += false_alarm * false_alarm;
            // Never above what an engaged mouse does.
            EXPECT_LE(truth.hit_rate, truth.hit_rate_attending * (1.0 - truth.lapse_rate) + 1e-12);
        }
    }
    EXPECT_GT(sessions, 90U);
    // Mean square of standard errors: 1 for the binomial, less for mixtures; its own error is
    // sqrt(2 / 100).
    const auto n = static_cast<double>(sessions);
    EXPECT_LT(hit_square / n, 1.6);
    EXPECT_GT(hit_square / n, 0.3);
    EXPECT_LT(false_alarm_square / n, 1.6);
    EXPECT_GT(false_alarm_square / n, 0.3);
}

TEST(ChangeSession, PutsResponsesIntoTheWindowAndNothingBeforeTheChange) {
    for_each_session(standard(), [](const auto&, const auto&, const MadeChangeSession& made) {
        const auto& t = made.recording.trials;
        for (std::size_t i = 0; i < t.count; ++i) {
            const auto licks = t.lick_s.row(i);
            for (std::size_t k = 0; k < licks.size(); ++k) {
                EXPECT_GT(licks[k], k == 0 ? t.start_s[i] : licks[k - 1]);
                EXPECT_LE(licks[k], t.stop_s[i]);
            }
            if (i > 0) {
                EXPECT_LT(t.stop_s[i - 1], t.start_s[i]);
            }
            const bool has_responded = t.is_hit[i] == 1.0 || t.is_false_alarm[i] == 1.0;
            const double latency = t.response_latency_s[i];
            if (t.is_aborted[i] == 1.0) {
                EXPECT_FALSE(licks.empty());
                EXPECT_TRUE(std::isnan(latency));
                EXPECT_TRUE(std::isnan(t.change_time_s[i]));
            } else if (has_responded) {
                EXPECT_GT(latency, 0.15);
                EXPECT_LT(latency, 0.75);
            } else if (t.is_auto_rewarded[i] == 0.0) {
                EXPECT_GT(latency, 0.75);  // late, or infinite
            }
            EXPECT_EQ(t.reward_volume_ml[i] > 0.0,
                      t.is_hit[i] == 1.0 || t.is_auto_rewarded[i] == 1.0);
            EXPECT_EQ(t.is_change[i] == 1.0, t.initial_image_name[i] != t.change_image_name[i]);
        }
    });
}

TEST(ChangeSession, BeginsWithAutomaticRewardsAndDrawsCatchTrialsAndChangeTimes) {
    std::size_t go = 0, catch_trials = 0;
    std::vector<double> flashes_before(12, 0.0);
    for_each_session(
        standard(), [&](const auto&, const ChangeDay& day, const MadeChangeSession& made) {
            const auto& truth = made.truth;
            const auto& t = made.recording.trials;
            if (day.is_passive) {
                EXPECT_EQ(truth.auto_rewarded + truth.licks + truth.rewards + truth.aborted, 0U);
            } else if (day.is_all_automatic) {
                EXPECT_EQ(truth.auto_rewarded, truth.trials);
            } else {
                EXPECT_EQ(truth.auto_rewarded, 5U);
                for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(t.is_auto_rewarded[i], 1.0);
            }
            go += truth.go;
            catch_trials += truth.catch_trials;
            const auto& frames = made.recording.stimulus_frame_time_s;
            for (std::size_t i = 0; i < t.count; ++i) {
                if (std::isnan(t.change_frame[i])) continue;
                const auto start = std::ranges::lower_bound(frames, t.start_s[i]) - frames.begin();
                const auto after = t.change_frame[i] - static_cast<double>(start);
                EXPECT_EQ(std::fmod(after, 45.0), 0.0);
                flashes_before.at(static_cast<std::size_t>(after / 45.0)) += 1.0;
            }
        });
    EXPECT_LT(std::abs(z_of(catch_trials, go + catch_trials, 0.125)), 4.0);
    // Geometric from the fourth flash on: every flash keeps 0.7 of the trials that came to it.
    double left = 0.0;
    for (const double n : flashes_before) left += n;
    for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(flashes_before[k], 0.0);
    for (std::size_t k = 3; k < 11; ++k) {
        EXPECT_LT(std::abs(z_of(static_cast<std::size_t>(flashes_before[k]),
                                static_cast<std::size_t>(left), 0.3)),
                  4.0)
            << k;
        left -= flashes_before[k];
    }
    EXPECT_EQ(left, flashes_before[11]);
}

TEST(ChangeSession, ShowsFlashesOnTheirGridAndOmitsOneInTwenty) {
    std::size_t flashes = 0, omitted = 0;
    for_each_session(standard(),
                     [&](const auto&, const ChangeDay& day, const MadeChangeSession& made) {
                         const auto& p = made.recording.presentations;
                         std::size_t previous = p.count;
                         for (std::size_t i = 0; i < p.count; ++i) {
                             EXPECT_GT(p.stop_s[i], p.start_s[i]);
                             if (i > 0) {
                                 EXPECT_GE(p.start_s[i], p.start_s[i - 1]);
                             }
                             if (std::isnan(p.is_omitted[i])) continue;
                             if (day.is_flashed && previous < i) {
                                 EXPECT_EQ(p.start_frame[i] - p.start_frame[previous], 45.0);
                             }
                             previous = i;
                             if (!day.has_omissions) {
                                 EXPECT_EQ(p.is_omitted[i], 0.0);
                                 continue;
                             }
                             ++flashes;
                             if (p.is_omitted[i] == 0.0) continue;
                             ++omitted;
                             EXPECT_EQ(p.is_change[i] + p.is_sham_change[i], 0.0);
                             EXPECT_NE(p.is_change[i + 1], 1.0);  // NaN: the task is over
                             EXPECT_EQ(p.is_sham_change[i + 1], 0.0);
                             EXPECT_EQ(p.image_name[i], "omitted");
                         }
                         EXPECT_EQ(p.stimulus_name.front() == "spontaneous", day.is_imaging);
                         EXPECT_EQ(p.stimulus_name.back() == "natural_movie_one", day.is_imaging);
                     });
    // The first flash of a trial, the change and the one before are never omitted, about 3 of 11.
    const double fraction = static_cast<double>(omitted) / static_cast<double>(flashes);
    EXPECT_GT(fraction, 0.05 * 0.65);
    EXPECT_LT(fraction, 0.05 * 0.85);
}

TEST(ChangeSession, RunsAsItsVoltagesSay) {
    const auto options = standard();
    const auto mouse = make_change_mouse(options, 0);
    const auto days = make_change_days(options, mouse, 0);
    const auto made = make_change_session(options, mouse, days[3], 0);
    const auto& running = made.recording.running.value();
    using namespace compute::change_detection;
    const auto& time = made.recording.stimulus_frame_time_s;
    EXPECT_FALSE(encoder_wraps(running.v_sig).positive.empty());
    const auto raw = unfiltered_running_speed(running.v_sig, running.v_in, time);
    double sum = 0.0, turned = 0.0;
    for (std::size_t i = 2; i < raw.size(); ++i) {
        if (std::isnan(running.speed_unfiltered_cm_s[i])) continue;
        // What the wheel turned, in degrees, against the speed: apart from wraps they are one.
        const double dt = time[i] - time[i - 1];
        sum += running.speed_unfiltered_cm_s[i] * dt;
        turned += running.dx[i] / 180.0 * std::numbers::pi * 5.5033;
    }
    EXPECT_NEAR(sum / turned, 1.0, 0.01);  // wraps are clipped
    const auto filtered = filtered_running_speed(raw);
    EXPECT_EQ(running.speed_cm_s, filtered);
    EXPECT_NEAR(time.back(), static_cast<double>(time.size()) / 60.0,
                0.01 * time.back());  // few dropped frames
}

TEST(ChangeSession, ShowsLearningStagesAndGenotypes) {
    auto options = standard();
    options.mice = 9;
    std::set<std::string> genotypes, projects, stages;
    for (std::uint64_t number = 0; number < 9; ++number) {
        const auto mouse = make_change_mouse(options, number);
        genotypes.insert(mouse.full_genotype);
        projects.insert(mouse.project_code);
        const auto days = make_change_days(options, mouse, number);
        ASSERT_EQ(days.size(), 20U);
        EXPECT_LT(days[1].skill, 0.5);
        EXPECT_GT(days[19].skill, 0.6);
        EXPECT_LT(days[1].d_prime, days[19].d_prime);
        EXPECT_EQ(days[0].session_type, "TRAINING_0_gratings_autorewards_15min");
        EXPECT_EQ(days[13].session_type.substr(0, 8), "OPHYS_0_");
        EXPECT_EQ(days[19].session_type.substr(0, 8), "OPHYS_6_");
        std::set<std::string> dates;
        for (const auto& day : days) {
            stages.insert(day.session_type.substr(0, 10));
            dates.insert(day.date_of_acquisition);
        }
        EXPECT_EQ(dates.size(), 20U);
    }
    EXPECT_EQ(genotypes.size(), 3U);
    EXPECT_EQ(projects.size(), 3U);
    EXPECT_GE(stages.size(), 12U);
}

TEST(ChangeImaging, AnswersToChangesAndOmissionsAsItsTruthTells) {
    auto options = standard();
    options.cells = 12;
    const auto mouse = make_change_mouse(options, 0);
    const auto days = make_change_days(options, mouse, 0);
    std::size_t compared = 0;
    for (const auto& day : days) {
        if (day.experiments.empty()) continue;
        const auto made = make_change_session(options, mouse, day, 0);
        const auto imaging = make_imaging(options, mouse, 0, day, made.recording, 0);
        const auto& t = made.recording.trials;
        for (std::size_t cell = 0; cell < 12; ++cell) {
            double sum = 0.0, square = 0.0, n = 0.0;
            for (std::size_t i = 0; i < t.count; ++i) {
                if (t.is_change[i] != 1.0) continue;
                const auto after = static_cast<std::size_t>(
                    std::ranges::lower_bound(imaging.time_s, t.change_time_s[i]) -
                    imaging.time_s.begin());
                if (after == 0 || after >= imaging.time_s.size()) continue;
                const double rise =
                    imaging.dff[after * 12 + cell] - imaging.dff[(after - 1) * 12 + cell];
                sum += rise;
                square += rise * rise;
                n += 1.0;
            }
            const double mean = sum / n;
            const double error = std::sqrt((square / n - mean * mean) / n);
            // Five standard errors, and what decays of earlier events takes from the rise.
            EXPECT_NEAR(mean, imaging.truth[cell].change_response, 5.0 * error + 0.02)
                << day.session_type << " cell " << cell;
            ++compared;
        }
    }
    EXPECT_GE(compared, 60U);
}

}  // namespace
}  // namespace tb::simulated
