// task.change_training: criteria of the stages after every session of a subject.
#pragma once

#include "trialbase/computed_table.hpp"

namespace tb::compute::change_detection {

/// Adapter of task.change_training and its parts change_training_session and
/// change_training_criterion; the numerics are in training_days.hpp. A subject without trials of
/// change detection settles its key without a row.
[[nodiscard]] ComputedTable change_training_table();

}  // namespace tb::compute::change_detection
