// task.choice_glm: a subject's choices explained by stimulus, history and block.
#pragma once

#include "compute/task/choice_glm.hpp"
#include "trialbase/computed_table.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace tb::compute::task {

/// Whether a regression has weights, and else why not.
enum class ChoiceFitQuality { good, separated, rank_deficient, too_few_trials, one_sided };
[[nodiscard]] std::string_view to_string(ChoiceFitQuality quality) noexcept;

struct JudgedChoiceGlm {
    ChoiceFitQuality quality = ChoiceFitQuality::good;
    std::optional<ChoiceGlm> glm;  ///< where quality is good
};

/// choice_glm with the outcomes that it throws told by name. The accuracy is NaN where only the fit
/// to some folds is impossible.
/// @throws tb::Error as choice_glm, for anything but these outcomes
[[nodiscard]] JudgedChoiceGlm judged_choice_glm(const RecodedTrials& trials,
                                                const ChoiceGlmOptions& options);

struct ChoiceCurvePoint {
    int block = 50;                        ///< 100 x probability left
    double signed_contrast_percent = 0.0;  ///< right minus left
    double p_rightward = 0.5;
    double low = 0.0;   ///< 2.5 % quantile, see choice_curve
    double high = 1.0;  ///< 97.5 % quantile
};

/// Chance of choosing right that the weights give at every contrast of the design and at 0, by
/// block, with nothing chosen before: blocks ascending, contrasts ascending. Weights scatter
/// normally about the estimate, with the inverse information as covariance; so does the log odds,
/// whose quantiles are those of the chance.
/// Source: spec/ibl_behavior.md, 10 (figure 5c).
[[nodiscard]] std::vector<ChoiceCurvePoint> choice_curve(const ChoiceGlm& glm);

/// Adapter of task.choice_glm and its parts task.choice_glm_weight and task.choice_glm_curve.
[[nodiscard]] ComputedTable choice_glm_table();

}  // namespace tb::compute::task
