// p values of several tests adjusted so that they bound the share of false discoveries.
#pragma once

#include <span>
#include <vector>

namespace tb::stats {

/// The adjustment of Benjamini and Hochberg (1995): p n / rank, made ascending, at most 1.
/// @param p  from 0 to 1, any order; may be empty
/// @return adjusted p values in the order of p
/// @throws tb::Error (data, ValueError) for a value outside of 0 to 1 or missing
/// Source: spec/ibl_behavior.md, 10.
[[nodiscard]] std::vector<double> benjamini_hochberg(std::span<const double> p);

}  // namespace tb::stats
