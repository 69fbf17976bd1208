// photometry.response_set: traces around the events of a recording's trials, and their magnitudes.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::photometry {

/// Adapter of photometry.response_set; the numerics are in responses.hpp. The traces of an event
/// are the array `<event>` of the key, unmasked and without baseline subtraction. Too few trials
/// are an error of the key (InsufficientTrials); an event that too few trials have is left out and
/// recorded (IncompleteEventTimes). Source: spec/photometry.md, 1 (order), 7, 12.1.
[[nodiscard]] ComputedTable response_set_table();

}  // namespace tb::compute::photometry
