// Adapters of photometry.signal_qc and photometry.preprocessed, with arrays in memory.
#include "compute/photometry/bleaching.hpp"
#include "compute/photometry/preprocess.hpp"
#include "compute/photometry/preprocessed.hpp"
#include "compute/photometry/signal_qc.hpp"
#include "compute/photometry/sliding_qc.hpp"
#include "tests/compute/task/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

using task::testing::HandRows;
using task::testing::number;
using task::testing::text;

class MemoryReader : public ArrayReader {
  public:
    std::map<std::string, std::vector<double>, std::less<>> arrays;

    Array read(std::string_view ref) const override {
        const auto found = arrays.find(ref);
        if (found == arrays.end()) {
            throw Error(ErrorKind::data, "no array " + std::string(ref), {}, "MissingArray");
        }
        return Array::vector(found->second);
    }
    Array read_rows(std::string_view ref, std::size_t begin, std::size_t end) const override {
        const std::vector<double> all = read(ref).numbers();
        return Array::vector({all.begin() + static_cast<std::ptrdiff_t>(begin),
                              all.begin() + static_cast<std::ptrdiff_t>(end)});
    }
};

/// 400 s of two bands at 15 Hz, a frame apart; trials from 20 s to 380 s.
struct World {
    MemoryReader reader;
    double trials_start_s = 20.0;
    double trials_end_s = 380.0;
    std::vector<std::optional<std::string>> bands = {"GCaMP", "Isosbestic"};
    std::vector<std::optional<std::string>> times_refs = {"t#g", "t#i"};
    std::vector<std::optional<std::string>> signal_refs = {"s#g", "s#i"};
    std::string isosbestic_mode = "aligned";
    std::string bleach_correction = "subtract-divide";

    World() {
        std::mt19937_64 generator(4);
        std::normal_distribution<double> normal;
        for (std::size_t i = 0; i < 6000; ++i) {
            const double t = static_cast<double>(i) / 15.0;
            const double decay = std::exp(-t / 150.0);
            const double motion = 0.01 * std::sin(3.0 * t);
            reader.arrays["t#g"].push_back(t);
            reader.arrays["t#i"].push_back(t + 1.0 / 30.0);
            reader.arrays["s#g"].push_back((0.05 + 0.03 * decay) *
                                           (1.0 + motion + 0.005 * normal(generator)));
            reader.arrays["s#i"].push_back((0.02 + 0.01 * decay) *
                                           (1.0 + 2.0 * motion + 0.001 * normal(generator)));
        }
    }

    Output run(const ComputedTable& table) const {
        HandRows band_rows, session, recording, params;
        band_rows.texts("band", bands)
            .texts("times_ref", times_refs)
            .texts("signal_ref", signal_refs);
        session.numbers("trials_start_s", {trials_start_s}).numbers("trials_end_s", {trials_end_s});
        recording.texts("brain_region", {"VTA-l"});
        params.numbers("window_s", {120.0})
            .numbers("step_s", {60.0})
            .numbers("before_session_s", {5.0})
            .numbers("after_session_s", {5.0})
            .numbers("min_unique_samples", {0.1})
            .numbers("min_tau_s", {1.0})
            .numbers("max_tau_s", {1e6})
            .texts("signal_band", {"GCaMP"})
            .texts("reference_band", {"Isosbestic"})
            .numbers("bleach_cutoff_hz", {0.01})
            .integers("bleach_order", {3})
            .texts("bleach_correction", {bleach_correction})
            .texts("isosbestic_mode", {isosbestic_mode})
            .texts("regression_loss", {"mse"})
            .texts("isosbestic_correction", {"subtract"})
            .texts("zscore_mode", {"classic"})
            .numbers("output_rate_hz", {30.0});
        Inputs inputs;
        inputs.key = "session_id=x,fiber_idx=0,params_id=default";
        inputs.arrays = &reader;
        inputs.fetched.emplace("bands", band_rows.rows());
        inputs.fetched.emplace("session", session.rows());
        inputs.fetched.emplace("recording", recording.rows());
        inputs.fetched.emplace("params", params.rows());
        Output output;
        table.compute(inputs, output);
        return output;
    }
};

template <class Function>
std::string type_of(const Function& function) {
    try {
        function();
    } catch (const Error& error) {
        return error.type();
    }
    return "none";
}

TEST(SignalQcTable, RestrictsEveryBandToTheSession) {
    const World world;
    const Output output = world.run(signal_qc_table());
    ASSERT_TRUE(output.master_row);
    // GCaMP: 15 < t < 385 are samples 226..5774; Isosbestic: 225..5774, one more, cut off.
    EXPECT_EQ(number(*output.master_row, "n_samples"), 5549.0);
    EXPECT_DOUBLE_EQ(number(*output.master_row, "start_s"), 226.0 / 15.0);
    EXPECT_DOUBLE_EQ(number(*output.master_row, "end_s"), 5774.0 / 15.0);
    ASSERT_EQ(output.part_rows.at("signal_qc_band").size(), 2u);
    EXPECT_FALSE(output.part_rows.contains("signal_qc_error"));

    const auto crop = [&](const char* name, std::size_t first) {
        const auto& all = world.reader.arrays.find(name)->second;
        return std::vector<double>(all.begin() + static_cast<std::ptrdiff_t>(first),
                                   all.begin() + static_cast<std::ptrdiff_t>(first + 5549));
    };
    const SlidingQc gcamp = sliding_qc(crop("t#g", 226), crop("s#g", 226));
    const Row& row = output.part_rows.at("signal_qc_band")[0];
    EXPECT_EQ(text(row, "band"), "GCaMP");
    EXPECT_EQ(number(row, "n_windows"), static_cast<double>(gcamp.windows.size()));
    EXPECT_EQ(number(row, "whole_percentile_asymmetry_75"), gcamp.whole.percentile_asymmetry_75);
    EXPECT_EQ(number(row, "window_percentile_asymmetry_95"),
              gcamp.window_mean.percentile_asymmetry_95);
    EXPECT_EQ(number(row, "reference_percentile_asymmetry"),
              gcamp.reference_aggregate.percentile_asymmetry);
    EXPECT_EQ(number(row, "reference_ar_score"), gcamp.reference_aggregate.ar_score);
    const SlidingQc isosbestic = sliding_qc(crop("t#i", 225), crop("s#i", 225));
    EXPECT_EQ(number(output.part_rows.at("signal_qc_band")[1], "whole_ar_score"),
              isosbestic.whole.ar_score);
    ASSERT_EQ(output.part_rows.at("signal_qc_window").size(),
              gcamp.windows.size() + isosbestic.windows.size());
    const Row& window = output.part_rows.at("signal_qc_window")[1];
    EXPECT_EQ(number(window, "window_no"), 2.0);
    EXPECT_EQ(number(window, "start_s"), gcamp.windows[1].start_s);
    EXPECT_EQ(number(window, "percentile_distance"), gcamp.windows[1].metrics.percentile_distance);
    EXPECT_TRUE(std::get<bool>(std::ranges::find(output.master_row->values(), "is_bleaching",
                                                 &std::pair<std::string, Value>::first)
                                   ->second));
    EXPECT_NEAR(number(*output.master_row, "bleaching_tau_s"), 150.0, 15.0);
}

TEST(SignalQcTable, JudgesFewUniqueSamplesOnTheWholeSignal) {
    World world;
    for (double& value : world.reader.arrays["s#i"]) value = std::round(value * 1e4) / 1e4;
    const Output output = world.run(signal_qc_table());
    ASSERT_EQ(output.part_rows.at("signal_qc_error").size(), 1u);
    const Row& error = output.part_rows.at("signal_qc_error")[0];
    EXPECT_EQ(text(error, "error_type"), "FewUniqueSamples");
    const double unique = number(output.part_rows.at("signal_qc_band")[1], "whole_unique_samples");
    EXPECT_LT(unique, 0.1);
    EXPECT_EQ(number(*output.master_row, "min_unique_samples"), unique);
    char wanted[80];
    std::snprintf(wanted, sizeof wanted, "few unique samples: VTA-l/Isosbestic=%.3f", unique);
    EXPECT_EQ(text(error, "message"), wanted);
    // The reference's aggregate would not have seen it.
    EXPECT_GT(number(output.part_rows.at("signal_qc_band")[1], "reference_unique_samples"), 0.5);
}

TEST(SignalQcTable, HasNullsForConstantAndMissingSamples) {
    World world;
    std::ranges::fill(world.reader.arrays["s#i"], 0.5);
    world.reader.arrays["s#g"][3000] = nan;
    const Output output = world.run(signal_qc_table());
    const auto& bands = output.part_rows.at("signal_qc_band");
    EXPECT_TRUE(std::isnan(number(bands[0], "whole_ar_score")));
    EXPECT_FALSE(std::isnan(number(bands[0], "window_ar_score")));
    EXPECT_TRUE(std::isnan(number(bands[1], "whole_percentile_distance")));
    EXPECT_EQ(number(bands[1], "whole_median_absolute_deviance"), 0.0);
    for (const auto& [name, value] : output.master_row->values()) {
        EXPECT_NE(name, "bleaching_tau_s");  // left out, so null
    }
}

TEST(SignalQcTable, HasNothingToComputeOutsideTheSession) {
    World away;
    away.trials_start_s = 5000.0;
    away.trials_end_s = 6000.0;
    EXPECT_TRUE(away.run(signal_qc_table()).settled_reason);
    World unknown;
    unknown.trials_start_s = nan;
    EXPECT_EQ(*unknown.run(signal_qc_table()).settled_reason,
              "the trials have no start and end times");
    World bare;
    bare.signal_refs = {std::nullopt, std::nullopt};
    EXPECT_EQ(*bare.run(signal_qc_table()).settled_reason, "the recording has no such band");
}

TEST(SignalQcTable, RefusesDamagedInputs) {
    World shorter;
    shorter.reader.arrays["s#g"].pop_back();
    EXPECT_EQ(type_of([&] { (void)shorter.run(signal_qc_table()); }), "ValueError");
    World missing;
    missing.reader.arrays.erase("s#i");
    EXPECT_EQ(type_of([&] { (void)missing.run(signal_qc_table()); }), "MissingArray");
    World unordered;
    std::swap(unordered.reader.arrays["t#g"][10], unordered.reader.arrays["t#g"][900]);
    EXPECT_EQ(type_of([&] { (void)unordered.run(signal_qc_table()); }), "ValueError");
}

TEST(PreprocessedTable, StoresTheSignalOnAnEvenGrid) {
    const World world;
    const Output output = world.run(preprocessed_table());
    ASSERT_TRUE(output.master_row);
    ASSERT_EQ(output.arrays.size(), 1u);
    const OutputArray& array = output.arrays[0];
    EXPECT_EQ(array.name, "signal");
    EXPECT_EQ(array.meta.unit, "z");
    EXPECT_EQ(array.meta.sampling_rate_hz, 30.0);
    EXPECT_EQ(text(*output.master_row, "signal_array_id"), array.array_id);
    EXPECT_EQ(number(*output.master_row, "n_samples"), static_cast<double>(array.values.size()));
    EXPECT_EQ(number(*output.master_row, "n_raw_samples"), 5549.0);
    EXPECT_DOUBLE_EQ(number(*output.master_row, "start_s"), 226.0 / 15.0);
    EXPECT_NEAR(number(*output.master_row, "raw_rate_hz"), 15.0, 1e-9);
    EXPECT_NEAR(number(*output.master_row, "iso_slope"), 0.5, 0.05);
    EXPECT_GT(number(*output.master_row, "iso_correlation"), 0.5);
    EXPECT_GT(number(*output.master_row, "sd"), 0.0);
}

TEST(PreprocessedTable, OffersTheReferencesOrder) {
    World world;
    const std::vector<double> aligned = world.run(preprocessed_table()).arrays[0].values.numbers();
    world.isosbestic_mode = "peer_sorted";
    const std::vector<double> sorted = world.run(preprocessed_table()).arrays[0].values.numbers();
    ASSERT_EQ(aligned.size(), sorted.size());
    EXPECT_NE(aligned, sorted);
}

TEST(PreprocessedTable, TellsWhereItWasDrawnAcrossAHole) {
    World world;
    EXPECT_FALSE(world.run(preprocessed_table()).part_rows.contains("preprocessed_hole"));
    // No frames from 100 to 140 s.
    for (const char* name : {"g", "i"}) {
        auto& times = world.reader.arrays[std::string("t#") + name];
        auto& values = world.reader.arrays[std::string("s#") + name];
        times.erase(times.begin() + 1500, times.begin() + 2100);
        values.erase(values.begin() + 1500, values.begin() + 2100);
    }
    const Output output = world.run(preprocessed_table());
    const auto& holes = output.part_rows.at("preprocessed_hole");
    ASSERT_EQ(holes.size(), 1u);
    // Sample i of GCaMP goes with sample i - 1 of the other band: 226 is the first with 225. So
    // GCaMP's 2100, the first after the hole, has lost its partner.
    EXPECT_NEAR(number(holes[0], "start_s"), 1498.0 / 15.0 + 1.0 / 30.0, 1e-9);
    EXPECT_NEAR(number(holes[0], "end_s"), 2101.0 / 15.0, 1e-9);
    EXPECT_EQ(number(*output.master_row, "n_raw_samples"), 5549.0 - 600.0 - 1.0);
}

TEST(PreprocessedTable, HasNothingToComputeWithoutTheSignalsBand) {
    World red;
    red.signal_refs = {std::nullopt, "s#i"};
    EXPECT_TRUE(red.run(preprocessed_table()).settled_reason);
}

TEST(PreprocessedTable, RefusesWhatCannotBeProcessed) {
    World no_reference;
    no_reference.signal_refs = {"s#g", std::nullopt};
    EXPECT_EQ(type_of([&] { (void)no_reference.run(preprocessed_table()); }), "ValueError");
    World missing;
    missing.reader.arrays["s#g"][3000] = nan;
    EXPECT_EQ(type_of([&] { (void)missing.run(preprocessed_table()); }), "ValueError");
    World short_session;
    short_session.trials_start_s = 105.0;
    short_session.trials_end_s = 95.5;  // 100 < t < 100.5: 7 samples
    EXPECT_EQ(type_of([&] { (void)short_session.run(preprocessed_table()); }), "ValueError");
    World unknown;
    unknown.bleach_correction = "add";
    EXPECT_EQ(type_of([&] { (void)unknown.run(preprocessed_table()); }), "ValueError");
    World neither;
    neither.signal_refs = {std::nullopt, std::nullopt};
    EXPECT_TRUE(neither.run(preprocessed_table()).settled_reason);
}

}  // namespace
}  // namespace tb::compute::photometry
