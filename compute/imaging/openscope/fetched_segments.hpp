// Rows of task.stimulus_segment as the computations of a session take them.
#pragma once

#include "compute/imaging/openscope/segment_table.hpp"
#include "trialbase/computed_table.hpp"

namespace tb::compute::imaging::openscope {

/// @param rows  of segments.sql, in order
[[nodiscard]] SegmentTable segment_table_of(const FetchedRows& rows);

}  // namespace tb::compute::imaging::openscope
