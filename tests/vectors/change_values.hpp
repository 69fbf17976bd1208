// Values of change detection as the cases write them.
#pragma once

#include "compute/change_detection/performance_summary.hpp"
#include "tests/vectors/case_values.hpp"
#include "trialbase/change_recording.hpp"

#include <vector>

namespace tb::vectors {

/// true, false, or null for NaN.
[[nodiscard]] Json boolean_values(const std::vector<double>& values);
/// Whole numbers; -99 for NaN.
[[nodiscard]] Json integer_values(const std::vector<double>& values);
/// Columns by the names of the published tables.
[[nodiscard]] Json trial_values(const ChangeTrials& trials);
[[nodiscard]] Json presentation_values(const ChangePresentations& table);
[[nodiscard]] Json task_parameter_values(const ChangeTaskParameters& task);
[[nodiscard]] Json metric_values(const compute::change_detection::PerformanceSummary& summary);

}  // namespace tb::vectors
