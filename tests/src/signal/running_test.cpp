#include "src/signal/running.hpp"

#include "trialbase/error.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace tb::signal {
namespace {

TEST(RunningMedian, TakesZerosBeyondTheEnds) {
    EXPECT_EQ(running_median(std::vector{5.0, 1.0, 4.0, 2.0, 3.0}, 3),
              (std::vector{1.0, 4.0, 2.0, 3.0, 2.0}));
    EXPECT_EQ(running_median(std::vector{7.0}, 1), (std::vector{7.0}));
    EXPECT_THROW((void)running_median(std::vector{1.0, 2.0}, 2), Error);
}

TEST(ConvolvedSame, IsCentred) {
    // A unit impulse gives the kernel around its place.
    EXPECT_EQ(convolved_same(std::vector{0.0, 0.0, 1.0, 0.0, 0.0}, std::vector{1.0, 2.0, 3.0}),
              (std::vector{0.0, 1.0, 2.0, 3.0, 0.0}));
    EXPECT_EQ(convolved_same(std::vector{1.0, 0.0, 0.0}, std::vector{1.0, 2.0, 3.0}),
              (std::vector{2.0, 3.0, 0.0}));
    EXPECT_THROW((void)convolved_same(std::vector{1.0, 2.0}, std::vector{1.0, 2.0}), Error);
    EXPECT_THROW((void)convolved_same(std::vector{1.0}, std::vector{1.0, 2.0, 3.0}), Error);
}

}  // namespace
}  // namespace tb::signal
