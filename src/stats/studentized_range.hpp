// The distribution of the range of several normal means divided by an independent estimate of their
// standard error.
#pragma once

namespace tb::stats {

/// Chance of a studentized range of at least q, to about 1e-9.
/// @param q                  0 or more; infinite gives 0
/// @param n_means            2 or more
/// @param degrees_of_freedom  of the estimate, 1 or more; infinite: the standard error is known
/// @throws tb::Error (data, ValueError) outside of these
[[nodiscard]] double studentized_range_p(double q, int n_means, double degrees_of_freedom);

}  // namespace tb::stats
