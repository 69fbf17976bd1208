#include "compute/change_detection/event_filter.hpp"

#include "trialbase/error.hpp"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

namespace tb::compute::change_detection {
namespace {

TEST(FilteredEvents, SpreadAnEventOverTheFramesFromItOn) {
    std::vector<double> events(40, 0.0);
    events[10] = 2.0;
    const std::vector<double> filtered = filtered_events(events, 2.0);
    EXPECT_EQ(filtered[9], 0.0);
    EXPECT_NEAR(std::accumulate(filtered.begin(), filtered.end(), 0.0), 2.0, 1e-12);
    EXPECT_NEAR(filtered[12] / filtered[10], std::exp(-0.5), 1e-12) << "one deviation later";
    EXPECT_GT(filtered[29], 0.0);
    EXPECT_EQ(filtered[30], 0.0) << "20 frames";
}

TEST(FilteredEvents, AreCutAtTheEndAndAdd) {
    std::vector<double> events(12, 0.0);
    events[10] = 1.0;
    events[11] = 1.0;
    const std::vector<double> filtered = filtered_events(events, 2.0);
    ASSERT_EQ(filtered.size(), 12u);
    EXPECT_NEAR(filtered[11], filtered[10] * (1.0 + std::exp(-0.125)), 1e-12);
    EXPECT_TRUE(filtered_events({}, 2.0).empty());
    EXPECT_THROW((void)filtered_events(events, 0.0), Error);
    EXPECT_THROW((void)filtered_events(events, 2.0, 0), Error);
}

TEST(EventFilterScale, IsTwoFramesAtThirtyOneHertz) {
    EXPECT_DOUBLE_EQ(event_filter_scale(31.0), 2.0);
    EXPECT_NEAR(event_filter_scale(11.0), 0.7096774193548387, 1e-15);
}

}  // namespace
}  // namespace tb::compute::change_detection
