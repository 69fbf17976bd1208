// Permutations that put the same values into the groups again, counted as NumPy's rounding has it.
#pragma once

#include "src/stats/permutation_test.hpp"

namespace tb::stats {

/// In what sums are rounded.
enum class Precision { of_float, of_double };

/// With few values some permutations give the value of the groups as they are, but for the rounding
/// of sums in another order: p then depends on how these compare. A permutation test of ours takes
/// them as equal; published p values take them as computed. This does the latter: values of the
/// null distribution that agree with the test's value but for rounding are computed again in the
/// order of the permutation, and p is taken anew. Differences of means of unpaired groups are
/// settled, other tests left as they are: paired ones keep the order of sums.
/// @param test  what permutation_test gave for these settings
/// @throws tb::Error (data, ValueError) when the null distribution is not as long as the settings
/// say
/// Source: spec/openscope.md, 7.2, 13.
void settle_ties(TwoGroups groups, const PermutationSettings& settings, Tails tails,
                 PermutationTest& test, Precision precision = Precision::of_double);

}  // namespace tb::stats
