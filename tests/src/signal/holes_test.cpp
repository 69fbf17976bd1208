#include "src/signal/holes.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::signal {
namespace {

TEST(Holes, AreWhereNeighboursLieFurtherApartThanSoManyIntervals) {
    const std::vector<double> times{0, 1, 2, 5, 6, 7, 17, 18, 19};
    EXPECT_DOUBLE_EQ(median_interval(times), 1.0);
    const auto found = holes(times, 3.0);
    ASSERT_EQ(found.size(), 1U);  // three intervals are not more than three
    EXPECT_EQ(found[0].after_s, 7.0);
    EXPECT_EQ(found[0].until_s, 17.0);
    EXPECT_EQ(holes(times, 1.5).size(), 2U);
    EXPECT_EQ(missing_samples(times), 2 + 9);
}

TEST(Holes, AreNoneWhereNothingTells) {
    EXPECT_TRUE(std::isnan(median_interval(std::vector<double>{1.0})));
    EXPECT_TRUE(holes(std::vector<double>{}, 3.0).empty());
    EXPECT_TRUE(holes(std::vector<double>{1, 1, 1, 9}, 3.0).empty());  // median 0
    EXPECT_EQ(missing_samples(std::vector<double>{3, 2, 1}), 0);
    EXPECT_EQ(missing_samples(std::vector<double>{0, 1.4, 2.4, 3.4}), 0);  // late, not missing
    EXPECT_DOUBLE_EQ(median_interval(std::vector<double>{0, 1, 3}), 1.5);
}

}  // namespace
}  // namespace tb::signal
