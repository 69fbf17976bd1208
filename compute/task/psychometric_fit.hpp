// task.psychometric_fit: from trials and a parameter set to the psychometric functions of a session
// and of its blocks.
#pragma once

#include "compute/task/fit_quality.hpp"
#include "compute/task/psychometric_function.hpp"
#include "compute/task/trials.hpp"
#include "trialbase/computed_table.hpp"

#include <cstddef>
#include <string_view>

namespace tb::compute::task {

/// The points of some trials and the function fitted to them.
struct TrialsFit {
    PsychometricPoints points;
    PsychometricFit fit;
    FitQuality quality = FitQuality::too_few_levels;
};

/// Groups trials as the configuration says and fits them. Trials without contrast
/// are left out.
[[nodiscard]] TrialsFit fit_trials(const Trials& trials, const FitConfiguration& configuration);

/// A row of task.psychometric_params.
struct PsychometricParams {
    FitConfiguration configuration;
    std::size_t min_trials = 1;  ///< smaller blocks are left out
};

/// The parameter set of a fetched row.
/// @throws tb::Error (data) when there is no row; (data, ValueError) for an unknown grouping
[[nodiscard]] PsychometricParams psychometric_params_of(const FetchedRows& rows,
                                                        std::string_view key);

/// Sets bias_percent to n_levels and fit_quality of a row.
void set_fit_columns(Row& row, const TrialsFit& fitted);
/// Sets signed_contrast to predicted of a row.
void set_point_columns(Row& row, const TrialsFit& fitted, std::size_t level);

/// Adapter of task.psychometric_fit and its parts task.psychometric_block and
/// task.psychometric_point.
[[nodiscard]] ComputedTable psychometric_fit_table();

}  // namespace tb::compute::task
