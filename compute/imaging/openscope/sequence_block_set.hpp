// task.sequence_block_set: running and pupil in blocks of regular and unexpected sequences. Source:
// spec/openscope.md, 4 "Running" and 8.9.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::imaging::openscope {

/// Adapter of task.sequence_block_set and its part task.sequence_block.
[[nodiscard]] ComputedTable sequence_block_set_table();

}  // namespace tb::compute::imaging::openscope
