// What OpenScope sessions of a case give together. Keys: spec/openscope.md, 13 "across".
#pragma once

#include "tests/vectors/openscope_sessions.hpp"

#include <span>

namespace tb::vectors {

/// Mean integrated response of some cells to segments of one kind, unscaled.
[[nodiscard]] std::vector<double> openscope_responses(const OpenScopeCaseSession& session,
                                                      const std::vector<std::size_t>& rois,
                                                      openscope_numerics::SegmentCriteria criteria,
                                                      bool is_unexpected, double post_s);

/// True when a share of the null distribution below a value is one that its ties allow: those
/// within rounding of the value may be counted as below it, equal or above.
[[nodiscard]] bool is_among_ties(double wanted, std::span<const double> null, double value);

/// Hands over "across".
void give_openscope_across(std::span<const OpenScopeCaseSession> sessions, std::uint32_t seed,
                           Run& run);

}  // namespace tb::vectors
