#include "compute/task/psychometric_function.hpp"

#include "compute/task/psychometric_optimum.hpp"
#include "src/stats/legacy_random.hpp"
#include "src/stats/nelder_mead.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

// Products and sums must not be fused here: some vectors pin the path of the simplex to the last
// bit. The build compiles this file with -ffp-contract=off.

namespace tb::compute::task {

namespace {

/// Levels that take part in a fit: finite p.
PsychometricPoints usable(const PsychometricPoints& points) {
    PsychometricPoints out;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!std::isfinite(points.p[i])) continue;
        out.x.push_back(points.x[i]);
        out.n.push_back(points.n[i]);
        out.p.push_back(points.p[i]);
    }
    return out;
}

PsychometricFit nothing_to_fit(const PsychometricPoints& points,
                               const FitConfiguration& configuration) {
    PsychometricFit out;
    out.parameters.assign(parameter_count(configuration.model), nan);
    out.log_likelihood = nan;
    out.predicted.assign(points.size(), nan);
    out.r_squared = nan;
    out.n_trials = points.n_trials();
    return out;
}

PsychometricFit described(const PsychometricPoints& points, PsychometricModel model,
                          std::vector<double> parameters, double log_likelihood) {
    PsychometricFit out;
    out.predicted = psychometric_function(model, parameters, points.x);
    out.r_squared = r_squared(points.p, out.predicted);
    out.parameters = std::move(parameters);
    out.log_likelihood = log_likelihood;
    out.n_trials = points.n_trials();
    return out;
}

bool is_too_little(const PsychometricPoints& fitted, const FitConfiguration& configuration) {
    return fitted.size() < std::max(configuration.least_levels, least_levels_of_a_fit);
}

}  // namespace

PsychometricFit fit_psychometric(const PsychometricPoints& points,
                                 const FitConfiguration& configuration) {
    const auto fitted = usable(points);
    if (is_too_little(fitted, configuration)) return nothing_to_fit(points, configuration);
    const auto box = fit_box(configuration, points);
    auto parameters = best_parameters(configuration.model, fitted, box);
    const double cost = cost_of(configuration.model, parameters, fitted, box.min, box.max);
    return described(points, configuration.model, std::move(parameters), -cost);
}

PsychometricFit fit_psychometric_by_simplex(const PsychometricPoints& points,
                                            const FitConfiguration& configuration,
                                            std::optional<std::uint32_t> seed) {
    const auto fitted = usable(points);
    if (is_too_little(fitted, configuration)) return nothing_to_fit(points, configuration);
    const auto box = fit_box(configuration, points);
    const auto cost = [&](std::span<const double> p) {
        return cost_of(configuration.model, p, fitted, box.min, box.max);
    };
    std::optional<stats::LegacyRandom> random;
    if (seed) random.emplace(*seed);
    const std::size_t runs = seed ? std::max<std::size_t>(configuration.runs, 1) : 1;
    auto start = box.start;
    std::vector<double> best;
    double greatest = -std::numeric_limits<double>::infinity();
    for (std::size_t run = 0; run < runs; ++run) {
        auto found = stats::nelder_mead(cost, start);
        const double log_likelihood = -cost(found.x);
        if (log_likelihood > greatest) {
            greatest = log_likelihood;
            best = std::move(found.x);
        }
        if (!random) continue;
        const auto draws = random->uniforms(start.size());
        for (std::size_t i = 0; i < start.size(); ++i)
            start[i] = box.min[i] + draws[i] * (box.max[i] - box.min[i]);
    }
    return described(points, configuration.model, std::move(best), greatest);
}

}  // namespace tb::compute::task
