// imaging.filtered_events: calcium events smoothed causally.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::imaging {

/// Adapter of imaging.filtered_events; the numerics are in change_detection/event_filter.hpp. A
/// plane without events, ROIs or a known frame rate settles its key with the reason.
/// @throws (in compute) tb::Error (data, ColumnLength) when events and ROIs do not agree
[[nodiscard]] ComputedTable filtered_events_table();

}  // namespace tb::compute::imaging
