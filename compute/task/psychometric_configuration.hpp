// Where psychometric fits begin and what bounds them, by the names of their users.
#pragma once

#include "compute/task/psychometric_model.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::compute::task {

/// Start and bounds of a fit, and how the reference went about it. An empty vector is the library's
/// default; a NaN in the first place of start, min, max means the unweighted mean, the least, the
/// greatest of all levels.
struct FitConfiguration {
    std::string name;
    PsychometricModel model = PsychometricModel::erf_psycho_2gammas;
    std::vector<double> start;
    std::vector<double> min;
    std::vector<double> max;
    std::size_t runs = 5;          ///< descents of the reference's fit; ours does not need it
    std::size_t least_levels = 1;  ///< with fewer levels that have a p there is no fit: all NaN
                                   ///< (nor with fewer than least_levels_of_a_fit)
    PointGrouping grouping =
        PointGrouping::no_go_is_not_right;  ///< how this configuration's users count trials
};

/// The configurations of the spec: `default`, `status`, `plotting`, `paper`, `paper_pooled` (the
/// published 2019 fits, data/SOURCES.md). @throws tb::Error (data, ValueError) for an unknown name
[[nodiscard]] FitConfiguration fit_configuration(std::string_view name);
[[nodiscard]] std::span<const std::string_view> fit_configuration_names() noexcept;

/// A function of the stimulus is not fitted to a single stimulus, whatever a configuration says.
inline constexpr std::size_t least_levels_of_a_fit = 2;

/// A configuration with its numbers filled in for some points. All of shape (parameter_count).
struct FitBox {
    std::vector<double> start;
    std::vector<double> min;
    std::vector<double> max;
};

/// @throws tb::Error (data, ValueError) for vectors of wrong length, a NaN other than in the first
/// place,
///         bounds in the wrong order, or no level
[[nodiscard]] FitBox fit_box(const FitConfiguration& configuration,
                             const PsychometricPoints& points);

}  // namespace tb::compute::task
