#include "compute/task/psychometric_configuration.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

// Products and sums must not be fused here: some vectors pin the path of the simplex to the last
// bit, and it begins here. The build compiles this file with -ffp-contract=off.

namespace tb::compute::task {

namespace {

constexpr std::array<std::string_view, 5> configuration_names = {"default", "status", "plotting",
                                                                 "paper", "paper_pooled"};

[[noreturn]] void refuse(const std::string& message) {
    throw Error(ErrorKind::data, "psychometric fit: " + message, {}, "ValueError");
}

}  // namespace

FitConfiguration fit_configuration(std::string_view name) {
    FitConfiguration out;
    out.name = name;
    if (name == "default") return out;
    if (name == "status" || name == "paper_pooled") {
        out.start = {nan, 20.0, 0.05, 0.05};
        out.min = {nan, 0.0, 0.0, 0.0};
        out.max = {nan, 100.0, 1.0, 1.0};
        if (name == "paper_pooled") out.grouping = PointGrouping::whole_percent;
        return out;
    }
    if (name == "plotting") {
        out.start = {0.0, 40.0, 0.1, 0.1};
        out.min = {-50.0, 10.0, 0.0, 0.0};
        out.max = {50.0, 50.0, 0.2, 0.2};
        out.runs = 10;
        return out;
    }
    if (name == "paper") {
        out.start = {0.0, 20.0, 0.05, 0.05};
        out.min = {nan, 5.0, 0.0, 0.0};
        out.max = {nan, 40.0, 1.0, 1.0};
        out.least_levels = 4;
        out.grouping = PointGrouping::no_go_in_n_only;
        return out;
    }
    throw Error(ErrorKind::data, fmt::format("psychometric fit: unknown configuration {}", name),
                fmt::format("Known are {}.", fmt::join(configuration_names, ", ")), "ValueError");
}

std::span<const std::string_view> fit_configuration_names() noexcept {
    return configuration_names;
}

FitBox fit_box(const FitConfiguration& configuration, const PsychometricPoints& points) {
    if (points.x.empty()) refuse("no stimulus level");
    const auto model = configuration.model;
    const bool has_two_lapses = parameter_count(model) == 4;
    const auto filled = [&](const std::vector<double>& given, double first, double second,
                            double lapse, std::string_view what) {
        std::vector<double> out = given;
        if (out.empty()) {
            out = {first, second, lapse};
            if (has_two_lapses) out.push_back(lapse);
        }
        require_parameters(out, model, what);
        if (std::isnan(out[0])) out[0] = first;
        if (std::any_of(out.begin(), out.end(), [](double value) { return std::isnan(value); })) {
            refuse(fmt::format("{} holds a missing value", what));
        }
        return out;
    };
    const auto [least, most] = std::minmax_element(points.x.begin(), points.x.end());
    const double mean = std::accumulate(points.x.begin(), points.x.end(), 0.0) /
                        static_cast<double>(points.x.size());
    FitBox out;
    out.start = filled(configuration.start, mean, 3.0, 0.05, "the start");
    out.min = filled(configuration.min, *least, 0.0, 0.0, "the lower bound");
    out.max = filled(configuration.max, *most, 10.0, 0.4, "the upper bound");
    for (std::size_t i = 0; i < out.min.size(); ++i) {
        if (!(out.min[i] <= out.max[i])) {
            refuse(fmt::format("parameter {}: lower bound {} above upper bound {}", i + 1,
                               out.min[i], out.max[i]));
        }
    }
    return out;
}

}  // namespace tb::compute::task
