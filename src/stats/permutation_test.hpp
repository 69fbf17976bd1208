// Two groups compared with what random groups of the same values give.
#pragma once

#include "src/stats/p_values.hpp"
#include "src/stats/random_stream.hpp"
#include "src/stats/summary.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tb::stats {

/// What is made of groups 0 and 1 (s0, s1: a statistic of each).
enum class GroupOperation {
    difference,              ///< s1 - s0
    ratio,                   ///< s1 / s0
    relative_difference,     ///< (s1 - s0) / (s1 + s0)
    d_prime,                 ///< (mean1 - mean0) / sqrt((var0 + var1) / 2), variances by n
    correlation,             ///< Pearson's of x0 and x1
    difference_correlation,  ///< Pearson's of x0 and x1 - x0
    r_squared,               ///< square of correlation
    difference_r_squared     ///< square of difference_correlation
};
/// diff, ratio, rel_diff, d-prime, corr, diff_corr, R_sqr, diff_R_sqr.
/// @throws tb::Error (data, ValueError) for another word
[[nodiscard]] GroupOperation group_operation(std::string_view word);
/// True for the four correlations, which pair the groups' values.
[[nodiscard]] bool is_correlation(GroupOperation operation);

/// What is permuted.
enum class Pairing {
    unpaired,  ///< all values: any may come into any group
    paired,    ///< the two values of a pair are exchanged or not
    between    ///< each group by itself, so that others are paired (correlations only)
};

struct TwoGroups {
    std::span<const double> first;   ///< group 0
    std::span<const double> second;  ///< group 1
};

/// How groups are compared and permuted.
struct PermutationSettings {
    GroupOperation operation = GroupOperation::difference;
    Statistic statistic = Statistic::mean;  ///< of difference, ratio and relative_difference
    Pairing pairing = Pairing::unpaired;
    std::size_t n_permutations = 10000;
    RandomSource source;
    /// Of values that are NaN. Kept, they make everything NaN; left out, they are permuted with the
    /// others and make groups smaller. Correlations cannot leave any out.
    MissingPolicy missing = MissingPolicy::keep;
};

/// Pearson's correlation within [-1, 1]; NaN where a sample is constant or a value NaN.
/// @throws tb::Error (data, ValueError) for different lengths
[[nodiscard]] double pearson_r(std::span<const double> x, std::span<const double> y);

/// The operation on the groups as they are. NaN of an empty group.
/// @throws tb::Error (data, ValueError) for correlated groups of different lengths
[[nodiscard]] double operation_value(TwoGroups groups, const PermutationSettings& settings);

/// Statistics of both groups in each permutation.
struct PermutedStatistics {
    std::vector<double> first;  ///< shape (n_permutations)
    std::vector<double> second;
};
/// @param pairs  of equal sizes, all first groups and all second groups: they get the same draws,
/// as if each were asked for by itself
/// @return one per pair
/// @throws tb::Error (data, ValueError) for groups that are not of equal sizes, paired ones of
/// different lengths, and `between`, which changes no group
[[nodiscard]] std::vector<PermutedStatistics> permuted_statistics(
    std::span<const TwoGroups> pairs, const PermutationSettings& settings);

/// The operation on each permutation. Shape (n_permutations) per pair, in the order drawn.
/// @param pairs, throws  as permuted_statistics; a correlation is also refused where it is not
/// defined: `between` takes correlations, exchanging values only differences' correlations
[[nodiscard]] std::vector<std::vector<double>> null_distributions(
    std::span<const TwoGroups> pairs, const PermutationSettings& settings);

/// A permutation test.
struct PermutationTest {
    double value = 0.0;        ///< of the groups as they are
    double p = 0.0;            ///< p_from_null: one-sided, not corrected
    std::vector<double> null;  ///< shape (n_permutations)
};
/// @throws as null_distributions; tb::Error (data, UnexpectedNaN) where a permutation has no value
/// though the groups have (one without spread, say)
[[nodiscard]] PermutationTest permutation_test(TwoGroups groups,
                                               const PermutationSettings& settings, Tails tails);

/// How groups are compared two by two.
enum class PairTest {
    permutation,
    t_test,    ///< Student's, paired or not; half its two-sided p
    rank_test  ///< signed ranks (paired) or Mann and Whitney's; half its two-sided p
};
/// p of each two groups, 1 and 2, 1 and 3, .., 2 and 3, ..: value of the later group less that of
/// the earlier one, one-sided. NaN where a group is missing or empty.
/// @param groups    empty optionals are missing groups
/// @param settings  operation, statistic, pairing (not `between`) and draws; each pair starts the
///                  stream anew
/// @throws as permutation_test and the tests
/// Source: spec/openscope.md, 7.3.
[[nodiscard]] std::vector<double> p_across_groups(
    std::span<const std::optional<std::vector<double>>> groups, const PermutationSettings& settings,
    PairTest test = PairTest::permutation);

}  // namespace tb::stats
