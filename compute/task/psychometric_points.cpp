#include "compute/task/psychometric_points.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace tb::compute::task {

std::string_view to_string(PointGrouping grouping) noexcept {
    switch (grouping) {
        case PointGrouping::no_go_is_not_right:
            return "no_go_is_not_right";
        case PointGrouping::no_go_in_n_only:
            return "no_go_in_n_only";
        case PointGrouping::whole_percent:
            return "whole_percent";
    }
    return "no_go_is_not_right";
}

PointGrouping grouping_named(std::string_view name) {
    for (const auto grouping : {PointGrouping::no_go_is_not_right, PointGrouping::no_go_in_n_only,
                                PointGrouping::whole_percent}) {
        if (to_string(grouping) == name) return grouping;
    }
    throw Error(ErrorKind::data,
                fmt::format("grouping of psychometric points: unknown name {}", name),
                "Known are no_go_is_not_right, no_go_in_n_only and whole_percent.", "ValueError");
}

double PsychometricPoints::n_trials() const noexcept {
    return std::accumulate(n.begin(), n.end(), 0.0);
}

PsychometricPoints points_of(std::span<const double> signed_contrast,
                             std::span<const double> choice, PointGrouping grouping) {
    if (signed_contrast.size() != choice.size()) {
        throw Error(ErrorKind::data,
                    fmt::format("psychometric points: {} contrasts but {} choices",
                                signed_contrast.size(), choice.size()),
                    {}, "ValueError");
    }
    struct Level {
        double x = 0.0;
        double n = 0.0;
        double n_right = 0.0;
        double n_choice = 0.0;
    };
    std::vector<Level> levels;  // few: kept sorted, so that a search is a handful of comparisons
    for (std::size_t i = 0; i < choice.size(); ++i) {
        if (std::isnan(signed_contrast[i]) || std::isnan(choice[i])) continue;
        double x = 100.0 * signed_contrast[i];
        if (grouping == PointGrouping::whole_percent) x = std::trunc(x);
        x += 0.0;  // -0 becomes 0
        auto level = std::lower_bound(levels.begin(), levels.end(), x,
                                      [](const Level& a, double b) { return a.x < b; });
        if (level == levels.end() || level->x != x) level = levels.insert(level, Level{x});
        level->n += 1.0;
        if (choice[i] < 0.0) level->n_right += 1.0;
        if (choice[i] != 0.0) level->n_choice += 1.0;
    }
    PsychometricPoints out;
    for (const auto& level : levels) {
        const double of = grouping == PointGrouping::no_go_is_not_right ? level.n : level.n_choice;
        out.x.push_back(level.x);
        out.n.push_back(level.n);
        out.n_right.push_back(level.n_right);
        out.p.push_back(of > 0.0 ? level.n_right / of : std::numeric_limits<double>::quiet_NaN());
    }
    return out;
}

PsychometricPoints points_from(std::vector<double> x, std::vector<double> n,
                               std::vector<double> p) {
    if (x.size() != n.size() || x.size() != p.size()) {
        throw Error(ErrorKind::data,
                    fmt::format("psychometric points: {} levels, {} counts and {} fractions",
                                x.size(), n.size(), p.size()),
                    {}, "ValueError");
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (std::isfinite(x[i]) && std::isfinite(n[i]) && n[i] >= 0.0) continue;
        throw Error(
            ErrorKind::data,
            fmt::format("psychometric points: level {}: x {} and n {}, expected finite numbers "
                        "and n of at least 0",
                        i + 1, x[i], n[i]),
            {}, "ValueError");
    }
    PsychometricPoints out;
    out.x = std::move(x);
    out.n = std::move(n);
    out.p = std::move(p);
    return out;
}

}  // namespace tb::compute::task
