// photometry.session_performance: how a photometry session's animal did, and its psychometric
// functions by block, after blocks that cannot be right were put right.
// Source: spec/photometry.md, 8.2 to 8.5.
#pragma once

#include "compute/photometry/metadata.hpp"
#include "compute/task/block_structure.hpp"
#include "compute/task/psychometric_fit.hpp"
#include "compute/task/session_performance.hpp"
#include "compute/task/trials.hpp"
#include "trialbase/computed_table.hpp"

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::compute::photometry {

/// The probabilities of the left side that the fits are to use.
struct BlockRepair {
    std::vector<double> probability_left;  ///< shape (n_trials)
    bool is_repaired = false;
    std::size_t n_changed = 0;          ///< trials whose value was changed
    std::vector<MetadataError> errors;  ///< MissingBlockInfo, BlockStructureBug
};

/// Judges the blocks of a session and repairs them. Training: anything but 0.5 is a
/// BlockStructureBug and becomes 0.5. Biased and ephys: blocks that are implausibly short are
/// compared with the plan; without one MissingBlockInfo and BlockStructureBug, and nothing can be
/// repaired; a difference is a BlockStructureBug, and the plan is used where it covers all trials.
/// Other types are not judged. NaN counts as a difference.
/// @param plan  empty when the record has none
/// Source: spec, 8.5.
[[nodiscard]] BlockRepair repair_blocks(std::span<const double> probability_left,
                                        std::string_view session_type,
                                        const std::optional<task::BlockPlan>& plan);

/// A contrast of a session, sides together.
struct ContrastFraction {
    double contrast_percent = 0.0;
    std::size_t n_trials = 0;
    std::size_t n_responses = 0;
    std::size_t n_rewarded = 0;
};
/// Ascending by contrast; a missing contrast counts as 0.
[[nodiscard]] std::vector<ContrastFraction> contrast_fractions(const task::Trials& trials);

/// A fitted block.
struct BlockFit {
    int block = 50;  ///< probability left [%]
    std::size_t n_trials = 0;
    task::PsychometricFit fit;  ///< NaN without trials
    task::FitQuality quality = task::FitQuality::too_few_levels;
};
struct BlockFits {
    std::vector<BlockFit> blocks;  ///< 50 always; 20 and 80 of block sessions, from 10 trials
    /// Bias of 80 minus bias of 20; NaN unless both are there.
    double bias_shift_percent = std::numeric_limits<double>::quiet_NaN();
    /// Quality of the worse of these two fits; empty unless both are there.
    std::optional<task::FitQuality> bias_shift_quality;
};
/// Psychometric functions by block, with the configuration `plotting`.
/// @param is_blocked  whether the session is biased or ephys
[[nodiscard]] BlockFits block_fits(const task::Trials& trials, bool is_blocked);

/// Adapter of photometry.session_performance and its parts. Its keys fail with InsufficientTrials
/// below 90 trials.
[[nodiscard]] ComputedTable session_performance_table();

}  // namespace tb::compute::photometry
