// Adapter of photometry.response_set, with arrays in memory.
#include "compute/photometry/response_set.hpp"

#include "compute/photometry/responses.hpp"
#include "tests/compute/task/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

using task::testing::HandRows;
using task::testing::number;
using task::testing::text;

class OneArray : public ArrayReader {
  public:
    Array array;
    Array read(std::string_view ref) const override {
        if (ref != "file.h5#signal") {
            throw Error(ErrorKind::data, "no array " + std::string(ref), {}, "MissingArray");
        }
        return array;
    }
    Array read_rows(std::string_view ref, std::size_t, std::size_t) const override {
        return read(ref);
    }
};

/// 100 trials, 4 s apart, in a signal of 30 Hz that rises by 1 a second.
struct World {
    OneArray reader;
    std::vector<double> stim_on, movement, feedback;
    std::vector<std::optional<std::int64_t>> trial;
    std::vector<std::optional<std::string>> events = {"stimOn_times", "firstMovement_times",
                                                      "feedback_times"};
    std::vector<double> hole_starts, hole_ends;
    bool subtracts = true;
    bool masks = true;

    World() {
        std::vector<double> signal;
        for (int i = 0; i < 30 * 420; ++i) signal.push_back(i / 30.0);
        reader.array = Array::vector(std::move(signal));
        for (int i = 0; i < 100; ++i) {
            trial.push_back(i + 3);  // the source left two out
            stim_on.push_back(1010.0 + 4.0 * i);
            movement.push_back(stim_on.back() + 0.2);
            feedback.push_back(stim_on.back() + 0.6);
        }
    }

    Output run() const {
        HandRows signal, trials, named, params, holes;
        signal.texts("signal_ref", {"file.h5#signal"})
            .numbers("start_s", {1000.0})
            .numbers("sampling_rate_hz", {30.0});
        trials.integers("trial", trial)
            .numbers("stim_on_s", stim_on)
            .numbers("first_movement_s", movement)
            .numbers("response_s", feedback)
            .numbers("feedback_s", feedback);
        named.texts("event", events);
        holes.numbers("start_s", hole_starts).numbers("end_s", hole_ends);
        params.numbers("window_begin_s", {-1.0})
            .numbers("window_end_s", {1.0})
            .numbers("baseline_begin_s", {-0.1})
            .numbers("baseline_end_s", {0.0})
            .numbers("early_begin_s", {0.1})
            .numbers("early_end_s", {0.35})
            .integers("subtracts_baseline", {subtracts})
            .integers("masks_subsequent_events", {masks})
            .integers("min_trials", {90})
            .numbers("min_event_share", {0.9});
        Inputs inputs;
        inputs.key = "session_id=x,fiber_idx=0,preprocess_params_id=default";
        inputs.arrays = &reader;
        inputs.fetched.emplace("signal", signal.rows());
        inputs.fetched.emplace("trials", trials.rows());
        inputs.fetched.emplace("events", named.rows());
        inputs.fetched.emplace("holes", holes.rows());
        inputs.fetched.emplace("params", params.rows());
        Output output;
        response_set_table().compute(inputs, output);
        return output;
    }
};

TEST(ResponseSetTable, HasTracesPerEventAndAMagnitudePerTrial) {
    const Output output = World().run();
    ASSERT_TRUE(output.master_row);
    EXPECT_EQ(number(*output.master_row, "n_trials"), 100.0);
    EXPECT_EQ(number(*output.master_row, "n_events"), 3.0);
    EXPECT_EQ(number(*output.master_row, "n_samples"), 60.0);
    EXPECT_EQ(number(*output.master_row, "first_offset_s"), -1.0);
    ASSERT_EQ(output.arrays.size(), 3u);
    EXPECT_EQ(output.arrays[0].name, "stimOn_times");
    EXPECT_EQ(output.arrays[0].values.shape, (std::vector<std::size_t>{100, 60}));
    EXPECT_EQ(output.arrays[0].values.dtype(), "float64");
    const auto& responses = output.part_rows.at("response");
    ASSERT_EQ(responses.size(), 3u);
    EXPECT_EQ(text(responses[1], "traces_array_id"), output.arrays[1].array_id);
    EXPECT_EQ(number(responses[0], "n_valid"), 100.0);
    const auto& magnitudes = output.part_rows.at("response_magnitude");
    ASSERT_EQ(magnitudes.size(), 300u);
    EXPECT_EQ(number(magnitudes[0], "trial"), 3.0);
    EXPECT_EQ(number(magnitudes[0], "trace_row"), 0.0);
    EXPECT_FALSE(output.part_rows.contains("response_set_error"));
}

TEST(ResponseSetTable, MasksAndSubtractsOnlyAsItsSettingsSay) {
    // The signal is the time itself. Baseline of three samples: 2/30 s before the event on average.
    // Magnitude after it: samples 3 to 10, 6.5/30 s on average; where the movement comes 0.2 s
    // after the stimulus, samples 3 to 6, 4.5/30 s. Times of events fall on samples.
    World world;
    world.stim_on.assign(100, 0.0);
    for (int i = 0; i < 100; ++i) {
        world.stim_on[static_cast<std::size_t>(i)] = 1010.0 + 4.0 * i - 1e-6;
        world.movement[static_cast<std::size_t>(i)] = 1010.2 + 4.0 * i + 1e-6;
    }
    const auto first = [&](std::size_t event) {
        const Output output = world.run();
        return number(output.part_rows.at("response_magnitude")[100 * event], "response");
    };
    EXPECT_NEAR(first(0), (4.5 + 2.0) / 30.0, 1e-9);
    EXPECT_NEAR(first(2), (6.5 + 2.0) / 30.0, 1e-9);  // nothing comes after feedback
    world.masks = false;
    EXPECT_NEAR(first(0), (6.5 + 2.0) / 30.0, 1e-9);
    world.subtracts = false;
    EXPECT_NEAR(first(0), 10.0 + 6.5 / 30.0, 1e-9);
    // Traces are neither masked nor shifted.
    world.masks = true;
    const Output output = world.run();
    EXPECT_NEAR(output.arrays[0].values.numbers()[59], 10.0 + 29.0 / 30.0, 1e-9);
}

TEST(ResponseSetTable, HasNoResponseWhereTheSignalHasAHole) {
    World world;
    // From 1100.5 to 1120.5 s: stimuli at 1102, 1106, ..., 1118 are within (trials 23 to 27). The
    // trial at 1098 has ended, that at 1122 has not begun.
    world.hole_starts = {1100.5};
    world.hole_ends = {1120.5};
    const Output output = world.run();
    const auto& rows = output.part_rows.at("response_magnitude");
    for (std::size_t event = 0; event < 3; ++event) {
        for (std::size_t i = 0; i < 100; ++i) {
            EXPECT_EQ(std::isnan(number(rows[100 * event + i], "response")), i >= 23 && i <= 27)
                << event << " " << i;
        }
    }
    EXPECT_EQ(number(output.part_rows.at("response")[0], "n_valid"), 95.0);
    const auto traces = output.arrays[0].values.numbers();
    EXPECT_TRUE(std::isnan(traces[23 * 60 + 30]));
    EXPECT_FALSE(std::isnan(traces[22 * 60 + 30]));
    // The window of the event before reaches into no hole; one that does is NaN from there on.
    world.hole_starts = {1098.15};
    world.hole_ends = {1098.9};
    const Output partly = world.run();
    EXPECT_TRUE(std::isnan(number(partly.part_rows.at("response_magnitude")[22], "response")));
    EXPECT_FALSE(std::isnan(partly.arrays[0].values.numbers()[22 * 60 + 33]));
    EXPECT_TRUE(std::isnan(partly.arrays[0].values.numbers()[22 * 60 + 40]));
    EXPECT_EQ(number(partly.part_rows.at("response")[0], "n_valid"), 100.0);
}

TEST(ResponseSetTable, FailsWithTooFewTrials) {
    World world;
    world.trial.resize(89);
    for (auto* column : {&world.stim_on, &world.movement, &world.feedback}) column->resize(89);
    try {
        (void)world.run();
        FAIL() << "expected an error";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "InsufficientTrials");
        EXPECT_EQ(error.kind(), ErrorKind::data);
    }
}

TEST(ResponseSetTable, LeavesAnIncompleteEventOutAndSaysSo) {
    World world;
    for (std::size_t i = 0; i < 11; ++i) world.movement[i] = nan;
    const Output output = world.run();
    EXPECT_EQ(number(*output.master_row, "n_events"), 2.0);
    EXPECT_EQ(output.arrays.size(), 2u);
    EXPECT_EQ(output.part_rows.at("response_magnitude").size(), 200u);
    const auto& errors = output.part_rows.at("response_set_error");
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(text(errors[0], "error_type"), "IncompleteEventTimes");
    EXPECT_NE(text(errors[0], "message").find("firstMovement_times"), std::string::npos);
    // The rare event still masks the one before it where a trial has it.
    const auto& magnitudes = output.part_rows.at("response_magnitude");
    EXPECT_GT(number(magnitudes[0], "response"), number(magnitudes[50], "response"));
}

TEST(ResponseSetTable, KeepsTheErrorWhenNoEventIsLeft) {
    World world;
    for (auto* column : {&world.stim_on, &world.movement, &world.feedback})
        column->assign(100, nan);
    const Output output = world.run();
    EXPECT_EQ(number(*output.master_row, "n_events"), 0.0);
    EXPECT_TRUE(output.arrays.empty());
    EXPECT_EQ(output.part_rows.at("response_set_error").size(), 1u);
}

TEST(ResponseSetTable, HasNoMagnitudeWhereATrialHasNoTrace) {
    World world;
    world.stim_on[0] = 1000.5;  // less than a second into the signal
    world.stim_on[1] = nan;
    const Output output = world.run();
    const auto& magnitudes = output.part_rows.at("response_magnitude");
    EXPECT_TRUE(std::isnan(number(magnitudes[0], "response")));
    EXPECT_TRUE(std::isnan(number(magnitudes[1], "response")));
    EXPECT_FALSE(std::isnan(number(magnitudes[2], "response")));
    EXPECT_EQ(number(output.part_rows.at("response")[0], "n_valid"), 98.0);
}

TEST(ResponseSetTable, TakesTheEventsThatItsSettingsName) {
    World world;
    world.events = {"stimOn_times", "feedback_times"};
    EXPECT_EQ(world.run().arrays.size(), 2u);
    world.events = {"goCue_times"};
    EXPECT_THROW((void)world.run(), Error);
}

}  // namespace
}  // namespace tb::compute::photometry
