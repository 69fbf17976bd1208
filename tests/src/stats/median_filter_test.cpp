#include "src/stats/median_filter.hpp"

#include "tests/src/stats/error_type.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

TEST(MedianFilter, PutsZerosBeyondTheEnds) {
    EXPECT_EQ(median_filter(std::vector{3.0, 5.0, 4.0, 9.0, 7.0}, 3, MedianEnds::zeros),
              (std::vector{3.0, 4.0, 5.0, 7.0, 7.0}));
    EXPECT_EQ(median_filter(std::vector{3.0}, 3, MedianEnds::zeros), std::vector{0.0});
}

TEST(MedianFilter, ShrinksItsWindow) {
    EXPECT_EQ(median_filter(std::vector{3.0, 5.0, 4.0, 9.0, 7.0}, 3, MedianEnds::shrink),
              (std::vector{4.0, 4.0, 5.0, 7.0, 8.0}));
    EXPECT_EQ(median_filter(std::vector{3.0}, 3, MedianEnds::shrink), std::vector{3.0});
}

TEST(MedianFilter, HasNoMedianBesideAMissingValue) {
    const double missing = std::numeric_limits<double>::quiet_NaN();
    const std::vector<double> found =
        median_filter(std::vector{1.0, 2.0, missing, 4.0, 5.0, 6.0}, 3, MedianEnds::shrink);
    EXPECT_EQ(found[0], 1.5);
    for (const std::size_t i : {1u, 2u, 3u}) EXPECT_TRUE(std::isnan(found[i])) << i;
    EXPECT_EQ(found[4], 5.0);
}

TEST(MedianFilter, OfNothingIsNothingAndOfAnEvenWidthNone) {
    EXPECT_TRUE(median_filter({}, 3, MedianEnds::zeros).empty());
    EXPECT_EQ(error_type([] { (void)median_filter({}, 4, MedianEnds::zeros); }), "ValueError");
}

}  // namespace
}  // namespace tb::stats
