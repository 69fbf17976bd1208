// imaging.event_response: traces of imaged cells around changes and omissions.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::imaging {

/// Adapter of imaging.event_response and its parts event_response_sample and event_response_roi;
/// the numerics are in aligned_traces.hpp. A plane without such traces, frame times, cells or
/// events settles its key with the reason.
/// @throws (in compute) tb::Error (data, ColumnLength) when traces and ROIs do not agree
[[nodiscard]] ComputedTable event_response_table();

}  // namespace tb::compute::imaging
