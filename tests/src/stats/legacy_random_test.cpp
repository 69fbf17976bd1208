#include "src/stats/legacy_random.hpp"

#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

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
    const auto values = many.uniforms(1000);
    ASSERT_EQ(values.size(), 1000U);
    for (const double value : values) EXPECT_EQ(value, one.uniform());
}

TEST(LegacyRandom, HasTheWordsOfTheStandardsGenerator) {
    for (const std::uint32_t seed : {0U, 905U, 4294967295U}) {
        std::mt19937 standard(seed);
        LegacyRandom ours(seed);
        std::vector<std::uint32_t> words(3000);
        words[0] = ours.word();
        ours.fill_words(std::span(words).subspan(1, 999));
        ours.fill_words(std::span(words).subspan(1000));
        for (std::size_t i = 0; i < words.size(); ++i) ASSERT_EQ(words[i], standard()) << i;
    }
}

// RandomState(905): rand(6), then randint(0, 37, 12). NumPy 1.24.2.
TEST(LegacyRandom, DrawsWholeNumbersByMaskAndRejection) {
    LegacyRandom random(905);
    EXPECT_EQ(random.uniforms(6),
              (std::vector{0.09349660725792253, 0.6157291660130939, 0.9327002430710469,
                           0.2893266262484139, 0.5416372444409413, 0.7733118216618002}));
    std::vector<std::uint32_t> drawn(12);
    random.fill_below(37, drawn);
    EXPECT_EQ(drawn, (std::vector<std::uint32_t>{7, 30, 26, 32, 21, 14, 0, 22, 12, 35, 9, 24}));
}

TEST(LegacyRandom, DrawsNothingForTheOnlyNumberBelowOne) {
    LegacyRandom random(905);
    EXPECT_EQ(random.below(1), 0U);
    EXPECT_EQ(random.word(), 401564872U);
}

TEST(LegacyRandom, TakesEveryWordBelowTheGreatestMask) {
    LegacyRandom random(905);
    EXPECT_EQ(random.below(4294967295U), 401564872U);
    EXPECT_EQ(random.below(2147483648U), 867010758U);
}

// A word drawn by itself leaves half a pair at the end of each block of 624.
TEST(LegacyRandom, JoinsPairsAcrossBlocks) {
    std::mt19937 standard(1);
    LegacyRandom random(1);
    EXPECT_EQ(random.word(), standard());
    std::vector<std::uint64_t> fractions(2000);
    random.fill_fractions(fractions);
    for (const std::uint64_t fraction : fractions) {
        const std::uint64_t a = standard();
        const std::uint64_t b = standard();
        ASSERT_EQ(fraction, (a >> 5U) * 67108864U + (b >> 6U));
    }
}

}  // namespace
}  // namespace tb::stats
