// Selectivity indices that permutations give again.
#pragma once

#include "compute/imaging/openscope/selectivity.hpp"

namespace tb::compute::imaging::openscope {

/// With few sequences some permutations put the very same ones into a group that were in it: their
/// index is that of the ROI, but for the rounding of sums in another order. Published percentiles
/// count such permutations as rounding has it: below, equal or above. This does the same: indices
/// that agree but for rounding are computed again, summed in the order of the permutation, and the
/// percentiles of their ROIs are taken anew. Nothing changes where there are none.
/// @param responses, settings  those that the null distribution was made with; no response is NaN
/// @throws tb::Error (data, ValueError) when the null distribution is another one's
/// Source: spec/openscope.md, 7.2, 8.1 and 13.
void count_ties_as_published(const SequenceResponses& responses,
                             const SelectivitySettings& settings, SelectivityNull& null);

}  // namespace tb::compute::imaging::openscope
