#include "src/signal/rolling_mean.hpp"

#include "trialbase/error.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace tb::signal {
namespace {

const std::vector<double> values = {3.0, 6.0, 9.0, 0.0};

// Mirrored: .. 9 6 | 3 6 9 0 | 9 6 ..
TEST(RollingMean, MirrorsTheSignalAtItsEnds) {
    EXPECT_EQ(rolling_mean(values, 1), values);
    EXPECT_EQ(rolling_mean(values, 3), (std::vector{5.0, 6.0, 5.0, 6.0}));
    EXPECT_EQ(rolling_mean(values, 4), (std::vector{6.0, 4.5, 6.0, 6.0}));
    EXPECT_EQ(rolling_mean(std::vector{2.0}, 5), (std::vector{2.0}));
    EXPECT_TRUE(rolling_mean({}, 3).empty());
}

TEST(RollingMean, SpreadsWhatIsMissingOverItsWindows) {
    const auto found = rolling_mean(
        std::vector{1.0, 1.0, std::numeric_limits<double>::quiet_NaN(), 1.0, 1.0, 1.0}, 3);
    EXPECT_EQ(found[0], 1.0);
    for (const std::size_t i : {1U, 2U, 3U}) EXPECT_TRUE(std::isnan(found[i]));
    EXPECT_EQ(found[4], 1.0);
}

TEST(RollingMean, RefusesNoWidth) {
    EXPECT_THROW(static_cast<void>(rolling_mean(values, 0)), Error);
}

}  // namespace
}  // namespace tb::signal
