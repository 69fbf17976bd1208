// What a choice depends on: the stimulus, what was chosen before and what came of it, the block.
#pragma once

#include "compute/task/recoded_trials.hpp"
#include "src/stats/logistic_regression.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tb::compute::task {

struct ChoiceGlmOptions {
    bool has_block = false;   ///< a weight for the block, too
    std::size_t n_folds = 5;  ///< of the accuracy; 0: none
    std::uint32_t seed = 1;   ///< of the folds
};

struct ChoiceGlm {
    stats::DesignMatrix design;            ///< columns: see choice_design
    std::vector<double> contrast_percent;  ///< of the columns after the first, ascending
    stats::LogisticFit fit;
    /// Mean over folds of the mean chance that a fit to the other folds gave to the choices made;
    /// NaN when not asked for.
    double accuracy = 0.0;
};

/// The rows of trials that the regression takes, and whether each was a choice of the right side.
struct ChoiceDesign {
    stats::DesignMatrix x;
    std::vector<bool> chose_right;
    std::vector<std::size_t> trial;        ///< index of each row's trial
    std::vector<double> contrast_percent;  ///< of the columns named by one, ascending
};

/// Columns, in order: `bias` (1); one per contrast that occurs, without 0 and 50 %: the side, 1
/// right, named by the contrast (`6_25`, `12_5`, `25`, `100`); `unrewarded` and `rewarded`: the
/// choice before, where that was its outcome; with a block, `block_id`: -1 for 80, 0 for 50, 1 for
/// 20 % left. Left out are trials of 50 % contrast, without a response, without a contrast, after
/// none or a trial without a response, and with a block: of another probability.
[[nodiscard]] ChoiceDesign choice_design(const RecodedTrials& trials, bool has_block);

/// Logistic regression by maximum likelihood. Folds are drawn by chance from the seed: rows are
/// shuffled and cut into folds of equal size, the first ones longer by one row if need be.
/// @throws tb::Error (data): as stats::logistic_regression (also for the rows left by a fold);
/// TooFewValues for fewer rows than folds; ValueError for a single fold
/// Source: spec/ibl_behavior.md, 10 (figure 5).
[[nodiscard]] ChoiceGlm choice_glm(const RecodedTrials& trials,
                                   const ChoiceGlmOptions& options = {});

}  // namespace tb::compute::task
