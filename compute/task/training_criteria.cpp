#include "compute/task/training_criteria.hpp"

#include "compute/task/status_fits.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>

namespace tb::compute::task {

namespace {

/// What a criterion asks for; spec/ibl_behavior.md, 3.2.
struct Limits {
    double lapse;
    double n_trials;
    double performance_easy;
};
constexpr Limits limits_1a = {.lapse = 0.2, .n_trials = 200.0, .performance_easy = 0.8};
constexpr Limits limits_1b = {.lapse = 0.1, .n_trials = 400.0, .performance_easy = 0.9};
constexpr double bias_1a_percent = 16.0;
constexpr double threshold_1a_percent = 19.0;
constexpr double bias_1b_percent = 10.0;
constexpr double threshold_1b_percent = 20.0;
constexpr double bias_shift_percent = 5.0;
constexpr double response_time_zero_s = 2.0;
constexpr std::size_t recording_ephys_days = 3;

bool is_each_above(const std::vector<double>& values, double limit) {
    return std::ranges::all_of(values, [&](double value) { return value > limit; });
}

bool is_any_above(const std::vector<double>& values, double limit) {
    return std::ranges::any_of(values, [&](double value) { return value > limit; });
}

CriterionChecks unbiased_checks(const TrainingMetrics& metrics, const Limits& limits,
                                double bias_percent, double threshold_percent,
                                const char* performance_name) {
    return {{"Zero_contrast", metrics.has_zero_contrast},
            {"LapseLow_50", metrics.all.lapse_low < limits.lapse},
            {"LapseHigh_50", metrics.all.lapse_high < limits.lapse},
            {"Bias", std::abs(metrics.all.bias_percent) < bias_percent},
            {"Threshold", metrics.all.threshold_percent < threshold_percent},
            {"N_trials", is_each_above(metrics.n_trials, limits.n_trials)},
            {performance_name, is_each_above(metrics.performance_easy, limits.performance_easy)}};
}

}  // namespace

std::string_view to_string(TrainingStatus status) noexcept {
    switch (status) {
        case TrainingStatus::untrainable:
            return "untrainable";
        case TrainingStatus::unbiasable:
            return "unbiasable";
        case TrainingStatus::habituation:
            return "habituation";
        case TrainingStatus::in_training:
            return "in training";
        case TrainingStatus::trained_1a:
            return "trained 1a";
        case TrainingStatus::trained_1b:
            return "trained 1b";
        case TrainingStatus::ready4ephysrig:
            return "ready4ephysrig";
        case TrainingStatus::ready4delay:
            return "ready4delay";
        case TrainingStatus::ready4recording:
            return "ready4recording";
    }
    return "in training";
}

CriterionChecks trained_1a_checks(const TrainingMetrics& metrics) {
    return unbiased_checks(metrics, limits_1a, bias_1a_percent, threshold_1a_percent, "Perf_easy");
}

CriterionChecks trained_1b_checks(const TrainingMetrics& metrics) {
    CriterionChecks checks =
        unbiased_checks(metrics, limits_1b, bias_1b_percent, threshold_1b_percent, "Perf_tasy");
    checks.push_back({"Reaction_time", metrics.median_response_time_zero_s < response_time_zero_s});
    return checks;
}

CriterionChecks ready4ephysrig_checks(const TrainingMetrics& metrics) {
    const CriterionFit& low = metrics.block_20;
    const CriterionFit& high = metrics.block_80;
    return {{"LapseLow_80", high.lapse_low < limits_1b.lapse},
            {"LapseHigh_80", high.lapse_high < limits_1b.lapse},
            {"LapseLow_20", low.lapse_low < limits_1b.lapse},
            {"LapseHigh_20", low.lapse_high < limits_1b.lapse},
            {"Bias_shift", high.bias_percent - low.bias_percent > bias_shift_percent},
            {"N_trials", is_each_above(metrics.n_trials, limits_1b.n_trials)},
            {"Perf_easy", is_each_above(metrics.performance_easy, limits_1b.performance_easy)},
            {"Reaction_time", metrics.median_response_time_zero_s < response_time_zero_s}};
}

CriterionChecks ready4delay_checks(const TrainingMetrics& metrics) {
    return {
        {"N_ephys", metrics.n_ephys >= 1},
        {"N_trials", is_any_above(metrics.ephys_n_trials, limits_1b.n_trials)},
        {"Perf_easy", is_any_above(metrics.ephys_performance_easy, limits_1b.performance_easy)}};
}

CriterionChecks ready4recording_checks(const TrainingMetrics& metrics) {
    CriterionChecks checks = ready4ephysrig_checks(metrics);
    checks.push_back({"N_ephys", metrics.n_ephys >= recording_ephys_days});
    checks.push_back({"N_delay", metrics.n_delay > 0});
    return checks;
}

bool is_all_passed(const CriterionChecks& checks) {
    return std::ranges::all_of(checks, &CriterionCheck::is_passed);
}

TrainingVerdict judge_training(const TrainingMetrics& metrics,
                               std::span<const Protocol> protocols) {
    using enum TrainingStatus;
    if (protocols.empty() || std::ranges::count(protocols, Protocol::habituation) > 0) {
        throw Error(ErrorKind::internal,
                    "training is judged on days of training, biased or ephys sessions");
    }
    const auto n_training = std::ranges::count(protocols, Protocol::training);
    const CriterionChecks few_biased = {{"NBiased", false}};
    if (n_training == std::ssize(protocols)) {
        CriterionChecks checks_1b = trained_1b_checks(metrics);
        if (is_all_passed(checks_1b)) return {trained_1b, ready4ephysrig, few_biased};
        CriterionChecks checks_1a = trained_1a_checks(metrics);
        if (is_all_passed(checks_1a)) return {trained_1a, trained_1b, std::move(checks_1b)};
        // The library names the checks towards 1a after those of 1b, with the limits of 1a.
        return {in_training, trained_1a, std::move(checks_1a)};
    }
    if (n_training > 0) return {trained_1b, ready4ephysrig, few_biased};

    CriterionChecks recording = ready4recording_checks(metrics);
    if (is_all_passed(recording)) return {ready4recording, ready4recording, std::move(recording)};
    CriterionChecks delay = ready4delay_checks(metrics);
    if (is_all_passed(delay)) return {ready4delay, ready4recording, std::move(recording)};
    CriterionChecks ephysrig = ready4ephysrig_checks(metrics);
    if (is_all_passed(ephysrig)) return {ready4ephysrig, ready4delay, std::move(delay)};
    return {trained_1b, ready4ephysrig, std::move(ephysrig)};
}

TrainingMetrics training_metrics(std::span<const TrainingDay> days, StatusFits& fits) {
    TrainingMetrics metrics;
    TrialTally pooled;
    bool is_any_training = false;
    for (const TrainingDay& day : days) {
        const double n_trials = static_cast<double>(day.trials->size());
        const double performance_easy = day.trials->performance_easy_rewarded();
        metrics.n_trials.push_back(n_trials);
        metrics.performance_easy.push_back(performance_easy);
        if (day.is_on_ephys_rig) {
            ++metrics.n_ephys;
            metrics.ephys_n_trials.push_back(n_trials);
            metrics.ephys_performance_easy.push_back(performance_easy);
        }
        if (day.is_delayed) ++metrics.n_delay;
        is_any_training = is_any_training || day.protocol == Protocol::training;
        pooled.append(*day.trials);
    }
    metrics.has_zero_contrast = std::ranges::any_of(
        pooled.cells, [](const TallyCell& cell) { return cell.signed_contrast == 0.0; });
    metrics.median_response_time_zero_s = median(pooled.response_times_zero_s);
    if (is_any_training) {
        metrics.all = fits.of(pooled);
    } else {
        metrics.block_20 = fits.of(pooled.of_block(0.2));
        metrics.block_80 = fits.of(pooled.of_block(0.8));
    }
    return metrics;
}

}  // namespace tb::compute::task
