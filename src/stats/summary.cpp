#include "src/stats/summary.hpp"

#include "src/signal/moments.hpp"
#include "src/signal/order_statistics.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tb::stats {

namespace {

template <class Value, std::size_t N>
Value named(std::string_view word, const std::array<std::pair<std::string_view, Value>, N>& words,
            const char* what) {
    std::string known;
    for (const auto& [name, value] : words) {
        if (name == word) return value;
        known += (known.empty() ? "" : ", ") + std::string(name);
    }
    throw value_error(fmt::format("{} '{}': expected one of {}", what, word, known));
}

bool has_missing(std::span<const double> values) {
    return std::ranges::any_of(values, [](double value) { return std::isnan(value); });
}

std::vector<double> sorted(std::span<const double> values) {
    std::vector<double> out(values.begin(), values.end());
    std::ranges::sort(out);
    return out;
}

double absolute_deviation(std::span<const double> values) {
    return signal::median_deviation_of_sorted(sorted(values));
}

/// The moments' standard deviation as that of n - 1, by the root of n.
double standard_error(std::span<const double> values) {
    const double sd = signal::moments_of(values).sd;
    return values.size() < 2 ? nan : sd / std::sqrt(static_cast<double>(values.size()) - 1.0);
}

/// Of values of which none is missing.
double statistic_of_present(std::span<const double> values, Statistic statistic) {
    if (values.empty()) return nan;
    switch (statistic) {
        case Statistic::mean:
            return signal::moments_of(values).mean;
        case Statistic::median:
            return signal::median(values);
        case Statistic::std:
            return signal::moments_of(values).sd;
        case Statistic::sem:
            return standard_error(values);
        case Statistic::mad:
            return absolute_deviation(values);
        case Statistic::var: {
            const double sd = signal::moments_of(values).sd;
            return sd * sd;
        }
    }
    return nan;
}

}  // namespace

Centre centre_named(std::string_view word) {
    return named<Centre, 2>(word, {{{"mean", Centre::mean}, {"median", Centre::median}}}, "centre");
}

Spread spread_named(std::string_view word) {
    return named<Spread, 3>(
        word, {{{"std", Spread::std}, {"sem", Spread::sem}, {"var", Spread::var}}}, "spread");
}

Statistic statistic_named(std::string_view word) {
    return named<Statistic, 6>(word,
                               {{{"mean", Statistic::mean},
                                 {"median", Statistic::median},
                                 {"std", Statistic::std},
                                 {"sem", Statistic::sem},
                                 {"mad", Statistic::mad},
                                 {"var", Statistic::var}}},
                               "statistic");
}

Scaling scaling_named(std::string_view word) {
    // "_reg" is said of the extremes that a method takes unless told otherwise.
    if (word.ends_with("_reg")) word.remove_suffix(4);
    return named<Scaling, 8>(word,
                             {{{"stand", Scaling::stand},
                               {"stand_rob", Scaling::stand_rob},
                               {"stand_rob_perc", Scaling::stand_rob_perc},
                               {"center", Scaling::center},
                               {"scale", Scaling::scale},
                               {"unit", Scaling::unit},
                               {"min_max", Scaling::min_max},
                               {"min_max_perc", Scaling::min_max_perc}}},
                             "scaling");
}

std::vector<double> without_missing(std::span<const double> values) {
    std::vector<double> out;
    out.reserve(values.size());
    std::ranges::copy_if(values, std::back_inserter(out),
                         [](double value) { return !std::isnan(value); });
    return out;
}

double statistic_of(std::span<const double> values, Statistic statistic, MissingPolicy missing) {
    if (!has_missing(values)) return statistic_of_present(values, statistic);
    if (missing == MissingPolicy::keep) return nan;
    return statistic_of_present(without_missing(values), statistic);
}

double percentile_of(std::span<const double> values, double percent, MissingPolicy missing) {
    if (has_missing(values)) {
        return missing == MissingPolicy::keep
                   ? nan
                   : percentile_of(without_missing(values), percent, missing);
    }
    return signal::quantile_of_sorted(sorted(values), percent / 100.0);
}

Summary summary_of(std::span<const double> values, const SummaryKind& kind) {
    if (kind.centre == Centre::mean) {
        const Statistic spread = kind.spread == Spread::std   ? Statistic::std
                                 : kind.spread == Spread::sem ? Statistic::sem
                                                              : Statistic::var;
        return {statistic_of(values, Statistic::mean, kind.missing),
                {statistic_of(values, spread, kind.missing)}};
    }
    Summary out{statistic_of(values, Statistic::median, kind.missing), {}};
    switch (kind.spread) {
        case Spread::std:
            out.spread = {percentile_of(values, kind.low_percent, kind.missing),
                          percentile_of(values, kind.high_percent, kind.missing)};
            break;
        case Spread::sem:
            out.spread = {statistic_of(values, Statistic::mad, kind.missing)};
            break;
        case Spread::var:
            throw value_error("variance of a median: expected std (quartiles) or sem (deviation)");
    }
    return out;
}

namespace {

/// Calls `visit` with the values along an axis for every place of the other dimensions, in C order.
template <class Visit>
void along(const Grid& grid, std::size_t axis, Visit visit) {
    std::size_t inner = 1;
    for (std::size_t d = axis + 1; d < grid.shape.size(); ++d) inner *= grid.shape[d];
    const std::size_t length = grid.shape[axis];
    std::size_t outer = 1;
    for (std::size_t d = 0; d < axis; ++d) outer *= grid.shape[d];
    std::vector<double> line(length);
    for (std::size_t o = 0; o < outer; ++o) {
        for (std::size_t i = 0; i < inner; ++i) {
            for (std::size_t k = 0; k < length; ++k) {
                line[k] = grid.values[(o * length + k) * inner + i];
            }
            visit(std::span<const double>(line));
        }
    }
}

std::vector<std::size_t> checked_axes(const Grid& grid, std::span<const std::ptrdiff_t> axes) {
    const std::size_t n = grid.shape.size();
    const std::size_t size = std::accumulate(grid.shape.begin(), grid.shape.end(), std::size_t{1},
                                             [](std::size_t a, std::size_t b) { return a * b; });
    if (size != grid.values.size() || n == 0) {
        throw value_error(
            fmt::format("summary along axes: {} values do not fill the shape", grid.values.size()));
    }
    std::vector<std::size_t> out;
    for (const std::ptrdiff_t axis : axes) {
        const std::ptrdiff_t from_start = axis < 0 ? axis + static_cast<std::ptrdiff_t>(n) : axis;
        const auto place = static_cast<std::size_t>(from_start);
        if (from_start < 0 || place >= n || std::ranges::count(out, place) > 0) {
            throw value_error(fmt::format(
                "summary along axis {}: expected each of {} dimensions at most once", axis, n));
        }
        out.push_back(place);
    }
    if (out.empty()) {
        for (std::size_t d = n; d-- > 0;) out.push_back(d);
    }
    return out;
}

}  // namespace

Grid summary_along(const Grid& grid, std::span<const std::ptrdiff_t> axes,
                   const SummaryKind& kind) {
    std::vector<std::size_t> left = checked_axes(grid, axes);
    Grid current = grid;
    const Statistic centre = kind.centre == Centre::mean ? Statistic::mean : Statistic::median;
    while (left.size() > 1) {
        const std::size_t axis = left.front();
        left.erase(left.begin());
        for (std::size_t& other : left) other -= other > axis ? 1 : 0;
        Grid reduced;
        along(current, axis, [&](std::span<const double> line) {
            reduced.values.push_back(statistic_of(line, centre, kind.missing));
        });
        reduced.shape = current.shape;
        reduced.shape.erase(reduced.shape.begin() + static_cast<std::ptrdiff_t>(axis));
        current = std::move(reduced);
    }
    std::vector<std::vector<double>> rows;
    along(current, left.front(), [&](std::span<const double> line) {
        const Summary summary = summary_of(line, kind);
        rows.resize(1 + summary.spread.size());
        rows[0].push_back(summary.centre);
        for (std::size_t i = 0; i < summary.spread.size(); ++i) {
            rows[i + 1].push_back(summary.spread[i]);
        }
    });
    Grid out;
    out.shape = current.shape;
    out.shape.erase(out.shape.begin() + static_cast<std::ptrdiff_t>(left.front()));
    out.shape.insert(out.shape.begin(), rows.size());
    for (const auto& row : rows) out.values.insert(out.values.end(), row.begin(), row.end());
    return out;
}

Fences outlier_fences(std::span<const double> values, double factor, MissingPolicy missing) {
    const double low = percentile_of(values, 25.0, missing);
    const double high = percentile_of(values, 75.0, missing);
    return {low - factor * (high - low), high + factor * (high - low)};
}

ScaleFactors scale_factors(std::span<const double> values, Scaling scaling, MissingPolicy missing,
                           bool is_zero_allowed) {
    const bool is_all_missing = missing == MissingPolicy::keep && has_missing(values);
    const std::vector<double> present =
        is_all_missing ? std::vector<double>() : without_missing(values);
    const auto statistic = [&](Statistic which) { return statistic_of_present(present, which); };
    signal::ValueSorter sorter;
    const auto ascending = [&] { return sorter.sorted(present); };
    const auto between = [](std::span<const double> all, double low, double high) {
        return signal::quantile_of_sorted(all, high) - signal::quantile_of_sorted(all, low);
    };
    ScaleFactors out;
    switch (scaling) {
        case Scaling::stand:
            out = {statistic(Statistic::mean), statistic(Statistic::std)};
            break;
        case Scaling::stand_rob: {
            const auto all = ascending();
            out = {signal::median_of_sorted(all), between(all, 0.25, 0.75)};
            break;
        }
        case Scaling::stand_rob_perc: {
            const auto all = ascending();
            out = {signal::median_of_sorted(all), between(all, 0.05, 0.95)};
            break;
        }
        case Scaling::center:
            out = {statistic(Statistic::mean), 1.0};
            break;
        case Scaling::scale:
            out = {0.0, statistic(Statistic::std)};
            break;
        case Scaling::unit:
            out = {0.0, std::abs(statistic(Statistic::mean))};
            break;
        case Scaling::min_max: {
            const auto all = ascending();
            out = {signal::quantile_of_sorted(all, 0.0), between(all, 0.0, 1.0)};
            break;
        }
        case Scaling::min_max_perc: {
            const auto all = ascending();
            out = {signal::quantile_of_sorted(all, 0.05), between(all, 0.05, 0.95)};
            break;
        }
    }
    if (out.divide_by == 0.0 && !is_zero_allowed) {
        throw Error(
            ErrorKind::data,
            fmt::format("scale of {} values is 0, expected values that differ", values.size()), {},
            "ZeroScale");
    }
    return out;
}

double rounded_to_digits(double value, int digits, RoundingDirection direction) {
    if (digits < 1) {
        throw value_error(fmt::format("rounding to {} digits: expected at least 1", digits));
    }
    if (value == 0.0 || !std::isfinite(value)) return value;
    const int places = digits - 1 - static_cast<int>(std::floor(std::log10(std::abs(value))));
    // Powers of ten are exact; their inverses are not, so it is multiplied or divided by the power.
    const double power = std::pow(10.0, std::abs(places));
    const double shifted = places >= 0 ? value * power : value / power;
    const double whole = direction == RoundingDirection::up     ? std::ceil(shifted)
                         : direction == RoundingDirection::down ? std::floor(shifted)
                                                                : std::nearbyint(shifted);
    return places >= 0 ? whole / power : whole * power;
}

}  // namespace tb::stats
