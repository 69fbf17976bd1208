// photometry.signal_qc: quality of a recording's raw signals.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::photometry {

/// Adapter of photometry.signal_qc and its parts signal_qc_band, signal_qc_window and
/// signal_qc_error. The numerics are in sliding_qc.hpp and bleaching.hpp. A band with too few
/// distinct values, taken as a whole, is the error FewUniqueSamples, which stops nothing. Source:
/// spec/photometry.md, 5.3, 5.4; section 20, defects 2, 3 and 4.
[[nodiscard]] ComputedTable signal_qc_table();

}  // namespace tb::compute::photometry
