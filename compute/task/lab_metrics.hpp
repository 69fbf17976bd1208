// What a laboratory's subjects are compared by, one number each per subject.
#pragma once

#include "compute/task/trials.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::compute::task {

/// A session of a subject, as far as comparisons ask.
struct LabSession {
    std::string subject_id;
    std::string institution;
    std::int64_t date = 0;    ///< days since 1970-01-01
    double duration_s = 0.0;  ///< from first trial to last; NaN when not known
    Trials trials;
};

/// Which metrics, see task.lab_comparison_params.
enum class MetricSet { performance, blocks, learning };
/// @throws tb::Error (data, ValueError) for another word
[[nodiscard]] MetricSet metric_set_of(std::string_view word);

/// Numbers of subjects.
struct LabMetrics {
    std::vector<std::string> subjects;      ///< shape (n_subjects)
    std::vector<std::string> institutions;  ///< of each subject's first session, shape (n_subjects)
    std::vector<std::string> names;         ///< shape (n_metrics)
    std::vector<std::vector<double>> values;  ///< shape (n_metrics, n_subjects); NaN: none
    std::size_t n_without_reaction_time = 0;  ///< subjects left out

    /// Values of a metric. @throws tb::Error (internal) for a name that is not there
    [[nodiscard]] const std::vector<double>& of(std::string_view name) const;
};

/// performance: `performance_easy` [%], mean of correct at 50 % contrast or more, no response as
/// error; `n_trials`, mean of sessions; `threshold`, `bias` [% contrast] of the fit `paper` to all
/// trials; `reaction_time` [ms], median of response minus stimulus onset over trials with a
/// response; `trials_per_minute`, over sessions whose duration is known. Subjects without a
/// reaction time are left out.
/// blocks: `threshold_80`, `bias_80`, `lapse_low_80`, `lapse_high_80` and the same of 20 % left.
/// learning: `n_days`, `n_trials_total`.
/// @param sessions  those of a subject together
/// Source: spec/ibl_behavior.md, 10 (figures 2g, 3c to 3e, 4f to 4h).
[[nodiscard]] LabMetrics lab_metrics(std::span<const LabSession> sessions, MetricSet set);

}  // namespace tb::compute::task
