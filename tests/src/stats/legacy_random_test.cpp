#include "src/stats/legacy_random.hpp"

#include <gtest/gtest.h>

namespace tb::stats {

// numpy.random.RandomState(0).rand(3) and RandomState(42).rand(1), as printed by NumPy.
TEST(LegacyRandom, GivesTheDoublesOfNumpysLegacyGenerator) {
    LegacyRandom zero(0);
    EXPECT_EQ(zero.uniform(), 0.5488135039273248);
    EXPECT_EQ(zero.uniform(), 0.7151893663724195);
    EXPECT_EQ(zero.uniform(), 0.6027633760716439);
    EXPECT_EQ(LegacyRandom(42).uniform(), 0.3745401188473625);
}

TEST(LegacyRandom, GivesManyAsOneAfterAnother) {
    LegacyRandom one(7);
    LegacyRandom many(7);
    const auto values = many.uniforms(5);
    ASSERT_EQ(values.size(), 5U);
    for (const double value : values) EXPECT_EQ(value, one.uniform());
}

}  // namespace tb::stats
