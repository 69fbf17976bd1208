// photometry.preprocessed: corrected, z-scored, evenly sampled signals.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::photometry {

/// Adapter of photometry.preprocessed; the numerics are in preprocess.hpp. The signal is the array
/// `signal` of the key. A recording without the reference band, or with missing samples, is a
/// ValueError. Source: spec/photometry.md, 4.4 and 6.
[[nodiscard]] ComputedTable preprocessed_table();

}  // namespace tb::compute::photometry
