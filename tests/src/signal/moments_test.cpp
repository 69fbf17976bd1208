#include "src/signal/moments.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tb::signal {
namespace {

TEST(MomentsOf, DivideByTheNumberOfValues) {
    const Moments moments = moments_of(std::vector{2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0, 5.0});
    EXPECT_DOUBLE_EQ(moments.mean, 5.0);
    EXPECT_DOUBLE_EQ(moments.sd, std::sqrt(32.0 / 9.0));
}

TEST(MomentsOf, AreExactForEqualValuesAndLoseNothingToAnOffset) {
    const Moments equal = moments_of(std::vector(1001, 0.1));
    EXPECT_EQ(equal.mean, 0.1);
    EXPECT_EQ(equal.sd, 0.0);
    std::vector<double> values;
    for (int i = 0; i < 1000; ++i) values.push_back(1e9 + (i % 2 == 0 ? 1.0 : -1.0));
    EXPECT_DOUBLE_EQ(moments_of(values).sd, 1.0);
}

TEST(MomentsOf, AreNanOfNothingAndOfMissingValues) {
    EXPECT_TRUE(std::isnan(moments_of({}).mean));
    std::vector<double> values(20, 1.0);
    values[13] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_TRUE(std::isnan(moments_of(values).mean));
    EXPECT_TRUE(std::isnan(moments_of(values).sd));
}

TEST(RangeOf, PassesOverNan) {
    std::vector<double> values = {3.0, -1.0, 2.0, 8.0, 5.0, 9.5};
    EXPECT_EQ(range_of(values).min, -1.0);
    EXPECT_EQ(range_of(values).max, 9.5);
    values[1] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(range_of(values).min, 2.0);
    EXPECT_GT(range_of({}).min, range_of({}).max);
}

TEST(FitLine, FindsTheLine) {
    std::vector<double> x, y;
    for (int i = 0; i < 103; ++i) {
        x.push_back(5000.0 + 0.1 * i);
        y.push_back(3.0 - 2.0 * x.back());
    }
    const Line line = fit_line(x, y);
    EXPECT_NEAR(line.slope, -2.0, 1e-10);
    EXPECT_NEAR(line.intercept, 3.0, 1e-6);
    EXPECT_EQ(fit_line(std::vector{1.0, 1.0}, std::vector{0.0, 4.0}).slope, 0.0);
}

TEST(Detrend, LeavesWhatIsOrthogonalToLines) {
    std::mt19937 generator(5);
    std::normal_distribution<double> normal;
    for (const std::size_t n : {1u, 2u, 3u, 7u, 64u, 1001u}) {
        std::vector<double> x, y, out(n);
        for (std::size_t i = 0; i < n; ++i) {
            x.push_back(6000.0 + static_cast<double>(i) / 30.0);
            y.push_back(0.05 + 1e-5 * x.back() + 0.001 * normal(generator));
        }
        const Range range = detrend(x, y, out);
        double sum = 0.0, product = 0.0;
        for (std::size_t i = 0; i < n; ++i) {
            sum += out[i];
            product += out[i] * (x[i] - 6000.0);
            EXPECT_GE(out[i], range.min);
            EXPECT_LE(out[i], range.max);
        }
        EXPECT_NEAR(sum, 0.0, 1e-12) << n;
        EXPECT_NEAR(product, 0.0, 1e-10) << n;
        EXPECT_EQ(range.min, *std::ranges::min_element(out));
        EXPECT_EQ(range.max, *std::ranges::max_element(out));
    }
}

TEST(Detrend, MakesExactZerosOfEqualValues) {
    std::vector<double> x, out(37);
    for (int i = 0; i < 37; ++i) x.push_back(0.1 * i);
    (void)detrend(x, std::vector(37, 0.3), out);
    EXPECT_TRUE(std::ranges::all_of(out, [](double v) { return v == 0.0; }));
}

}  // namespace
}  // namespace tb::signal
