#include "compute/imaging/openscope/roi_signal_set.hpp"

#include "trialbase/missing.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::compute::imaging::openscope {
namespace {

using ::testing::ElementsAre;

TEST(RoiHistogram, HoldsBothEdgesAndNothingOutside) {
    EXPECT_THAT(histogram(std::vector<double>{-1.0, -0.5, 0.0, 0.49, 1.0, 1.01, nan}, -1.0, 1.0, 4),
                ElementsAre(1u, 1u, 2u, 1u));
    EXPECT_THAT(histogram({}, 0.0, 1.0, 2), ElementsAre(0u, 0u));
}

/// Three cells in 100 frames: two that rise together, one with a sample missing.
std::vector<double> three_traces() {
    std::vector<double> values;
    for (int frame = 0; frame < 100; ++frame) {
        const double x = std::sin(0.7 * frame) + (frame % 20 == 0 ? 5.0 : 0.0);
        values.insert(values.end(), {x, 2.0 * x + 1.0, frame == 50 ? nan : x});
    }
    return values;
}

TEST(RoiSignals, LeaveABadCellOutButScaleIt) {
    const std::vector<double> values = three_traces();
    const RoiSignals signals = roi_signals(Traces<double>{values, 3});
    ASSERT_EQ(signals.of.size(), 3u);
    ASSERT_TRUE(signals.of[0] && signals.of[1]);
    EXPECT_FALSE(signals.of[2]);
    EXPECT_NEAR(signals.of[0]->ratio * 2.0,
                (signals.of[1]->signal_mean - 1.0) / (signals.of[1]->noise_sd / 2.0), 1e-9);
    EXPECT_NEAR(signals.scaling.divide[1], 2.0 * signals.scaling.divide[0], 1e-12);
    EXPECT_FALSE(std::isnan(signals.scaling.divide[2]));
    ASSERT_EQ(signals.correlations.size(), 1u) << "one pair of good cells";
    EXPECT_NEAR(signals.correlations[0], 1.0, 1e-6);
}

TEST(RoiSignals, AreTheSameInEitherPrecision) {
    const std::vector<double> values = three_traces();
    const std::vector<float> rounded(values.begin(), values.end());
    const RoiSignals wide = roi_signals(Traces<double>{values, 3});
    const RoiSignals narrow = roi_signals(Traces<float>{rounded, 3});
    EXPECT_NEAR(wide.of[0]->ratio, narrow.of[0]->ratio, 1e-4);
    EXPECT_NEAR(wide.scaling.subtract[1], narrow.scaling.subtract[1], 1e-6);
}

}  // namespace
}  // namespace tb::compute::imaging::openscope
