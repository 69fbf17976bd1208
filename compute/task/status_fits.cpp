#include "compute/task/status_fits.hpp"

#include "compute/task/psychometric_fit.hpp"

#include <bit>
#include <span>

namespace tb::compute::task {

namespace {

/// Spreads a number over 64 bits (the finaliser of SplitMix64).
std::uint64_t mixed(std::uint64_t value) {
    value ^= value >> 30U;
    value *= 0xbf58476d1ce4e5b9U;
    value ^= value >> 27U;
    value *= 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

/// Counts as a number, never 0. A subject has some hundred different ones: that two have one hash
/// would take far more subjects than there will be.
std::int64_t hash_of(const PsychometricPoints& points, int code_version) {
    std::uint64_t hash = mixed(static_cast<std::uint64_t>(code_version) + 1);
    for (const auto& column :
         {std::span(points.x), std::span(points.n), std::span(points.n_right)}) {
        hash = mixed(hash + column.size());
        for (const double value : column)
            hash = mixed(hash * 0x9e3779b97f4a7c15U + std::bit_cast<std::uint64_t>(value));
    }
    return static_cast<std::int64_t>(hash == 0 ? 1 : hash);
}

}  // namespace

CriterionFit StatusFits::of(const TrialTally& tally) {
    const PsychometricPoints points = tally.points();
    if (points.x.empty()) return {};
    const std::int64_t hash = hash_of(points, code_version_);
    if (const auto known = known_.find(hash); known != known_.end()) return known->second;
    static const FitConfiguration status = fit_configuration("status");
    const PsychometricFit fit = fit_psychometric(points, status);
    ++n_made_;
    const CriterionFit made{fit.bias(), fit.threshold(), fit.lapse_low(), fit.lapse_high(), hash};
    remember(made);
    return made;
}

}  // namespace tb::compute::task
