// Marks of significance in figures, and by how many comparisons a panel's p values are corrected.
#pragma once

#include "src/stats/p_values.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace tb::compute::imaging::openscope {

struct MarkSettings {
    double p_threshold = 0.05;          ///< one mark; a fifth of it two, a fiftieth three
    bool is_control = false;            ///< marked with + instead of *
    std::optional<double> sensitivity;  ///< least p that can be told: smaller ones count as it
    bool is_above = true;               ///< side of the null distribution's median
    stats::Tails tails = stats::Tails::both;
};
/// "", "*", "**" or "***" (with +, of a control). A test of one tail marks only its side.
/// @param p  corrected; NaN has no mark
/// Source: spec/openscope.md, 7.3.
[[nodiscard]] std::string significance_mark(double p, const MarkSettings& settings = {});

/// How many comparisons groups of sessions make.
/// @param sessions_per_group  of each line and plane
/// @param with_intervals      each session is compared with its null interval
/// @param with_pairs          each two sessions of a group are compared
/// @param factor              by which all is multiplied
/// Source: spec/openscope.md, 7.6.
[[nodiscard]] std::size_t comparison_count(std::span<const std::size_t> sessions_per_group,
                                           bool with_intervals, bool with_pairs,
                                           std::size_t factor = 1);

}  // namespace tb::compute::imaging::openscope
