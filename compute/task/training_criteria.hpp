// Which step of training a mouse has reached, judged on the three latest days: the rules of the
// later library (brainbox). Source: spec/ibl_behavior.md, 3.2, and spec/photometry.md, 8.7. All
// comparisons are strict, and NaN fails.
#pragma once

#include "compute/task/trial_tally.hpp"
#include "compute/task/trials.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::compute::task {

/// Steps of training. The order is the rank: a status never falls (spec 3.2).
enum class TrainingStatus {
    untrainable,
    unbiasable,
    habituation,
    in_training,
    trained_1a,
    trained_1b,
    ready4ephysrig,
    ready4delay,
    ready4recording
};

/// The library's text: `in training`, `trained 1a`, `ready4ephysrig`; also the label in
/// task.training_stage.
[[nodiscard]] std::string_view to_string(TrainingStatus status) noexcept;

/// Parameters of a psychometric fit of configuration `status`; NaN when there were no trials to
/// fit.
struct CriterionFit {
    double bias_percent = std::numeric_limits<double>::quiet_NaN();
    double threshold_percent = std::numeric_limits<double>::quiet_NaN();
    double lapse_low = std::numeric_limits<double>::quiet_NaN();
    double lapse_high = std::numeric_limits<double>::quiet_NaN();
    std::int64_t points_hash = 0;  ///< of the counts that were fitted (StatusFits); 0 for none
};

class StatusFits;

/// What the criteria look at. Vectors have one value per day.
struct TrainingMetrics {
    CriterionFit all;       ///< fit to all trials of the days
    CriterionFit block_20;  ///< fit to the trials with probability left 0.2
    CriterionFit block_80;
    bool has_zero_contrast = false;
    std::vector<double> n_trials;
    std::vector<double> performance_easy;  ///< performance_easy_rewarded
    /// Response minus stimulus onset at contrast 0, all days together [s].
    double median_response_time_zero_s = std::numeric_limits<double>::quiet_NaN();
    std::size_t n_ephys = 0;             ///< days on an ephys rig
    std::vector<double> ephys_n_trials;  ///< of those days
    std::vector<double> ephys_performance_easy;
    std::size_t n_delay = 0;  ///< days with a start delay of at least 900 s
};

/// One named check of a criterion. The names are the library's.
struct CriterionCheck {
    std::string name;
    bool is_passed = false;
};
using CriterionChecks = std::vector<CriterionCheck>;

[[nodiscard]] CriterionChecks trained_1a_checks(const TrainingMetrics& metrics);
/// The library spells the easy performance `Perf_tasy` here.
[[nodiscard]] CriterionChecks trained_1b_checks(const TrainingMetrics& metrics);
[[nodiscard]] CriterionChecks ready4ephysrig_checks(const TrainingMetrics& metrics);
[[nodiscard]] CriterionChecks ready4delay_checks(const TrainingMetrics& metrics);
[[nodiscard]] CriterionChecks ready4recording_checks(const TrainingMetrics& metrics);
[[nodiscard]] bool is_all_passed(const CriterionChecks& checks);

/// A verdict over some days: the status, the next one up and the checks towards it.
struct TrainingVerdict {
    TrainingStatus status = TrainingStatus::in_training;
    TrainingStatus next = TrainingStatus::trained_1a;
    CriterionChecks checks;
};

/// @param protocols  task of each day; `habituation` must have been left out
/// @throws tb::Error (internal) for no day, or a habituation day
[[nodiscard]] TrainingVerdict judge_training(const TrainingMetrics& metrics,
                                             std::span<const Protocol> protocols);

/// A day as it is judged: the trials of all its sessions together.
struct TrainingDay {
    Protocol protocol = Protocol::training;
    bool is_on_ephys_rig = false;
    bool is_delayed = false;  ///< start delay of at least 900 s
    const TrialTally* trials = nullptr;
};

/// The metrics of some days. Fits that the verdict cannot ask for are left out (NaN): the fit to
/// all trials when no day is training, the fits by block unless all days are not training.
[[nodiscard]] TrainingMetrics training_metrics(std::span<const TrainingDay> days, StatusFits& fits);

}  // namespace tb::compute::task
