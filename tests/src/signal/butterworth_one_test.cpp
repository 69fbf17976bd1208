#include "src/signal/butterworth.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tb::signal {
namespace {

/// Section after section, sample after sample, in long double.
std::vector<double> filtered_plainly(const Sections& sections, const std::vector<double>& values) {
    const std::size_t padding = filter_padding(sections);
    const std::size_t n = values.size();
    std::vector<long double> x;
    for (std::size_t i = padding; i > 0; --i) x.push_back(2.0L * values[0] - values[i]);
    for (const double value : values) x.push_back(value);
    for (std::size_t i = 1; i <= padding; ++i) {
        x.push_back(2.0L * values[n - 1] - values[n - 1 - i]);
    }
    for (int pass = 0; pass < 2; ++pass) {
        for (const Section& s : sections) {
            const long double b0 = s.b0, b1 = s.b1, b2 = s.b2, a1 = s.a1, a2 = s.a2;
            long double x1 = x[0], x2 = x[0];
            long double y1 = x[0] * (b0 + b1 + b2) / (1.0L + a1 + a2), y2 = y1;
            for (long double& value : x) {
                const long double y = b0 * value + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
                x2 = x1;
                x1 = value;
                y2 = y1;
                y1 = y;
                value = y;
            }
        }
        std::ranges::reverse(x);
    }
    std::vector<double> out;
    for (std::size_t i = 0; i < n; ++i) out.push_back(static_cast<double>(x[i + padding]));
    return out;
}

// Lengths around those where the lanes run together at all, and where the signal is halved.
TEST(FilteredBothWays, IsThatOfPlainRecursionsForEveryLengthAndOrder) {
    std::mt19937_64 random(2);
    std::normal_distribution<double> normal;
    for (const int order : {1, 2, 3, 5, 8, 9, 12}) {
        const Sections sections = butterworth_lowpass(order, 20.0, 100.0);
        const std::size_t shortest = filter_padding(sections) + 1;
        for (const std::size_t n : {shortest, shortest + 1, std::size_t{200}, std::size_t{4000},
                                    std::size_t{4095}, std::size_t{4200}, std::size_t{9001}}) {
            std::vector<double> values(n);
            for (std::size_t i = 0; i < n; ++i)
                values[i] = 0.01 * static_cast<double>(i) + normal(random);
            const auto got = filtered_both_ways(sections, values);
            const auto want = filtered_plainly(sections, values);
            ASSERT_EQ(got.size(), n);
            // Values up to 100, rounding of a few sections.
            for (std::size_t i = 0; i < n; ++i) {
                ASSERT_NEAR(got[i], want[i], 1e-11) << order << " " << n << " " << i;
            }
        }
    }
}

// 1 Hz at 1 kHz rings for seconds: what the first half adds to the second matters far into it.
TEST(FilteredBothWays, JoinsItsHalvesWhenTheFilterRingsForLong) {
    const Sections sections = butterworth_lowpass(4, 1.0, 1000.0);
    std::vector<double> values(9000, 0.0);
    for (std::size_t i = 3000; i < 4600; ++i) values[i] = 5.0;
    const auto got = filtered_both_ways(sections, values);
    const auto want = filtered_plainly(sections, values);
    for (std::size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-9) << i;
}

TEST(FilterInPlaceBothWays, NeedsRoomAndSections) {
    const Sections sections = butterworth_lowpass(8, 20.0, 100.0);
    std::vector<double> room(27 + 54, 0.0);
    EXPECT_THROW(filter_in_place_both_ways(sections, room), Error);
    room.resize(28 + 54);
    filter_in_place_both_ways(sections, room);
    EXPECT_THROW(filter_in_place_both_ways({}, room), Error);
    EXPECT_THROW((void)filtered_both_ways({}, room), Error);
    room.resize(10);
    EXPECT_THROW(filter_in_place_both_ways(sections, room), Error);
}

}  // namespace
}  // namespace tb::signal
