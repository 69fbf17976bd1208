#include "src/stats/permutation_test.hpp"

#include "src/stats/permutation_draws.hpp"
#include "tests/src/stats/error_type.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

struct Sample {
    std::vector<double> first;
    std::vector<double> second;
    [[nodiscard]] TwoGroups groups() const { return {first, second}; }
};

Sample drawn(std::size_t n_first, std::size_t n_second, unsigned seed = 3) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(5.0, 1.0);
    Sample out;
    for (std::size_t i = 0; i < n_first; ++i) out.first.push_back(normal(random));
    for (std::size_t i = 0; i < n_second; ++i) out.second.push_back(0.5 + normal(random));
    return out;
}

PermutationSettings settings_of(const char* operation, Pairing pairing,
                                Statistic statistic = Statistic::mean) {
    PermutationSettings out;
    out.operation = group_operation(operation);
    out.pairing = pairing;
    out.statistic = statistic;
    out.n_permutations = 60;
    return out;
}

/// The next permuted groups, value by value, as the specification says.
Sample permuted(const Sample& sample, Pairing pairing, PermutationDraws& draws) {
    Sample out = sample;
    const std::size_t n = sample.first.size();
    if (pairing == Pairing::paired) {
        std::vector<std::int64_t> swaps(n);
        draws.next_swaps(swaps);
        for (std::size_t i = 0; i < n; ++i) {
            if (swaps[i] != 0) std::swap(out.first[i], out.second[i]);
        }
    } else if (pairing == Pairing::between) {
        std::vector<std::uint32_t> order(n);
        draws.next_order(order);
        for (std::size_t k = 0; k < n; ++k) out.first[k] = sample.first[order[k]];
        draws.next_order(order);
        for (std::size_t k = 0; k < n; ++k) out.second[k] = sample.second[order[k]];
    } else {
        std::vector<double> all = sample.first;
        all.insert(all.end(), sample.second.begin(), sample.second.end());
        std::vector<std::uint32_t> order(all.size());
        draws.next_order(order);
        for (std::size_t k = 0; k < all.size(); ++k) {
            (k < n ? out.first[k] : out.second[k - n]) = all[order[k]];
        }
    }
    return out;
}

void expect_plain_null(const Sample& sample, const PermutationSettings& settings,
                       const std::string& what) {
    const TwoGroups groups = sample.groups();
    const auto null = null_distributions({&groups, 1}, settings).front();
    ASSERT_EQ(null.size(), settings.n_permutations);
    PermutationDraws draws(settings.source);
    for (std::size_t i = 0; i < null.size(); ++i) {
        const Sample one = permuted(sample, settings.pairing, draws);
        const double plain = operation_value(one.groups(), settings);
        ASSERT_NEAR(null[i], plain, 1e-10 * (1.0 + std::abs(plain))) << what << ", " << i;
    }
    const PermutationTest test = permutation_test(groups, settings, Tails::both);
    EXPECT_NEAR(test.value, operation_value(groups, settings), 1e-10) << what;
    EXPECT_EQ(test.null, null) << what;
}

TEST(PermutationTest, HasTheNullDistributionOfPermutedGroups) {
    const Sample equal = drawn(21, 21);
    const Sample unequal = drawn(12, 29);
    for (const char* operation : {"diff", "ratio", "rel_diff"}) {
        for (const Statistic statistic : {Statistic::mean, Statistic::median, Statistic::std,
                                          Statistic::sem, Statistic::mad, Statistic::var}) {
            expect_plain_null(equal, settings_of(operation, Pairing::paired, statistic), operation);
            expect_plain_null(unequal, settings_of(operation, Pairing::unpaired, statistic),
                              operation);
        }
    }
    expect_plain_null(equal, settings_of("d-prime", Pairing::paired), "d-prime");
    expect_plain_null(unequal, settings_of("d-prime", Pairing::unpaired), "d-prime");
    for (const char* operation : {"corr", "R_sqr", "diff_corr", "diff_R_sqr"}) {
        expect_plain_null(equal, settings_of(operation, Pairing::between), operation);
    }
    for (const char* operation : {"diff_corr", "diff_R_sqr"}) {
        expect_plain_null(equal, settings_of(operation, Pairing::paired), operation);
        expect_plain_null(equal, settings_of(operation, Pairing::unpaired), operation);
    }
}

TEST(PermutationTest, LeavesOutMissingValuesPermutationByPermutation) {
    Sample sample = drawn(15, 15);
    sample.first[3] = nan;
    sample.second[7] = nan;
    for (const Statistic statistic : {Statistic::mean, Statistic::var, Statistic::median}) {
        for (const Pairing pairing : {Pairing::paired, Pairing::unpaired}) {
            PermutationSettings settings = settings_of("diff", pairing, statistic);
            settings.missing = MissingPolicy::leave_out;
            expect_plain_null(sample, settings, "left out");
            settings.missing = MissingPolicy::keep;
            EXPECT_TRUE(std::isnan(permutation_test(sample.groups(), settings, Tails::both).p));
        }
    }
}

// Several tests of one size are done together: each as by itself.
TEST(PermutationTest, GivesEachPairOfGroupsTheSameDraws) {
    const std::vector<Sample> samples = {drawn(18, 18, 1), drawn(18, 18, 2), drawn(18, 18, 3)};
    for (const auto& settings :
         {settings_of("diff", Pairing::paired), settings_of("corr", Pairing::between),
          settings_of("d-prime", Pairing::unpaired)}) {
        for (const std::size_t n : {2U, 3U}) {
            std::vector<TwoGroups> all;
            for (std::size_t i = 0; i < n; ++i) all.push_back(samples[i].groups());
            const auto together = null_distributions(all, settings);
            for (std::size_t k = 0; k < n; ++k) {
                const auto alone = null_distributions({&all[k], 1}, settings).front();
                for (std::size_t i = 0; i < alone.size(); ++i) {
                    ASSERT_NEAR(together[k][i], alone[i], 1e-12);
                }
            }
        }
    }
}

// Of 16 ways to exchange 4 pairs with differences 1, 2, 3 and 4 one gives a sum as great as theirs:
// itself. Half of it counts as below: 1 / 32.
TEST(PermutationTest, CountsThePermutationThatChangesNothingAsEqual) {
    const Sample sample{{0.1, 0.2, 0.3, 0.4}, {1.1, 2.2, 3.3, 4.4}};
    PermutationSettings settings = settings_of("diff", Pairing::paired);
    settings.n_permutations = 64000;
    for (const RandomKind kind : {RandomKind::numpy_legacy, RandomKind::split_mix}) {
        settings.source.kind = kind;
        const double p = permutation_test(sample.groups(), settings, Tails::both).p;
        EXPECT_NEAR(p, 1.0 / 32.0, 4.0 * std::sqrt(1.0 / 16.0 / 4.0 / 64000.0) + 1e-3);
    }
}

TEST(PermutationTest, OfBothStreamsAgrees) {
    const Sample sample = drawn(30, 40);
    PermutationSettings settings = settings_of("diff", Pairing::unpaired);
    settings.n_permutations = 20000;
    const double legacy = permutation_test(sample.groups(), settings, Tails::both).p;
    settings.source.kind = RandomKind::split_mix;
    const double split = permutation_test(sample.groups(), settings, Tails::both).p;
    EXPECT_NE(legacy, split);
    EXPECT_NEAR(legacy, split, 5.0 * std::sqrt(2.0 * legacy * (1.0 - legacy) / 20000.0));
}

TEST(PermutationTest, RefusesWhatIsNotDefined) {
    const Sample equal = drawn(8, 8);
    const Sample unequal = drawn(8, 9);
    const auto type_of = [](const Sample& sample, const char* operation, Pairing pairing) {
        return error_type([&] {
            static_cast<void>(
                permutation_test(sample.groups(), settings_of(operation, pairing), Tails::both));
        });
    };
    EXPECT_EQ(type_of(equal, "corr", Pairing::paired), "ValueError");
    EXPECT_EQ(type_of(equal, "corr", Pairing::unpaired), "ValueError");
    EXPECT_EQ(type_of(equal, "diff", Pairing::between), "ValueError");
    EXPECT_EQ(type_of(unequal, "diff", Pairing::paired), "ValueError");
    EXPECT_EQ(type_of(unequal, "corr", Pairing::between), "ValueError");
    EXPECT_EQ(type_of(unequal, "diff_corr", Pairing::unpaired), "ValueError");
    EXPECT_EQ(error_type([] { static_cast<void>(group_operation("sum")); }), "ValueError");
}

TEST(PAcrossGroups, IsNanWhereAGroupIsMissing) {
    const Sample sample = drawn(10, 10);
    const std::vector<std::optional<std::vector<double>>> groups = {sample.first, std::nullopt,
                                                                    sample.second};
    PermutationSettings settings = settings_of("diff", Pairing::paired);
    const auto p = p_across_groups(groups, settings);
    ASSERT_EQ(p.size(), 3U);
    EXPECT_TRUE(std::isnan(p[0]));
    EXPECT_EQ(p[1], permutation_test(sample.groups(), settings, Tails::both).p);
    EXPECT_TRUE(std::isnan(p[2]));
}

}  // namespace
}  // namespace tb::stats
