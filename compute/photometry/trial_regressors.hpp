// What the models of trial responses see of a trial: contrasts, times, sides relative to the
// recorded hemisphere, and predictors coded for regression. Source of the rules:
// spec/photometry.md, 8.1 and 12.1 to 12.3.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::compute::photometry {

enum class StimulusSide { left, right };

/// The stimulus of each trial.
struct TrialContrasts {
    std::vector<StimulusSide> side;
    std::vector<double> contrast;         ///< percent
    std::vector<double> signed_contrast;  ///< percent, negative on the left (-0 for a left 0)
};
/// A trial is on the right where the left contrast is missing; a trial without either is on the
/// right with contrast 0.
/// @param left, right  fractions, NaN where the stimulus was on the other side
/// @throws tb::Error (data, ValueError) when lengths differ
/// Source: spec/photometry.md, 8.1.
[[nodiscard]] TrialContrasts trial_contrasts(std::span<const double> left,
                                             std::span<const double> right);

// --- contrast coding

/// ln(c + 1); log2(c), 0 staying 0; c itself; index among the distinct values seen.
enum class ContrastTransform { log, log2, linear, rank };
/// @throws tb::Error (data, ValueError) for a name that is none of log, log2, linear, rank
[[nodiscard]] ContrastTransform contrast_transform_named(std::string_view name);

/// Applies one transform; for ranks it remembers the values that it has seen. One thread at a time.
class ContrastCoder {
  public:
    explicit ContrastCoder(ContrastTransform transform) : transform_(transform) {}
    /// @param contrast  percent; NaN stays NaN
    /// @throws tb::Error (data, ValueError) when log2 meets a value other than 0 that is below 1:
    /// it looks like a fraction Source: spec/photometry.md, 12.3.
    [[nodiscard]] std::vector<double> coded(std::span<const double> contrast);

  private:
    ContrastTransform transform_;
    std::vector<double> seen_;  // ascending, distinct
};

// --- regressors

/// The columns of a trials table that regressors are made of, one value per trial, NaN where
/// missing. A column that the source does not have is empty.
struct RegressorSource {
    std::size_t n_trials = 0;
    TrialContrasts contrasts;
    std::vector<double> choice;  ///< -1 right, 1 left, 0 none
    std::vector<double> feedback_type;
    std::vector<double> probability_left;
    std::vector<double> stim_on_s;
    std::vector<double> first_movement_s;
    std::vector<double> feedback_s;
    std::vector<double> peak_velocity;  ///< of the wheel
};

/// One value per trial; NaN throughout where the source lacks what a column needs.
struct TrialRegressors {
    TrialContrasts contrasts;
    std::vector<double> choice, feedback_type, probability_left;
    std::vector<double> reaction_s;  ///< first movement - stimulus onset
    std::vector<double> movement_s;  ///< feedback - first movement
    std::vector<double> response_s;  ///< feedback - stimulus onset
    std::vector<double> peak_velocity;

    [[nodiscard]] std::size_t size() const noexcept { return choice.size(); }
};
/// @throws tb::Error (data, ValueError) for a column that is neither empty nor n_trials long
/// Source: spec/photometry.md, 12.1.
[[nodiscard]] TrialRegressors trial_regressors(const RegressorSource& source);

/// Whether models use a trial: an answer was given and took more than 50 ms; a missing response
/// time is too short. Source: spec/photometry.md, 12.2.
[[nodiscard]] bool is_modelled(double choice, double response_s);

// --- the modelling frame

struct ModellingParams {
    ContrastTransform transform = ContrastTransform::log2;
    /// Only trials of the block with probability 0.5 (the seed's rule; later all blocks are kept).
    bool unbiased_only = false;
};

/// The trials of a recording that models use, coded. One value per kept trial.
struct ModellingFrame {
    std::vector<std::size_t> trial;  ///< index from 0
    std::vector<double>
        relative_contrast;            ///< percent; positive on the side opposite the recording
    std::vector<double> contrast;     ///< transformed, less its mean over the frame
    std::vector<double> side;         ///< contralateral 0.5, ipsilateral -0.5
    std::vector<double> choice_side;  ///< the same of the chosen side
    std::vector<double> reward;       ///< rewarded 0.5, else -0.5
    std::vector<double>
        log_reaction_time;  ///< log10 [s]; NaN where the reaction time is not above 0
    std::vector<double> peak_velocity;
    std::vector<double> response;
};
/// @param response    magnitude per trial; trials where it is NaN are left out
/// @param hemisphere  `l`, `r`, or anything else, which is taken as `l`
/// @throws tb::Error (data, ValueError) when lengths differ, or as ContrastCoder
/// Source: spec/photometry.md, 12.2 and 12.3.
[[nodiscard]] ModellingFrame modelling_frame(const TrialRegressors& trials,
                                             std::span<const double> response,
                                             std::string_view hemisphere,
                                             const ModellingParams& params = {});

}  // namespace tb::compute::photometry
