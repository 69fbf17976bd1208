// task.lab_comparison: institutions compared by what their subjects did in a set of sessions.
#pragma once

#include "compute/task/lab_metrics.hpp"
#include "src/stats/group_comparison.hpp"
#include "trialbase/computed_table.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tb::compute::task {

/// What the institutions' values of one metric say.
struct MetricComparison {
    std::string metric;
    std::vector<std::string> institutions;  ///< with a value, ascending: the groups
    std::size_t n_subjects = 0;             ///< with a value
    std::optional<stats::GroupComparison> found;
    std::string outcome;             ///< `tested`, else TooFewValues or NoVariance
    double p_adjusted = 1.0;         ///< after Benjamini and Hochberg over the tested metrics
    double spread_p_adjusted = 1.0;  ///< the same of Levene's test
};

/// @param level  see stats::compare_groups
/// @return one per metric, in order
/// Source: spec/ibl_behavior.md, 10 (figures 2g, 3c to 3e, 4f to 4h).
[[nodiscard]] std::vector<MetricComparison> compare_labs(const LabMetrics& metrics,
                                                         double level = 0.05);

/// A correlation over subjects.
struct LabCorrelation {
    bool is_normal = false;  ///< pearson, else spearman
    stats::TestResult result;
    std::size_t n_subjects = 0;
};
/// Of two metrics, over subjects with both: Pearson's where both are normal, else Spearman's.
/// Nothing where too few have both, or one does not vary.
[[nodiscard]] std::optional<LabCorrelation> lab_correlation(const LabMetrics& metrics,
                                                            const std::string& one,
                                                            const std::string& other,
                                                            double level = 0.05);

/// Adapter of task.lab_comparison and its parts.
[[nodiscard]] ComputedTable lab_comparison_table();

}  // namespace tb::compute::task
