#include "compute/imaging/openscope/window_values.hpp"

#include "compute/imaging/openscope/pairwise_sum.hpp"
#include "tests/src/stats/error_type.hpp"
#include "trialbase/missing.hpp"

#include <array>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::compute::imaging::openscope {
namespace {

using stats::error_type;
using testing::ElementsAre;

constexpr std::array<std::size_t, 2> both{0, 1};
constexpr std::array<std::size_t, 2> reversed{1, 0};
const std::vector<std::int64_t> references{1, 3};

/// Two cells, six frames: 0 1 2 3 4 5 and 0 10 20 30 40 50.
std::vector<float> example() {
    std::vector<float> values;
    for (int i = 0; i < 6; ++i) {
        values.push_back(static_cast<float>(i));
        values.push_back(static_cast<float>(10 * i));
    }
    return values;
}

TEST(OpenScopeWindowValues, AreCellsInTheWantedOrder) {
    const auto values = example();
    const WindowFrames frames = window_frames({0.1, 0.2}, 10.0);
    const auto windows = window_values(Traces<float>{values, 2}, reversed, references, frames);
    EXPECT_THAT(windows.values, ElementsAre(0, 10, 20, 20, 30, 40, 0, 1, 2, 2, 3, 4));
    EXPECT_THAT(windows.window(1, 1), ElementsAre(2, 3, 4));
    const auto scaled = window_values(Traces<float>{values, 2}, both, references, frames,
                                      {{1.0, 10.0}, {2.0, 5.0}});
    EXPECT_THAT(scaled.window(0, 0), ElementsAre(-0.5, 0.0, 0.5));
    EXPECT_THAT(scaled.window(1, 1), ElementsAre(2.0, 4.0, 6.0));
}

TEST(OpenScopeWindowValues, IntegralsAreSumsOverTheRate) {
    auto values = example();
    const WindowFrames frames = window_frames({0.1, 0.2}, 10.0);
    const Traces<float> traces{values, 2};
    EXPECT_THAT(window_integrals(traces, both, references, frames, 2.0, MissingValues::stay),
                ElementsAre(1.5, 4.5, 15.0, 45.0));
    EXPECT_THAT(integrated_responses(traces, both, references, frames, 2.0, MissingValues::stay),
                ElementsAre(3.0, 30.0));
    values[2] = NAN;  // frame 1 of the first cell, in the first window
    EXPECT_TRUE(std::isnan(
        window_integrals(traces, both, references, frames, 2.0, MissingValues::stay)[0]));
    EXPECT_THAT(window_integrals(traces, both, references, frames, 2.0, MissingValues::left_out),
                ElementsAre(1.0, 4.5, 15.0, 45.0));
}

TEST(OpenScopeWindowValues, TracesAreMeansOverWindows) {
    auto values = example();
    const WindowFrames frames = window_frames({0.1, 0.2}, 10.0);
    const Traces<float> traces{values, 2};
    const auto statistics = trace_statistics(traces, both, references, frames, MissingValues::stay);
    EXPECT_THAT(statistics.mean, ElementsAre(1, 2, 3, 10, 20, 30));
    // Two values that lie 2 apart: sd sqrt(2), over sqrt(2).
    EXPECT_NEAR(statistics.sem[0], 1.0, 1e-12);
    EXPECT_NEAR(statistics.sem[3], 10.0, 1e-12);
    values[2] = NAN;
    const auto left = trace_statistics(traces, both, references, frames, MissingValues::left_out);
    EXPECT_DOUBLE_EQ(left.mean[1], 3.0);
    EXPECT_TRUE(std::isnan(left.sem[1]));
    EXPECT_TRUE(std::isnan(
        trace_statistics(traces, both, references, frames, MissingValues::stay).mean[1]));
}

TEST(OpenScopeWindowValues, RefuseWindowsOutside) {
    const auto values = example();
    const WindowFrames frames = window_frames({0.1, 0.2}, 10.0);
    const std::vector<std::int64_t> outside{5};
    EXPECT_EQ(error_type([&] {
                  (void)window_values(Traces<float>{values, 2}, both, outside, frames);
              }),
              "FrameRange");
    EXPECT_EQ(error_type([&] {
                  (void)window_values(Traces<float>{values, 5}, both, references, frames);
              }),
              "ColumnLength");
    EXPECT_EQ(
        error_type([&] {
            (void)window_values(Traces<float>{values, 2}, both, references, frames, {{1.0}, {1.0}});
        }),
        "ColumnLength");
}

// Eight lanes keep what adding one by one in single precision would lose: 2^24 + 1 is 2^24.
TEST(OpenScopePairwiseSum, AddsInLanes) {
    std::vector<float> values(16, 0.0F);
    values[0] = 16777216.0F;
    values[10] = values[11] = 1.0F;
    EXPECT_EQ(pairwise_sum<float>(values), 16777218.0F);
    EXPECT_EQ(pairwise_sum<float>(std::span<const float>(values).first(3)), 16777216.0F);
    std::vector<double> many(1000);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
    EXPECT_EQ(pairwise_sum<double>(many), 499500.0);
}

}  // namespace
}  // namespace tb::compute::imaging::openscope
