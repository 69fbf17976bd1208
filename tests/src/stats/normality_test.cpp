#include "src/stats/normality.hpp"

#include "tests/src/stats/error_type.hpp"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

// Numbers of scipy 1.10.1, stats.normaltest.
TEST(DagostinoPearson, IsThatOfScipy) {
    const auto found =
        dagostino_pearson(std::vector{2.1, 3.4, 1.9, 5.6, 4.4, 3.3, 2.8, 9.7, 4.1, 3.9, 2.2, 6.5});
    EXPECT_NEAR(found.statistic, 8.460893365449964, 1e-10);
    EXPECT_NEAR(found.p, 0.01454589169852101, 1e-12);
}

// The kurtosis alone: scipy's kurtosistest gives z = 0.2969218155956626. (Its normaltest puts
// another z for a skewness of exactly 0.)
TEST(DagostinoPearson, OfASymmetricSampleIsItsKurtosis) {
    const auto found = dagostino_pearson(std::vector{-4.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 4.0});
    EXPECT_NEAR(found.statistic, 0.08816256457662468, 1e-12);
}

TEST(DagostinoPearson, SaysWhatItCannotJudge) {
    const std::vector<double> seven{1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0};
    EXPECT_EQ(error_type([&] { (void)dagostino_pearson(seven); }), "TooFewValues");
    EXPECT_EQ(error_type([] { (void)dagostino_pearson({}); }), "TooFewValues");
    const std::vector<double> equal(20, 0.1);
    EXPECT_EQ(error_type([&] { (void)dagostino_pearson(equal); }), "NoVariance");
    std::vector<double> missing(20, 1.0);
    missing[3] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(error_type([&] { (void)dagostino_pearson(missing); }), "ValueError");
}

}  // namespace
}  // namespace tb::stats
