// Trials of a two-alternative choice session, counted per stimulus level: the data of a
// psychometric fit.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::compute::task {

/// Which trials count where. The enum's names are the names of the parameter sets' SQL label.
enum class PointGrouping {
    no_go_is_not_right,  ///< no-go trials in n, and not rightward (warehouse, brainbox, photometry)
    no_go_in_n_only,     ///< no-go trials in n; p over trials with a choice (paper figures)
    whole_percent  ///< the same, with levels cut to whole percent towards zero (2019 publication)
};

[[nodiscard]] std::string_view to_string(PointGrouping grouping) noexcept;
/// @throws tb::Error (data, ValueError) for an unknown name
[[nodiscard]] PointGrouping grouping_named(std::string_view name);

/// Counts per distinct signed contrast, ascending. All vectors have one element per level.
struct PsychometricPoints {
    std::vector<double> x;  ///< stimulus level, for contrasts in percent, left negative
    std::vector<double> n;  ///< trials
    std::vector<double> p;  ///< fraction of rightward choices; NaN where no trial has a choice
    std::vector<double> n_right;  ///< rightward choices (empty when points were given as x, n, p)

    [[nodiscard]] std::size_t size() const noexcept { return x.size(); }
    /// Sum of n.
    [[nodiscard]] double n_trials() const noexcept;
};

/// Counts trials per level. The sides of contrast 0 merge.
///
/// @param signed_contrast  right - left as a fraction, -1..1, shape (n_trials); a trial whose
/// contrast is NaN
///                         is left out
/// @param choice           -1 reports right, +1 left, 0 no-go, shape (n_trials); NaN (not recorded)
/// is left out
/// @throws tb::Error (data, ValueError) for lengths that differ
/// Source: spec/ibl_behavior.md, 2.1, 4 and 10; data/SOURCES.md, "Published fits".
[[nodiscard]] PsychometricPoints points_of(
    std::span<const double> signed_contrast, std::span<const double> choice,
    PointGrouping grouping = PointGrouping::no_go_is_not_right);

/// Points given as counts and fractions, in the order given. @throws tb::Error (data, ValueError)
/// for lengths that differ, or an x or n that is not finite, or a negative n
[[nodiscard]] PsychometricPoints points_from(std::vector<double> x, std::vector<double> n,
                                             std::vector<double> p);

}  // namespace tb::compute::task
