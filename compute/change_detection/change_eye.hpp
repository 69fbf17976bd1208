// task.change_eye: areas and blinks of an eye camera's recording.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::change_detection {

/// Adapter of task.change_eye; the numerics are in eye_tracking.hpp. Areas and blinks are arrays of
/// the key. A recording without ellipses of all three objects, or without frames, settles the key
/// without a row.
[[nodiscard]] ComputedTable change_eye_table();

}  // namespace tb::compute::change_detection
