#include "compute/task/wheel_movements.hpp"

#include "compute/task/wheel_movement_set.hpp"
#include "compute/task/wheel_units.hpp"
#include "compute/task/wheel_velocity.hpp"
#include "tests/compute/task/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using testing::HandRows;
using testing::number;
using testing::text;

/// Position at 1 kHz in encoder samples: at rest, then a ramp of `way` from `at` over `length`.
std::vector<double> ramps(std::size_t n, std::vector<std::array<double, 3>> list) {
    std::vector<double> position(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
        const double t = static_cast<double>(i) / 1000.0;
        for (const auto& [at, length, way] : list) {
            position[i] += way * std::clamp((t - at) / length, 0.0, 1.0);
        }
    }
    return position;
}

EvenTimes millis(std::size_t n) {
    return photometry::even_times(0.0, 1000.0, n);
}

TEST(WheelMovements, FindOnsetOffsetAndPeak) {
    // 100 samples within 0.5 s from 1 s on: 0.2 samples a millisecond.
    const auto position = ramps(4000, {{1.0, 0.5, 100.0}});
    const auto found = wheel_movements(millis(4000), position);
    ASSERT_EQ(found.size(), 1u);
    // The last sample within 1.5 of rest is 7 ms in; moving ends where 0.2 s hold 8 samples or
    // less.
    EXPECT_NEAR(found[0].onset_s, 1.007, 1.1e-3);
    EXPECT_NEAR(found[0].offset_s, 1.46, 2.1e-3);
    EXPECT_NEAR(found[0].peak_amplitude, 0.2 * (found[0].offset_s - found[0].onset_s) * 1000.0,
                0.5);
    EXPECT_GT(found[0].peak_velocity_s, found[0].onset_s);
    EXPECT_LT(found[0].peak_velocity_s, found[0].offset_s);
}

TEST(WheelMovements, PeakAmplitudeIsSignedAndTheLargestOnTheWay) {
    // 60 back, then 40 forth: ends at -20, was furthest at -60.
    const auto position = ramps(4000, {{1.0, 0.3, -60.0}, {1.3, 0.3, 40.0}});
    const auto found = wheel_movements(millis(4000), position);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_NEAR(found[0].peak_amplitude, -60.0, 2.0);
    const auto motion = wheel_motion(position, 1000.0);
    EXPECT_EQ(direction_changes(millis(4000), motion.velocity, found)[0], 1u);
    EXPECT_EQ(direction_changes_of_position(position, 1000.0, found)[0], 1u);
}

TEST(WheelMovements, DirectionChangesDoNotDependOnWhatLiesFarAway) {
    // Movements with turns, a second to half a minute apart: filtered stretch by stretch as in one.
    std::mt19937_64 random(11);
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    std::vector<double> position(300000, 0.0);
    std::size_t i = 0;
    for (int k = 0; i < position.size(); ++k) {
        const double still_s = k % 7 == 0 ? 30.0 * uniform(random) : 3.0 * uniform(random);
        const std::size_t start = i + static_cast<std::size_t>(1000.0 * still_s);
        const double length_s = 0.3 + uniform(random);
        const double size = 40.0 + 200.0 * uniform(random);
        const double turns = 1.0 + 4.0 * uniform(random);
        for (; i < std::min(start, position.size()); ++i) {
            position[i] = i == 0 ? 0.0 : position[i - 1];
        }
        const double from = i == 0 ? 0.0 : position[i - 1];
        const std::size_t end = start + static_cast<std::size_t>(1000.0 * length_s);
        for (; i < std::min(end, position.size()); ++i) {
            const double phase = static_cast<double>(i - start) / (1000.0 * length_s);
            position[i] = std::round(from + size * std::sin(std::numbers::pi * turns * phase));
        }
    }
    const auto found = wheel_movements(millis(position.size()), position);
    ASSERT_GT(found.size(), 40u);
    const auto whole =
        direction_changes(millis(position.size()), wheel_motion(position, 1000.0).velocity, found);
    EXPECT_EQ(direction_changes_of_position(position, 1000.0, found), whole);
    EXPECT_GT(*std::ranges::max_element(whole), 2u);
    EXPECT_TRUE(direction_changes_of_position(position, 1000.0, {}).empty());
}

/// Samples of an encoder that speaks when the wheel turns: rests of up to half a minute, turns back
/// and forth, two samples of one time.
struct Encoder {
    std::vector<double> times, position;

    explicit Encoder(unsigned seed, double length_s) {
        std::mt19937_64 random(seed);
        std::uniform_real_distribution<double> uniform(0.0, 1.0);
        double time_s = 7.3;
        double at = 0.0;
        times.push_back(time_s);
        position.push_back(at);
        for (int k = 0; time_s < length_s; ++k) {
            time_s += k % 9 == 0 ? 30.0 * uniform(random) : 0.05 + 3.0 * uniform(random);
            times.push_back(time_s);  // nothing between it and the last movement
            position.push_back(at);
            const int steps = k % 3 == 0 ? 6 : 20 + static_cast<int>(200.0 * uniform(random));
            const double pace_s = 0.002 + 0.01 * uniform(random);
            double way = uniform(random) < 0.5 ? 1.0 : -1.0;
            for (int step = 0; step < steps; ++step) {
                if (uniform(random) < 0.02) way = -way;
                if (uniform(random) > 0.01) time_s += pace_s * (0.5 + uniform(random));
                at += way;
                times.push_back(time_s);
                position.push_back(at);
            }
        }
    }
};

TEST(WheelMovements, AreTheSameWhereOnlyWhatMayMoveIsDrawn) {
    for (const unsigned seed : {1U, 2U, 3U, 4U, 5U}) {
        SCOPED_TRACE(seed);
        const Encoder encoder(seed, seed == 5U ? 9.0 : 600.0);  // the last is too short to part
        for (const double threshold : {8.0, 30.0, 1e9}) {
            MovementParams params;
            params.position_threshold = threshold;
            const auto even = interpolated_position(encoder.times, encoder.position, 1000.0);
            const auto all = wheel_movements(even.times, even.position, params);
            const auto changes = direction_changes_of_position(even.position, 1000.0, all);
            const auto found = found_movements(encoder.times, encoder.position, params);
            ASSERT_EQ(found.movements.size(), all.size());
            if (threshold == 8.0 && seed != 5U) {
                EXPECT_GT(all.size(), 50u);
            }
            for (std::size_t i = 0; i < all.size(); ++i) {
                EXPECT_EQ(found.movements[i].onset, all[i].onset);
                EXPECT_EQ(found.movements[i].offset, all[i].offset);
                EXPECT_EQ(found.movements[i].onset_s, all[i].onset_s);
                EXPECT_EQ(found.movements[i].peak_amplitude, all[i].peak_amplitude);
                EXPECT_EQ(found.movements[i].peak_velocity_s, all[i].peak_velocity_s);
            }
            EXPECT_EQ(found.direction_changes, changes);
            const auto whole =
                direction_changes(even.times, wheel_motion(even.position, 1000.0).velocity, all);
            EXPECT_EQ(found.direction_changes, whole);
        }
    }
}

TEST(WheelMovements, CloseOnesAreOneAndShortOnesNone) {
    const auto apart = ramps(6000, {{1.0, 0.3, 60.0}, {2.0, 0.3, 60.0}});
    EXPECT_EQ(wheel_movements(millis(6000), apart).size(), 2u);
    const auto close = ramps(6000, {{1.0, 0.3, 60.0}, {1.35, 0.3, 60.0}});
    EXPECT_EQ(wheel_movements(millis(6000), close).size(), 1u);
    MovementParams params;
    params.min_duration_s = 0.5;
    EXPECT_TRUE(wheel_movements(millis(6000), apart, params).empty());
    EXPECT_TRUE(wheel_movements(millis(6000), std::vector<double>(6000, 3.0)).empty());
    EXPECT_TRUE(wheel_movements(millis(0), {}).empty());
}

/// The definition, window by window.
std::vector<std::pair<std::size_t, std::size_t>> moving_runs(const std::vector<double>& position,
                                                             std::size_t window, double threshold) {
    std::vector<std::pair<std::size_t, std::size_t>> runs;
    bool was_moving = false;
    for (std::size_t i = 0; i < position.size(); ++i) {
        double least = position[i];
        double greatest = position[i];
        for (std::size_t j = i; j < std::min(position.size(), i + window); ++j) {
            least = std::min(least, position[j]);
            greatest = std::max(greatest, position[j]);
        }
        const bool is_moving = greatest - least > threshold && i + 1 < position.size();
        if (is_moving && !was_moving) runs.push_back({i, i});
        if (!is_moving && was_moving) runs.back().second = i;
        was_moving = is_moving;
    }
    return runs;
}

TEST(WheelMovements, AreThoseOfTheDefinitionForEveryWindow) {
    std::mt19937_64 random(21);
    std::normal_distribution<double> normal;
    for (const double window_s : {0.001, 0.002, 0.003, 0.007, 0.05, 0.2, 0.333}) {
        std::vector<double> position = {0.0};
        double speed = 0.0;
        for (int i = 1; i < 5003; ++i) {
            speed = 0.99 * speed + (i % 700 < 300 ? 0.02 * normal(random) : 0.0);
            position.push_back(position.back() + speed);
        }
        MovementParams params;
        params.time_window_s = window_s;
        params.position_threshold = 30.0 * window_s;
        params.onset_threshold = -1.0;
        params.min_gap_s = 0.0;
        params.min_duration_s = 0.0;
        const auto window = static_cast<std::size_t>(std::nearbyint(window_s * 1000.0));
        const auto want = moving_runs(position, window, params.position_threshold);
        const auto found = wheel_movements(millis(position.size()), position, params);
        ASSERT_EQ(found.size(), want.size()) << window_s;
        EXPECT_TRUE(found.size() > 1 || window == 1);  // one sample alone goes nowhere
        for (std::size_t i = 0; i < want.size(); ++i) {
            EXPECT_EQ(found[i].onset, want[i].first) << window_s;
            EXPECT_EQ(found[i].offset, want[i].second) << window_s;
            double peak = 0.0;
            for (std::size_t j = found[i].onset; j < found[i].offset; ++j) {
                const double way = position[j] - position[found[i].onset];
                if (std::abs(way) > std::abs(peak)) peak = way;
            }
            EXPECT_EQ(found[i].peak_amplitude, peak);
            // The smoothed speed at its peak is the greatest.
            const auto smoothed = [&](std::size_t at) {
                double sum = 0.0;
                for (int k = 0; k < 10; ++k) {
                    const auto j = static_cast<std::ptrdiff_t>(at) + 4 - k;
                    if (j < 0 || j >= static_cast<std::ptrdiff_t>(position.size())) continue;
                    const auto u = static_cast<std::size_t>(j);
                    const double step = u == 0 ? position[0] : position[u] - position[u - 1];
                    sum += std::exp(-0.5 * std::pow((k - 4.5) / 1.8, 2.0)) * step;
                }
                return std::abs(sum);
            };
            const auto fastest =
                static_cast<std::size_t>(std::lround(found[i].peak_velocity_s * 1000.0));
            for (std::size_t j = found[i].onset; j < found[i].offset; ++j) {
                EXPECT_LE(smoothed(j), smoothed(fastest) * (1.0 + 1e-12));
            }
        }
    }
}

TEST(WheelMovements, RefuseUnevenTimes) {
    std::vector<double> times, position;
    for (int i = 0; i < 500; ++i) {
        times.push_back(0.001 * i);
        position.push_back(0.0);
    }
    EXPECT_TRUE(wheel_movements(times, position).empty());
    times[100] += 1e-4;
    try {
        (void)wheel_movements(times, position);
        FAIL() << "expected an error";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "AssertionError");
    }
    position.pop_back();
    EXPECT_THROW((void)wheel_movements(times, position), Error);
    MovementParams params;
    params.time_window_s = nan;
    EXPECT_THROW((void)wheel_movements(millis(499), position, params), Error);
}

TEST(WheelUnitsOf, AreThoseOfTheNearestStep) {
    const auto of_step = [](double step) {
        return wheel_units(std::vector{0.0, step, 2.0 * step, 3.0 * step});
    };
    EXPECT_EQ(of_step(2.0 * std::numbers::pi / 1024.0).encoding, "X1");
    EXPECT_EQ(of_step(2.0 * std::numbers::pi / 4096.0).unit, "rad");
    EXPECT_EQ(of_step(6.2 * std::numbers::pi / 2048.0).unit, "cm");
    EXPECT_EQ(of_step(6.2 * std::numbers::pi / 2048.0).resolution, 2048);
    EXPECT_THROW((void)wheel_units(std::vector{1.0}), Error);
    const MovementParams rad = movement_params({"rad", 1024, "X1"});
    EXPECT_NEAR(rad.position_threshold, 8.0 * 2.0 * std::numbers::pi / 1024.0, 1e-12);
    const MovementParams cm = movement_params({"cm", 2048, "X2"});
    EXPECT_NEAR(cm.onset_threshold, 1.5 * 6.2 * std::numbers::pi / 2048.0, 1e-12);
}

TEST(MovementOnsets, BelongToTheMovementThatContainsTheEvent) {
    const std::vector<double> onsets = {1.0, 5.0};
    const std::vector<double> offsets = {2.0, 6.0};
    const auto found = movement_onsets(onsets, offsets, std::vector{0.5, 1.0, 2.0, 3.0, 5.5});
    EXPECT_TRUE(std::isnan(found[0]));
    EXPECT_EQ(found[1], 1.0);
    EXPECT_EQ(found[2], 1.0);
    EXPECT_TRUE(std::isnan(found[3]));
    EXPECT_EQ(found[4], 5.0);
    for (const auto& events :
         {std::vector{1.0, 1.0}, std::vector{2.0, 1.0}, std::vector{1.0, nan}}) {
        try {
            (void)movement_onsets(onsets, offsets, events);
            FAIL() << "expected an error";
        } catch (const Error& error) {
            EXPECT_EQ(error.type(), "ValueError");  // spec/photometry.md, 19
        }
    }
    EXPECT_THROW((void)movement_onsets(onsets, {}, std::vector{1.0}), Error);
}

TEST(FirstMovements, AreLargeEnoughAndWithinTheTrial) {
    const std::vector<double> onsets = {0.5, 1.0, 1.2, 3.0};
    const std::vector<double> amplitudes = {0.5, 0.05, -0.3, 0.2};
    const auto found = first_movements(onsets, amplitudes, std::vector{1.1, 2.9, nan, 10.0},
                                       std::vector{1.5, 3.5, 4.0, 11.0}, std::vector(4, 0.2));
    EXPECT_EQ(found[0].onset_s, 1.2);  // the one at 1.0 is too small
    EXPECT_TRUE(found[0].is_final);
    EXPECT_EQ(found[0].movement, 2u);
    EXPECT_EQ(found[1].onset_s, 3.0);
    EXPECT_TRUE(std::isnan(found[2].onset_s));
    EXPECT_FALSE(found[3].movement);
    EXPECT_THROW((void)first_movements(onsets, {}, {}, {}, {}), Error);
    EXPECT_THROW((void)first_movements(onsets, amplitudes, std::vector{1.0}, {}, {}), Error);
}

// --- adapters

class Wheel : public ArrayReader {
  public:
    std::map<std::string, std::vector<double>, std::less<>> arrays;
    Array read(std::string_view ref) const override {
        const auto found = arrays.find(ref);
        if (found == arrays.end()) {
            throw Error(ErrorKind::data, "no array " + std::string(ref), {}, "MissingArray");
        }
        return Array::vector(found->second);
    }
    Array read_rows(std::string_view ref, std::size_t, std::size_t) const override {
        return read(ref);
    }
};

/// The wheel turns by 50 steps of 1/1024 turn, 5 ms each, in every other second.
struct World {
    Wheel reader;
    std::optional<std::string> position_ref = "w#position";

    World() {
        double position = 0.0;
        for (int second = 0; second < 20; ++second) {
            for (int step = 0; step < 100; ++step) {
                if (second % 2 == 1 && step < 50)
                    position += 2.0 * std::numbers::pi / 1024.0;
                else if (step % 25 != 0)
                    continue;
                reader.arrays["w#position"].push_back(position);
                reader.arrays["w#times"].push_back(100.0 + second + 0.005 * step + 0.005);
            }
        }
    }

    Output run(const ComputedTable& table) const {
        HandRows recording, trials, params;
        recording.texts("position_ref", {position_ref}).texts("times_ref", {"w#times"});
        trials.integers("trial", {1, 2, 4})
            .numbers("stim_on_s", {101.0, 102.4, nan})
            .numbers("feedback_s", {101.5, 102.6, 104.0});
        params.numbers("rate_hz", {table.name == "task.wheel_velocity" ? 100.0 : 1000.0})
            .numbers("cutoff_hz", {20.0})
            .integers("filter_order", {8})
            .texts("time_precision", {"float64"})
            .numbers("position_threshold_samples", {8.0})
            .numbers("onset_threshold_samples", {1.5})
            .numbers("time_window_s", {0.2})
            .numbers("min_gap_s", {0.1})
            .numbers("min_duration_s", {0.05});
        Inputs inputs;
        inputs.key = "session_id=x,params=default";
        inputs.arrays = &reader;
        inputs.fetched.emplace("recording", recording.rows());
        inputs.fetched.emplace("trials", trials.rows());
        inputs.fetched.emplace("params", params.rows());
        Output output;
        table.compute(inputs, output);
        return output;
    }
};

TEST(WheelVelocityTable, KeepsTheVelocityAndEachTrialsPeak) {
    const Output output = World().run(wheel_velocity_table());
    ASSERT_TRUE(output.master_row);
    ASSERT_EQ(output.arrays.size(), 1u);
    EXPECT_EQ(output.arrays[0].values.dtype(), "float32");
    EXPECT_EQ(output.arrays[0].meta.sampling_rate_hz, 100.0);
    EXPECT_EQ(number(*output.master_row, "n_samples"),
              static_cast<double>(output.arrays[0].values.size()));
    EXPECT_EQ(number(*output.master_row, "n_trials"), 3.0);
    EXPECT_EQ(number(*output.master_row, "n_trial_samples"), 50.0);
    const auto& trials = output.part_rows.at("wheel_trial");
    ASSERT_EQ(trials.size(), 3u);
    EXPECT_EQ(number(trials[2], "trial"), 4.0);
    // 2 pi/1024 in 5 ms; the filter overshoots at the steps of speed.
    const double speed = 2.0 * std::numbers::pi / 1024.0 / 0.005;
    EXPECT_NEAR(number(trials[0], "peak_velocity_rad_s"), speed, 0.25 * speed);
    EXPECT_LT(number(trials[1], "peak_velocity_rad_s"), 0.05 * speed);
    EXPECT_TRUE(std::isnan(number(trials[2], "peak_velocity_rad_s")));
}

TEST(WheelMovementSetTable, HasTheMovementsInRadians) {
    const Output output = World().run(wheel_movement_set_table());
    ASSERT_TRUE(output.master_row);
    EXPECT_EQ(text(*output.master_row, "source_unit"), "rad");
    EXPECT_EQ(number(*output.master_row, "encoder_resolution"), 1024.0);
    const auto& movements = output.part_rows.at("wheel_movement");
    ASSERT_EQ(movements.size(), 10u);
    EXPECT_EQ(number(*output.master_row, "n_movements"), 10.0);
    EXPECT_EQ(number(movements[0], "movement"), 1.0);
    EXPECT_NEAR(number(movements[0], "onset_s"), 101.0, 0.02);
    // From the last sample within 1.5 steps of rest to where 8 steps are left of 50.
    const double step = 2.0 * std::numbers::pi / 1024.0;
    EXPECT_NEAR(number(movements[0], "peak_amplitude_rad"), 40.5 * step, 1.5 * step);
}

TEST(WheelTables, SettleAKeyWithoutPosition) {
    World world;
    world.position_ref = std::nullopt;
    for (const ComputedTable& table : {wheel_velocity_table(), wheel_movement_set_table()}) {
        const Output output = world.run(table);
        EXPECT_FALSE(output.master_row);
        EXPECT_TRUE(output.settled_reason);
    }
}

// known_troubles.md, section 2, row 11.
TEST(WheelMovementSetTable, SettlesAWheelWhoseStepsTellNoUnit) {
    World world;
    std::vector<double>& position = world.reader.arrays["w#position"];
    const double step = 2.0 * std::numbers::pi / 1024.0;
    for (std::size_t i = 0; i < position.size(); ++i)
        position[i] = step * static_cast<double>(std::min<std::size_t>(i / 10, 9));
    EXPECT_EQ(count_steps(position), 9u);
    EXPECT_EQ(world.run(wheel_movement_set_table()).settled_reason,
              "the wheel has 9 steps, which do not tell its unit");
    // A wheel that never turned has no movements, in whatever unit.
    std::ranges::fill(position, 1.0);
    const Output output = world.run(wheel_movement_set_table());
    ASSERT_TRUE(output.master_row);
    EXPECT_EQ(number(*output.master_row, "n_movements"), 0.0);
}

TEST(WheelTables, PassErrorsOfTheirInputsOn) {
    World world;
    world.reader.arrays["w#times"].pop_back();
    EXPECT_THROW((void)world.run(wheel_velocity_table()), Error);
    EXPECT_THROW((void)world.run(wheel_movement_set_table()), Error);
    World with_gap;
    with_gap.reader.arrays["w#position"][100] = nan;
    EXPECT_THROW((void)with_gap.run(wheel_velocity_table()), Error);
}

}  // namespace
}  // namespace tb::compute::task
