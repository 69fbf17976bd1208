#include "src/stats/benjamini_hochberg.hpp"

#include "tests/src/stats/error_type.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

// R 4.2.2, p.adjust(method = "BH").
TEST(BenjaminiHochberg, AdjustsInTheOrderGiven) {
    const std::vector<double> found =
        benjamini_hochberg(std::vector{0.01, 0.04, 0.03, 0.005, 0.8, 0.04});
    const std::vector<double> wanted{0.03, 0.048, 0.048, 0.03, 0.8, 0.048};
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-15) << i;
}

TEST(BenjaminiHochberg, OfOneIsItselfAndOfNoneNone) {
    EXPECT_EQ(benjamini_hochberg(std::vector{0.2}), std::vector{0.2});
    EXPECT_TRUE(benjamini_hochberg({}).empty());
}

TEST(BenjaminiHochberg, RefusesWhatIsNoChance) {
    const double missing = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(error_type([&] {
                  (void)benjamini_hochberg(std::vector{0.1, missing});
              }),
              "ValueError");
    EXPECT_EQ(error_type([] { (void)benjamini_hochberg(std::vector{1.5}); }), "ValueError");
}

}  // namespace
}  // namespace tb::stats
