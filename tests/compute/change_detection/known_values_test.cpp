#include "compute/change_detection/known_values.hpp"

#include "trialbase/missing.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::change_detection {
namespace {

TEST(KnownMoments, LeaveMissingValuesOut) {
    const KnownMoments moments = known_moments(std::vector{nan, 2.0, 4.0, nan, 6.0});
    EXPECT_EQ(moments.n, 3u);
    EXPECT_DOUBLE_EQ(moments.mean, 4.0);
    EXPECT_DOUBLE_EQ(moments.sd, std::sqrt(8.0 / 3.0)) << "of the population";
}

TEST(KnownMoments, OfNothingAreMissing) {
    const KnownMoments moments = known_moments(std::vector{nan});
    EXPECT_EQ(moments.n, 0u);
    EXPECT_TRUE(std::isnan(moments.mean));
    EXPECT_TRUE(std::isnan(moments.sd));
}

}  // namespace
}  // namespace tb::compute::change_detection
