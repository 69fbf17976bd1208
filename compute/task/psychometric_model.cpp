#include "compute/task/psychometric_model.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

// Products and sums must not be fused here: some vectors pin the path of the simplex to the last
// bit. The build compiles this file with -ffp-contract=off.

namespace tb::compute::task {

namespace {

constexpr double epsilon = 2.220446049250313e-16;

/// One level. The order of operations is the reference's.
double value_at(PsychometricModel model, std::span<const double> p, double x) {
    switch (model) {
        case PsychometricModel::weibull:
            return (1.0 - p[2]) - (1.0 - 2.0 * p[2]) * std::exp(-std::pow(x / p[0], p[1]));
        case PsychometricModel::weibull50:
            return (1.0 - p[2]) - (0.5 - p[2]) * std::exp(-std::pow(x / p[0], p[1]));
        case PsychometricModel::erf_psycho:
            return p[2] + (1.0 - 2.0 * p[2]) * (std::erf((x - p[0]) / p[1]) + 1.0) / 2.0;
        case PsychometricModel::erf_psycho_2gammas:
            return p[2] + (1.0 - p[2] - p[3]) * (std::erf((x - p[0]) / p[1]) + 1.0) / 2.0;
    }
    return nan;
}

}  // namespace

void require_parameters(std::span<const double> values, PsychometricModel model,
                        std::string_view what) {
    if (values.size() == parameter_count(model)) return;
    throw Error(ErrorKind::data,
                fmt::format("psychometric fit: {} has {} values, {} needs {}", what, values.size(),
                            to_string(model), parameter_count(model)),
                {}, "ValueError");
}

double cost_of(PsychometricModel model, std::span<const double> parameters,
               const PsychometricPoints& points, std::span<const double> min,
               std::span<const double> max) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (std::isnan(parameters[i])) return cost_outside;
        if (!min.empty() && (parameters[i] < min[i] || parameters[i] > max[i])) return cost_outside;
    }
    double sum = 0.0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double p = points.p[i];
        if (!std::isfinite(p)) continue;
        double at = value_at(model, parameters, points.x[i]);
        if (!(at >= 0.0 && at <= 1.0)) {
            // Rounding can carry a sum of fractions past 0 or 1; anything more is no probability.
            if (at > 1.0 && at < 1.0 + 1e-12)
                at = 1.0;
            else if (at < 0.0 && at > -1e-12)
                at = 0.0;
            else
                return cost_outside;
        }
        if (at == 0.0) at = epsilon;
        if (at == 1.0) at = 1.0 - epsilon;
        sum += points.n[i] * (p * std::log(at) + (1.0 - p) * std::log(1.0 - at));
    }
    return -sum;
}

std::string_view to_string(PsychometricModel model) noexcept {
    switch (model) {
        case PsychometricModel::weibull:
            return "weibull";
        case PsychometricModel::weibull50:
            return "weibull50";
        case PsychometricModel::erf_psycho:
            return "erf_psycho";
        case PsychometricModel::erf_psycho_2gammas:
            return "erf_psycho_2gammas";
    }
    return "erf_psycho_2gammas";
}

PsychometricModel model_named(std::string_view name) {
    for (const auto model :
         {PsychometricModel::weibull, PsychometricModel::weibull50, PsychometricModel::erf_psycho,
          PsychometricModel::erf_psycho_2gammas}) {
        if (to_string(model) == name) return model;
    }
    throw Error(ErrorKind::data, fmt::format("psychometric function: unknown model {}", name),
                "Known are weibull, weibull50, erf_psycho and erf_psycho_2gammas.", "ValueError");
}

std::size_t parameter_count(PsychometricModel model) noexcept {
    return model == PsychometricModel::erf_psycho_2gammas ? 4 : 3;
}

std::vector<double> psychometric_function(PsychometricModel model,
                                          std::span<const double> parameters,
                                          std::span<const double> x) {
    require_parameters(parameters, model, "the parameter vector");
    std::vector<double> out;
    out.reserve(x.size());
    for (const double level : x) out.push_back(value_at(model, parameters, level));
    return out;
}

double negative_log_likelihood(PsychometricModel model, std::span<const double> parameters,
                               const PsychometricPoints& points, std::span<const double> min,
                               std::span<const double> max) {
    require_parameters(parameters, model, "the parameter vector");
    if (!min.empty() || !max.empty()) {
        require_parameters(min, model, "the lower bound");
        require_parameters(max, model, "the upper bound");
    }
    return cost_of(model, parameters, points, min, max);
}

double r_squared(std::span<const double> observed, std::span<const double> predicted) {
    double mean = 0.0;
    double count = 0.0;
    for (const double value : observed) {
        if (!std::isfinite(value)) continue;
        mean += value;
        count += 1.0;
    }
    if (count == 0.0) return nan;
    mean /= count;
    double residual = 0.0;
    double total = 0.0;
    for (std::size_t i = 0; i < observed.size(); ++i) {
        if (!std::isfinite(observed[i])) continue;
        residual += (observed[i] - predicted[i]) * (observed[i] - predicted[i]);
        total += (observed[i] - mean) * (observed[i] - mean);
    }
    if (total == 0.0) return residual == 0.0 ? 1.0 : 0.0;
    return std::max(0.0, 1.0 - residual / total);
}

}  // namespace tb::compute::task
