#include "compute/photometry/session_crop.hpp"

#include "trialbase/error.hpp"

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

TEST(RestrictToSession, IsStrictAndCutsToTheShortestBand) {
    const std::vector a = {0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
    const std::vector b = {0.5, 1.5, 2.5, 3.5, 4.5};
    const std::vector<std::span<const double>> bands = {a, b};
    // Between 1 and 5, both excluded: 2, 3, 4 and 1.5, 2.5, 3.5, 4.5.
    const std::vector<Crop> crops = restrict_to_session(bands, 2.0, 4.5, 1.0, 0.5);
    ASSERT_EQ(crops.size(), 2u);
    EXPECT_EQ(crops[0].first, 2u);
    EXPECT_EQ(crops[1].first, 1u);
    EXPECT_EQ(crops[0].count, 3u);
    EXPECT_EQ(crops[1].count, 3u);
}

TEST(RestrictToSession, IsEmptyWhenABandHasNothingInTheSession) {
    const std::vector a = {0.0, 1.0};
    const std::vector b = {100.0, 101.0};
    const std::vector<std::span<const double>> bands = {a, b};
    EXPECT_EQ(restrict_to_session(bands, 0.0, 1.0)[0].count, 0u);
}

TEST(RestrictToSession, RefusesUnknownBoundsAndUnorderedTimes) {
    const std::vector a = {1.0, 0.0};
    const std::vector<std::span<const double>> bands = {a};
    EXPECT_THROW((void)restrict_to_session(bands, 0.0, 1.0), Error);
    const std::vector b = {0.0, 1.0};
    const std::vector<std::span<const double>> good = {b};
    EXPECT_THROW((void)restrict_to_session(good, std::nan(""), 1.0), Error);
    EXPECT_THROW((void)restrict_to_session(good, 0.0, std::nan("")), Error);
}

}  // namespace
}  // namespace tb::compute::photometry
