// photometry.session_check: the fatal checks before any signal of a session is used, in the order
// that decides which error appears.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::photometry {

/// Adapter of photometry.session_check. Its keys fail with TrialsNotInPhotometryTime, then with
/// QCValidationError (corrected counts of photometry.raw_qc); what depends on it is blocked then.
/// A session on the rig's own clock has nothing to compute.
[[nodiscard]] ComputedTable session_check_table();

}  // namespace tb::compute::photometry
