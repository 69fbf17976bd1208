#include "compute/photometry/trial_regressors.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tb::compute::photometry {

namespace {

constexpr double shortest_response_s = 0.05;  // spec/photometry.md, 12.2

std::vector<double> column(const std::vector<double>& values, std::size_t n, const char* name) {
    if (values.empty()) return std::vector<double>(n, nan);
    if (values.size() != n) {
        throw value_error(fmt::format("{} values of {} for {} trials", values.size(), name, n));
    }
    return values;
}

std::vector<double> difference(const std::vector<double>& later,
                               const std::vector<double>& earlier) {
    std::vector<double> out(later.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = later[i] - earlier[i];
    return out;
}

}  // namespace

TrialContrasts trial_contrasts(std::span<const double> left, std::span<const double> right) {
    if (left.size() != right.size()) {
        throw value_error(
            fmt::format("{} left contrasts but {} right ones", left.size(), right.size()));
    }
    TrialContrasts out;
    for (std::size_t trial = 0; trial < left.size(); ++trial) {
        const bool is_left = !std::isnan(left[trial]);
        const double fraction = !std::isnan(right[trial]) ? right[trial]
                                : is_left                 ? left[trial]
                                                          : 0.0;
        out.side.push_back(is_left ? StimulusSide::left : StimulusSide::right);
        out.contrast.push_back(100.0 * fraction);
        out.signed_contrast.push_back(is_left ? -100.0 * fraction : 100.0 * fraction);
    }
    return out;
}

ContrastTransform contrast_transform_named(std::string_view name) {
    if (name == "log") return ContrastTransform::log;
    if (name == "log2") return ContrastTransform::log2;
    if (name == "linear") return ContrastTransform::linear;
    if (name == "rank") return ContrastTransform::rank;
    throw value_error(
        fmt::format("contrast coding '{}': expected log, log2, linear or rank", std::string(name)));
}

std::vector<double> ContrastCoder::coded(std::span<const double> contrast) {
    std::vector<double> out(contrast.begin(), contrast.end());
    switch (transform_) {
        case ContrastTransform::linear:
            break;
        case ContrastTransform::log:
            for (double& value : out) value = std::log(value + 1.0);
            break;
        case ContrastTransform::log2:
            for (double& value : out) {
                if (value != 0.0 && value < 1.0) {
                    throw value_error(
                        fmt::format("contrast {} looks like a fraction: expected percent", value));
                }
                if (value != 0.0) value = std::log2(value);
            }
            break;
        case ContrastTransform::rank:
            for (const double value : contrast) {
                if (!std::isnan(value)) seen_.push_back(value);
            }
            std::ranges::sort(seen_);
            seen_.erase(std::unique(seen_.begin(), seen_.end()), seen_.end());
            for (double& value : out) {
                if (std::isnan(value)) continue;
                value = static_cast<double>(std::ranges::lower_bound(seen_, value) - seen_.begin());
            }
            break;
    }
    return out;
}

TrialRegressors trial_regressors(const RegressorSource& source) {
    const std::size_t n = source.n_trials;
    if (source.contrasts.side.size() != n || source.contrasts.contrast.size() != n ||
        source.contrasts.signed_contrast.size() != n) {
        throw value_error(
            fmt::format("{} contrasts for {} trials", source.contrasts.side.size(), n));
    }
    const std::vector<double> stim_on = column(source.stim_on_s, n, "stim_on_s");
    const std::vector<double> movement = column(source.first_movement_s, n, "first_movement_s");
    const std::vector<double> feedback = column(source.feedback_s, n, "feedback_s");
    TrialRegressors out;
    out.contrasts = source.contrasts;
    out.choice = column(source.choice, n, "choice");
    out.feedback_type = column(source.feedback_type, n, "feedback_type");
    out.probability_left = column(source.probability_left, n, "probability_left");
    out.reaction_s = difference(movement, stim_on);
    out.movement_s = difference(feedback, movement);
    out.response_s = difference(feedback, stim_on);
    out.peak_velocity = column(source.peak_velocity, n, "peak_velocity");
    return out;
}

bool is_modelled(double choice, double response_s) {
    return choice != 0.0 && response_s > shortest_response_s;
}

ModellingFrame modelling_frame(const TrialRegressors& trials, std::span<const double> response,
                               std::string_view hemisphere, const ModellingParams& params) {
    if (response.size() != trials.size()) {
        throw value_error(
            fmt::format("{} responses for {} trials", response.size(), trials.size()));
    }
    // The side opposite the recording is contralateral; an unknown hemisphere counts as left.
    const bool is_contra_left = hemisphere == "r";
    const auto lateralised = [&](bool is_left) { return is_left == is_contra_left ? 0.5 : -0.5; };
    ModellingFrame out;
    std::vector<double> contrast;
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        if (std::isnan(response[trial]) ||
            !is_modelled(trials.choice[trial], trials.response_s[trial]) ||
            (params.unbiased_only && trials.probability_left[trial] != 0.5)) {
            continue;
        }
        const double reaction_s = trials.reaction_s[trial];
        out.trial.push_back(trial);
        const double signed_contrast = trials.contrasts.signed_contrast[trial];
        out.relative_contrast.push_back(is_contra_left ? -signed_contrast : signed_contrast);
        contrast.push_back(trials.contrasts.contrast[trial]);
        out.side.push_back(lateralised(trials.contrasts.side[trial] == StimulusSide::left));
        out.choice_side.push_back(lateralised(trials.choice[trial] != -1.0));
        out.reward.push_back(trials.feedback_type[trial] == 1.0 ? 0.5 : -0.5);
        out.log_reaction_time.push_back(reaction_s > 0.0 ? std::log10(reaction_s) : nan);
        out.peak_velocity.push_back(trials.peak_velocity[trial]);
        out.response.push_back(response[trial]);
    }
    out.contrast = ContrastCoder(params.transform).coded(contrast);
    double sum = 0.0;
    double count = 0.0;
    for (const double value : out.contrast) {
        if (std::isnan(value)) continue;
        sum += value;
        count += 1.0;
    }
    for (double& value : out.contrast) value -= sum / count;
    return out;
}

}  // namespace tb::compute::photometry
