#include "src/signal/nearest.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace tb::signal {
namespace {

TEST(NearestPlaces, TakeTheLaterOfTwoAsNear) {
    const std::vector<double> targets = {0.0, 1.0, 2.0, 2.0, 4.0};
    EXPECT_EQ(nearest_places(std::vector{-3.0, 0.4, 0.5, 1.9, 3.0, 9.0}, targets),
              (std::vector<std::size_t>{0, 0, 1, 3, 4, 4}));
}

TEST(NearestPlaces, NeedAscendingTargets) {
    EXPECT_THROW(static_cast<void>(nearest_places(std::vector{1.0}, {})), Error);
    EXPECT_THROW(static_cast<void>(nearest_places(std::vector{1.0}, std::vector{2.0, 1.0})), Error);
}

TEST(WithMissingInterpolated, DrawsStraightLinesAndHoldsTheEnds) {
    EXPECT_EQ(with_missing_interpolated(std::vector{nan, 1.0, nan, nan, 4.0, nan}),
              (std::vector{1.0, 1.0, 2.0, 3.0, 4.0, 4.0}));
    EXPECT_TRUE(with_missing_interpolated({}).empty());
    EXPECT_TRUE(std::isnan(with_missing_interpolated(std::vector{nan, nan})[1]));
}

}  // namespace
}  // namespace tb::signal
