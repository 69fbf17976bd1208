// Statistics of the OpenScope analyses: centres and errors, scaling, percentiles, smoothing.

#include "src/signal/nearest.hpp"
#include "src/signal/rolling_mean.hpp"
#include "src/stats/p_values.hpp"
#include "src/stats/permutation_test.hpp"
#include "src/stats/summary.hpp"
#include "tests/vectors/openscope_statistics_values.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace tb::vectors {

namespace {

using stats::MissingPolicy;
using Rows = std::vector<std::vector<double>>;

/// Rows of an array: those that a list of places names, or all.
Json chosen_rows(const Json& rows, const Json& which) {
    if (!which.is_array()) return rows;
    Json out = Json::array();
    for (const Json& place : which) out.push_back(rows.at(place.get<std::size_t>()));
    return out;
}

/// Rows 0, 2, 4, .. of those, which the cases without a policy for NaN use.
Rows even_rows(const Rows& rows) {
    Rows out;
    for (std::size_t i = 0; i < rows.size(); i += 2) out.push_back(rows[i]);
    return out;
}

/// Nested arrays of any depth.
stats::Grid grid_of(const Json& value) {
    stats::Grid out{as_numbers(value, "x"), {}};
    for (const Json* level = &value; level->is_array(); level = &level->at(0)) {
        out.shape.push_back(level->size());
        if (level->empty()) break;
    }
    return out;
}

/// A grid as nested arrays.
Json nested(const stats::Grid& grid, std::size_t dimension = 0, std::size_t begin = 0) {
    if (dimension == grid.shape.size()) return grid.values.at(begin);
    std::size_t step = 1;
    for (std::size_t d = dimension + 1; d < grid.shape.size(); ++d) step *= grid.shape[d];
    Json out = Json::array();
    for (std::size_t i = 0; i < grid.shape[dimension]; ++i) {
        out.push_back(nested(grid, dimension + 1, begin + i * step));
    }
    return out;
}

std::vector<std::ptrdiff_t> axes_of(const Json& value) {
    if (value.is_array()) return value.get<std::vector<std::ptrdiff_t>>();
    return {value.get<std::ptrdiff_t>()};
}

/// The first row of a grid is the centre, the others are the error.
void mean_error(const Case& input, Run& run) {
    const Json rows = input.input("x");
    Json cases = Json::array();
    for (const Json& one : input.input("cases")) {
        const stats::SummaryKind kind{stats::centre_named(one.at("stats").get<std::string>()),
                                      stats::spread_named(one.at("error").get<std::string>()),
                                      openscope::missing_policy(one.value("nanpol", Json()))};
        stats::Grid found = stats::summary_along(
            grid_of(chosen_rows(rows, one.value("rows", Json()))), axes_of(one.at("axis")), kind);
        const Json all = nested(found);
        Json error = all.size() == 2 ? all.at(1) : Json::array({all.at(1), all.at(2)});
        cases.push_back({{"me", all.at(0)}, {"err", std::move(error)}});
    }
    run.give("cases", cases);
}

/// Outputs are named <centre>_<error>_axis<n> or <centre>_<error>_axes_<n>_<m>; with the suffix
/// _nan NaN is left out.
void get_stats(const Case& input, Run& run) {
    const stats::Grid x = grid_of(input.input("x"));
    for (const auto& [name, expected] : run.expected()) {
        std::vector<std::string> words = openscope::split(name, '_');
        if (words.size() < 3) throw value_error("output '" + name + "': expected <centre>_<error>");
        stats::SummaryKind kind{stats::centre_named(words[0]), stats::spread_named(words[1])};
        if (words.back() == "nan") {
            kind.missing = MissingPolicy::leave_out;
            words.pop_back();
        }
        std::vector<std::ptrdiff_t> axes;
        if (words[2].starts_with("axis")) {
            axes.push_back(std::stoi(words[2].substr(4)));
        } else {
            for (std::size_t i = 3; i < words.size(); ++i) axes.push_back(std::stoi(words[i]));
        }
        run.give(name, nested(stats::summary_along(x, axes, kind)));
    }
}

void outlier_bounds(const Case& input, Run& run) {
    const std::vector<double> y = input.numbers("y");
    const auto fences = [&](double factor) {
        const stats::Fences found = stats::outlier_fences(y, factor);
        return Json::array({found.low, found.high});
    };
    run.give("outer", fences(3.0));
    run.give("inner", fences(1.5));
}

/// Outputs are named win<width>.
void rolling_mean(const Case& input, Run& run) {
    const Rows rows = openscope::rows_of(input.input("x"), "x");
    for (const auto& [name, expected] : run.expected()) {
        Json out = Json::array();
        for (const auto& row : rows) {
            out.push_back(to_json_array(
                signal::rolling_mean(row, static_cast<std::size_t>(std::stoul(name.substr(3))))));
        }
        run.give(name, out);
    }
}

void pearson(const Case& input, Run& run) {
    run.give("r", stats::pearson_r(input.numbers("a"), input.numbers("b")));
}

double integral(const std::vector<double>& values, double dx, MissingPolicy missing) {
    double sum = 0.0;
    for (const double value :
         missing == MissingPolicy::keep ? values : stats::without_missing(values)) {
        sum += value;
    }
    return sum * dx;
}

void integrate(const Case& input, Run& run) {
    const Rows rows = openscope::rows_of(input.input("x"), "x");
    const auto dx = input.input("dx").get<double>();
    Json of_all = Json::array();
    for (const auto& row : rows) of_all.push_back(integral(row, dx, MissingPolicy::leave_out));
    const bool is_of_all = run.expects("out") && run.expected_value("out").size() == rows.size();
    Json of_chosen = Json::array();
    for (const auto& row : is_of_all ? rows : even_rows(rows)) {
        of_chosen.push_back(integral(row, dx, MissingPolicy::keep));
    }
    run.give("out", of_chosen);
    run.give("out_nan", of_all);
}

void scale_factors(const Case& input, Run& run) {
    const std::vector<double> y = input.numbers("y");
    for (const Json& method : input.input("methods")) {
        const auto name = method.get<std::string>();
        const stats::ScaleFactors found = stats::scale_factors(y, stats::scaling_named(name));
        run.give(name, Json::array({found.subtract, found.divide_by}));
    }
}

void percentile_bounds(const Case& input, Run& run) {
    Json bounds = Json::array();
    for (const Json& one : input.input("cases")) {
        const stats::PercentileBounds found = stats::percentile_bounds(
            one.at("CI").get<double>(), openscope::tails_of(one.at("tails")));
        bounds.push_back(Json::array({found.low, found.high}));
    }
    run.give("bounds", bounds);
}

void round_by_magnitude(const Case& input, Run& run) {
    const std::map<std::string, stats::RoundingDirection> directions = {
        {"any", stats::RoundingDirection::nearest},
        {"up", stats::RoundingDirection::up},
        {"down", stats::RoundingDirection::down}};
    Json rounded = Json::array();
    for (const Json& one : input.input("cases")) {
        const auto found = directions.find(one.at(2).get<std::string>());
        if (found == directions.end()) throw value_error("direction: expected any, up or down");
        rounded.push_back(
            stats::rounded_to_digits(one.at(0).get<double>(), one.at(1).get<int>(), found->second));
    }
    run.give("rounded", rounded);
}

void closest_index(const Case& input, Run& run) {
    run.give("index", to_json_array(signal::nearest_places(input.numbers("source"),
                                                           input.numbers("target"))));
}

void interpolate_nan(const Case& input, Run& run) {
    run.give("y", to_json_array(signal::with_missing_interpolated(input.numbers("x"))));
}

const Registration registered_mean_error("openscope.mean_error", &mean_error);
const Registration registered_get_stats("openscope.get_stats", &get_stats);
const Registration registered_outliers("openscope.outlier_bounds", &outlier_bounds);
const Registration registered_rolling("openscope.rolling_mean", &rolling_mean);
const Registration registered_pearson("openscope.pearson", &pearson);
const Registration registered_integrate("openscope.integrate", &integrate);
const Registration registered_scale("openscope.scale_factors", &scale_factors);
const Registration registered_bounds("openscope.percentile_bounds", &percentile_bounds);
const Registration registered_rounding("openscope.round_by_magnitude", &round_by_magnitude);
const Registration registered_closest("openscope.closest_index", &closest_index);
const Registration registered_interpolate("openscope.interpolate_nan", &interpolate_nan);

}  // namespace

}  // namespace tb::vectors
