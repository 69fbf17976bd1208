// Quality control over many recordings: the pass flag of a session, and metrics made comparable.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

namespace tb::compute::photometry {

/// Whether a session passes when all of its signals must, and when one is enough.
struct BasicQcPass {
    bool all_signals = false;
    bool any_signal = false;
};

/// Per session: a signal is good with n_unique_samples above 0.1 and no band inversion. All: least
/// n_unique > 0.1 and greatest inversions = 0; any: greatest > 0.1 and least = 0. NaN is passed
/// over; a session of nothing else fails. @throws tb::Error (data, ValueError) when lengths differ
/// Source: spec/photometry.md, 5.5.
[[nodiscard]] std::map<std::string, BasicQcPass> basic_qc_pass(
    std::span<const std::string> session, std::span<const double> n_unique_samples,
    std::span<const double> n_band_inversions);

/// A metric over recordings turned into normal scores by its quantiles: min(1000, n) references,
/// ranks averaged over ties, scores within +-5.1993. NaN stays NaN (infinities count as such).
/// Source: spec/photometry.md, 15.
[[nodiscard]] std::vector<double> normal_scores(std::span<const double> values);

/// Principal components of columns of equal length; rows with a NaN are left out of the fit and
/// have NaN scores.
struct PrincipalComponents {
    std::vector<std::vector<double>> components;  ///< n_components x columns, unit length
    std::vector<double> explained_variance_ratio;
    std::vector<std::vector<double>> scores;  ///< rows x n_components
};
/// @throws tb::Error (data, ValueError) when columns differ in length, there are fewer columns or
/// complete rows than components
[[nodiscard]] PrincipalComponents principal_components(std::span<const std::vector<double>> columns,
                                                       std::size_t n_components = 2);

}  // namespace tb::compute::photometry
