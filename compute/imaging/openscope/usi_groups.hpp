// Values of many ROIs (USIs, say) pooled over the mice of a group, and what is made of a group:
// statistics, tests between sessions, shares of significant ROIs.
#pragma once

#include "src/stats/bootstrap.hpp"
#include "src/stats/p_values.hpp"
#include "src/stats/permutation_test.hpp"
#include "src/stats/summary.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tb::compute::imaging::openscope {

/// Line and plane of imaging. Groups are ordered by them as text.
struct ImagingGroup {
    std::string line;   ///< L23-Cux2 or L5-Rbp4
    std::string plane;  ///< dend or soma
    auto operator<=>(const ImagingGroup&) const = default;
};

/// A value of each ROI of one session of a mouse; tracked ROIs in the order of their tracking.
struct MouseValues {
    ImagingGroup group;
    int session = 0;  ///< number of the mouse's session, from 1
    int mouse = 0;    ///< the project's number
    std::vector<double> values;
};

/// Values of a group's session, those of the mice one after another, ascending by number.
struct PooledValues {
    ImagingGroup group;
    int session = 0;
    std::vector<int> mice;
    std::vector<double> values;
};

/// Pools by group and session, in this order; by mouse as well when asked for.
/// @param absolute  the values' sizes are taken
/// @throws tb::Error (data, DuplicateSession) for a mouse's session that comes twice
[[nodiscard]] std::vector<PooledValues> pooled_values(std::span<const MouseValues> sessions,
                                                      bool absolute, bool by_mouse = false);

/// Checks that in each group every mouse has the group's sessions, with as many ROIs in each.
/// @throws tb::Error (data): MissingSession, TrackingMismatch, naming the mouse and the sessions
void require_tracked(std::span<const MouseValues> sessions);

/// How permutation tests are done and corrected.
struct TestSettings {
    std::size_t n_permutations = 10000;
    stats::Tails tails = stats::Tails::both;
    std::optional<double> comparisons = {};
    stats::RandomSource source = {};
};

struct GroupStatisticsSettings {
    bool absolute = true;
    stats::Statistic statistic = stats::Statistic::mean;
    /// Error of the statistic: of the values, or of `n_samples` bootstrapped ones when set.
    stats::Spread spread = stats::Spread::sem;
    std::optional<std::size_t> bootstrap_samples;
    bool by_mouse = false;  ///< a row for each mouse's session; nothing is tested
    bool is_paired = true;  ///< ROIs are tracked
    stats::MissingPolicy missing = stats::MissingPolicy::keep;
    TestSettings test;
};

struct GroupStatistics {
    PooledValues pooled;
    double centre = 0.0;
    std::vector<double> error;  ///< one number; two (quartiles) for the median with std
};

/// Two sessions of a group compared: the statistic of the later one less that of the earlier one.
struct SessionPair {
    ImagingGroup group;
    int session_a = 0;
    int session_b = 0;
    double raw_p = 0.0;
    double p = 0.0;  ///< corrected for tails and comparisons
};

struct GroupComparison {
    std::vector<GroupStatistics> groups;  ///< by group and session
    std::vector<SessionPair> pairs;       ///< by group; 1 and 2, 1 and 3, 2 and 3
};

/// @throws tb::Error (data) as pooled_values, the statistics and their tests; when paired also as
/// require_tracked
/// Source: spec/openscope.md, 8.5.
[[nodiscard]] GroupComparison compare_sessions(std::span<const MouseValues> sessions,
                                               const GroupStatisticsSettings& settings);

/// How many of a group's ROIs have a positive and a significant index.
struct SelectiveCounts {
    std::size_t n_rois = 0;
    std::size_t n_positive = 0;
    std::size_t n_low = 0;   ///< percentile below the interval of p_threshold
    std::size_t n_high = 0;  ///< above it
};

struct SharePercent {
    double percent = 0.0;
    double bootstrap_std = 0.0;           ///< [percent]
    std::array<double, 3> interval;       ///< low, median, high [percent]
    std::array<double, 3> null_interval;  ///< of what chance gives [percent]
    double raw_p = 0.0;
    double p = 0.0;  ///< corrected for tails and comparisons
};

struct SelectiveShares {
    SharePercent positive;  ///< chance: 50 percent
    SharePercent low;       ///< chance: 100 p_threshold / 2 percent
    SharePercent high;
};

struct SelectiveShareSettings {
    double p_threshold = 0.05;
    stats::Tails tails = stats::Tails::both;
    std::optional<double> comparisons;
    stats::BootstrapSettings bootstrap;
};

/// @throws tb::Error (data, ValueError) for counts above n_rois, or no ROI
/// Source: spec/openscope.md, 8.6.
[[nodiscard]] SelectiveShares selective_shares(const SelectiveCounts& counts,
                                               const SelectiveShareSettings& settings);

}  // namespace tb::compute::imaging::openscope
