#include "compute/imaging/openscope/block_difference.hpp"

#include <vector>

namespace tb::compute::imaging::openscope {

BlockDifferenceTest test_block_differences(std::span<const double> differences,
                                           const TestSettings& settings,
                                           stats::MissingPolicy missing) {
    // A block's two values are 0 and its difference: exchanging them flips its sign.
    const std::vector<double> zeros(differences.size(), 0.0);
    stats::PermutationSettings permutation;
    permutation.pairing = stats::Pairing::paired;
    permutation.n_permutations = settings.n_permutations;
    permutation.source = settings.source;
    permutation.missing = missing;
    const stats::PermutationTest test =
        stats::permutation_test({zeros, differences}, permutation, settings.tails);
    return {test.value, test.p, stats::corrected_p(test.p, settings.tails, settings.comparisons)};
}

}  // namespace tb::compute::imaging::openscope
