// How the values of tracked ROIs (USIs) go together from one session to the next.
#pragma once

#include "compute/imaging/openscope/usi_groups.hpp"
#include "src/stats/permutation_test.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tb::compute::imaging::openscope {

/// What the null distribution of a correlation permutes.
enum class CorrelationScheme {
    tracking,  ///< which ROI is which: correlation of both sessions
    sess,  ///< each ROI's two sessions: correlation of the first with the difference, normalised
    all    ///< all values: as sess
};
/// "tracking", "sess" or "all". @throws tb::Error (data, ValueError) for another word
[[nodiscard]] CorrelationScheme correlation_scheme(std::string_view word);
[[nodiscard]] stats::GroupOperation operation_of(CorrelationScheme scheme);
[[nodiscard]] stats::Pairing pairing_of(CorrelationScheme scheme);
/// True for the schemes whose correlations are normalised by the null distribution's median.
[[nodiscard]] bool is_normalised(CorrelationScheme scheme);

/// (r - m) / (1 - m) above the median m of the null distribution, else (r - m) / (m + 1).
/// @throws tb::Error (data, ValueError) for a median beyond -1 to 1
[[nodiscard]] double normalised_correlation(double r, double null_median);

struct CorrelationSettings {
    CorrelationScheme scheme = CorrelationScheme::tracking;
    double p_threshold = 0.05;
    std::size_t bootstrap_samples = 10000;
    TestSettings test{.tails = stats::Tails::low};
};

/// Correlation of two sessions, normalised where the scheme is.
struct SessionCorrelation {
    double r = 0.0;
    double bootstrap_std = 0.0;
    std::array<double, 3> null_interval{};  ///< low, median, high
    double null_median = 0.0;               ///< not normalised
    double raw_p = 0.0;
    double p = 0.0;  ///< corrected for tails and comparisons
};

/// @param pairs  each the values of two sessions, of the same ROIs; pairs of as many ROIs get the
///               same draws and are permuted together
/// @return one per pair
/// @throws tb::Error (data): ValueError for sessions of different lengths, TooFewPermutations,
/// UnexpectedNaN where values are NaN
/// Source: spec/openscope.md, 8.7.
[[nodiscard]] std::vector<SessionCorrelation> session_correlations(
    std::span<const stats::TwoGroups> pairs, const CorrelationSettings& settings);

/// A group's correlation between two sessions.
struct GroupCorrelation {
    ImagingGroup group;
    int session_a = 0;
    int session_b = 0;
    SessionCorrelation correlation;
};
/// Between each session and the next one by number, by group and session.
/// @throws as pooled_values, require_tracked and session_correlations; tb::Error (data,
/// MissingSession) when no two sessions follow one another
[[nodiscard]] std::vector<GroupCorrelation> correlations_of_groups(
    std::span<const MouseValues> sessions, const CorrelationSettings& settings);

/// Values of two sessions against each other.
struct GroupScatter {
    ImagingGroup group;
    std::vector<double> x;  ///< of session a, mice one after another
    std::vector<double> y;  ///< of session b
    double slope = 0.0;     ///< least-squares line of y over x
    double intercept = 0.0;
    SessionCorrelation correlation;  ///< without the bootstrap's deviation, which is NaN
};
/// @throws as correlations_of_groups; tb::Error (data, MissingSession) for a group without one of
/// the sessions
[[nodiscard]] std::vector<GroupScatter> scatter_of_groups(std::span<const MouseValues> sessions,
                                                          int session_a, int session_b,
                                                          const CorrelationSettings& settings);

}  // namespace tb::compute::imaging::openscope
