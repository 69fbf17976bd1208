#include "src/stats/permutation_ties.hpp"

#include "tests/src/stats/error_type.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

TEST(PermutationTies, ChangeNothingBeyondRounding) {
    const std::vector<double> first{0.1, 0.7, 0.4};
    const std::vector<double> second{0.9, 1.3, 0.2};
    const TwoGroups groups{first, second};
    PermutationSettings settings;
    settings.n_permutations = 400;
    const auto before = permutation_test(groups, settings, Tails::both);
    for (const Precision precision : {Precision::of_double, Precision::of_float}) {
        auto after = before;
        settle_ties(groups, settings, Tails::both, after, precision);
        const double rounding = precision == Precision::of_double ? 1e-12 : 1e-6;
        EXPECT_NEAR(after.value, before.value, rounding);
        for (std::size_t k = 0; k < before.null.size(); ++k)
            EXPECT_NEAR(after.null[k], before.null[k], rounding);
        // A twentieth of the permutations, which count half, may move by as much.
        EXPECT_NEAR(after.p, before.p, 0.05);
    }
}

TEST(PermutationTies, AreLeftToTestsThatKeepTheOrder) {
    const std::vector<double> first{0.1, 0.7, 0.4};
    const std::vector<double> second{0.9, 1.3, 0.2};
    PermutationSettings settings;
    settings.n_permutations = 50;
    settings.pairing = Pairing::paired;
    const auto before = permutation_test({first, second}, settings, Tails::both);
    auto after = before;
    settle_ties({first, second}, settings, Tails::both, after);
    EXPECT_EQ(after.null, before.null);
    EXPECT_EQ(after.p, before.p);
    settings.n_permutations = 51;
    EXPECT_EQ(error_type([&] {
                  settle_ties({first, second}, settings, Tails::both, after);
              }),
              "ValueError");
}

}  // namespace
}  // namespace tb::stats
