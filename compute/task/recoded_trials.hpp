// Trials as the published figures take them: in percent, choices by side, and what came before.
#pragma once

#include "compute/task/trials.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::task {

struct RecodingOptions {
    /// The trial before may belong to another session or subject, as in the published figures
    /// (spec/ibl_behavior.md, 15, D15).
    bool has_history_across_sessions = false;
    /// The probability in percent is cut to a whole number after single precision, not rounded
    /// (D15).
    bool has_cut_probability = false;
};

/// Every column has one value per trial, NaN where missing.
struct RecodedTrials {
    std::vector<double> signed_contrast_percent;   ///< right minus left
    std::vector<double> choice;                    ///< 1 right, -1 left, 0 no response
    std::vector<double> correct;                   ///< 1 or 0; missing at zero contrast
    std::vector<double> choice_right;              ///< 1 or 0; missing without a response
    std::vector<double> correct_easy;              ///< correct where |contrast| >= 50 %
    std::vector<double> probability_left_percent;  ///< whole numbers
    std::vector<double> response_time_s;   ///< from stimulus onset; missing without a response
    std::vector<double> feedback_type;     ///< 1, -1; missing without a response
    std::vector<double> previous_choice;   ///< 1, -1; missing after no response or no trial
    std::vector<double> previous_outcome;  ///< feedback of the trial before
    std::vector<double> previous_contrast_percent;  ///< |contrast| of the trial before
    std::vector<bool> repeats_choice;  ///< the choice of the trial before again; false where either
                                       ///< is missing

    [[nodiscard]] std::size_t size() const noexcept { return choice.size(); }
};

/// @param trials   of any number of sessions, in order
/// @param session  one per trial: the same number for trials of one session
/// @throws tb::Error (data, ValueError) when there are not as many
/// Source: spec/ibl_behavior.md, 9.3.
[[nodiscard]] RecodedTrials recoded_trials(const Trials& trials,
                                           std::span<const std::size_t> session,
                                           const RecodingOptions& options = {});

}  // namespace tb::compute::task
