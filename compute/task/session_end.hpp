// task.session_end: when a session should have ended, by the criteria of session_end_criteria.hpp.
// perf<40 is that of all trials (spec/ibl_behavior.md, 15, D13).
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::task {

/// Adapter of task.session_end.
[[nodiscard]] ComputedTable session_end_table();

}  // namespace tb::compute::task
