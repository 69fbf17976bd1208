#include "ingest/alf/number_column.hpp"

#include "include/trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace tb::alf {
namespace {

/// Not-a-time is the smallest 64-bit integer.
constexpr double not_a_time = -9223372036854775808.0;
/// A session's clock never runs so long; more is a moment since 1970.
constexpr double longest_clock_s = 10.0 * 86400.0;

struct TimeUnit {
    std::string_view name;
    double seconds;
};
constexpr std::array time_units{
    TimeUnit{"as", 1e-18}, TimeUnit{"fs", 1e-15},  TimeUnit{"ps", 1e-12},  TimeUnit{"ns", 1e-9},
    TimeUnit{"us", 1e-6},  TimeUnit{"ms", 1e-3},   TimeUnit{"s", 1.0},     TimeUnit{"m", 60.0},
    TimeUnit{"h", 3600.0}, TimeUnit{"D", 86400.0}, TimeUnit{"W", 604800.0}};

/// "ns", "25us"; 0 for units without a fixed length (M, Y) and for none.
double seconds_of_unit(std::string_view unit) {
    double count = 0.0;
    while (!unit.empty() && unit[0] >= '0' && unit[0] <= '9') {
        count = count * 10.0 + (unit[0] - '0');
        unit.remove_prefix(1);
    }
    const auto* const found = std::ranges::find(time_units, unit, &TimeUnit::name);
    return found == time_units.end() ? 0.0 : (count > 0.0 ? count : 1.0) * found->seconds;
}

void describe(NumberColumn& column, const formats::NpyArray& array) {
    column.type = array.dtype;
    column.is_single_precision = array.dtype == "f4" || array.dtype == "f2";
    column.is_boolean = array.dtype == "b1";
    column.is_unsigned = array.dtype.starts_with('u');
    column.is_integer = column.is_unsigned || array.dtype.starts_with('i');
    if (array.time_unit.empty()) return;
    column.is_time = true;
    column.is_moment = array.is_moment;
    column.type = (array.is_moment ? "datetime64[" : "timedelta64[") + array.time_unit + "]";
    column.unit_s = seconds_of_unit(array.time_unit);
}

[[noreturn]] void throw_shape(const formats::NpyArray& array, const char* expected) {
    std::string shape;
    for (const auto extent : array.shape)
        shape += (shape.empty() ? "" : ", ") + std::to_string(extent);
    throw Error(ErrorKind::data, "the array has another shape (" + shape + ") than " + expected);
}

/// "timedelta64[ns]": whether pandas knows the column as times.
void describe_pandas(NumberColumn& column, std::string_view type) {
    const bool is_moment = type.starts_with("datetime64[");
    if (!is_moment && !type.starts_with("timedelta64[")) return;
    if (!column.is_integer || column.is_time) return;
    auto unit = type.substr(type.find('[') + 1);
    unit = unit.substr(0, unit.find_first_of(",]"));  // datetime64[ns, UTC]
    column.is_time = true;
    column.is_moment = is_moment;
    column.type += " " + std::string(type);
    column.unit_s = seconds_of_unit(unit);
}

}  // namespace

NumberColumn vector_of(const formats::NpyArray& array) {
    const auto longer =
        std::ranges::count_if(array.shape, [](std::size_t extent) { return extent != 1; });
    if (array.shape.empty() || longer > 1) throw_shape(array, "a vector");
    NumberColumn column;
    column.values = array.as_doubles();
    describe(column, array);
    return column;
}

PairColumns pairs_of(const formats::NpyArray& array) {
    if (array.shape.size() != 2 || (array.shape[0] != 2 && array.shape[1] != 2))
        throw_shape(array, "pairs (n, 2)");
    PairColumns pairs;
    describe(pairs.first, array);
    pairs.second = pairs.first;
    if (array.shape[1] == 2) {
        pairs.first.values = array.column_as_doubles(0);
        pairs.second.values = array.column_as_doubles(1);
    } else {  // (2, n), as MATLAB writes rows
        const auto all = array.as_doubles();
        const auto middle = all.begin() + static_cast<std::ptrdiff_t>(array.shape[1]);
        pairs.first.values.assign(all.begin(), middle);
        pairs.second.values.assign(middle, all.end());
    }
    return pairs;
}

NumberColumn column_of(const formats::Column& from, std::string_view pandas_type) {
    NumberColumn column;
    column.values = from.as_doubles();
    column.type = from.stored_type;
    const auto has = [&](std::string_view word) {
        return from.stored_type.find(word) != std::string::npos;
    };
    column.is_single_precision = has("FLOAT");
    column.is_boolean = has("BOOLEAN");
    column.is_integer = has("INT") && !has("DECIMAL");
    column.is_unsigned = has("UNSIGNED");
    if (has("DATE")) {
        column.is_time = column.is_moment = true;
        column.unit_s = 86400.0;
    } else if (has("TIME")) {
        column.is_time = true;
        column.is_moment = has("TIMESTAMP");
        column.unit_s = has("_MILLIS") ? 1e-3 : has("_MICROS") ? 1e-6 : 1e-9;
    }
    describe_pandas(column, pandas_type);
    return column;
}

void to_seconds(NumberColumn& column) {
    if (!column.is_time) return;
    if (column.unit_s == 0.0) {
        throw Error(ErrorKind::data,
                    "values of type " + column.type + ", which has no fixed length in seconds");
    }
    for (double& value : column.values) {
        if (value == not_a_time) {
            value = nan;
            continue;
        }
        value *= column.unit_s;
        if (std::abs(value) > longest_clock_s) {
            throw Error(ErrorKind::data,
                        "values of type " + column.type +
                            (column.is_moment ? " are moments of the calendar"
                                              : " are longer than a session can be") +
                            ", expected seconds on the session's clock");
        }
    }
}

double units_per_second(double typical_s, double longest_s) {
    if (!std::isfinite(typical_s) || typical_s <= longest_s) return 1.0;
    for (const double units : {1e3, 1e6, 1e9}) {
        if (typical_s / units <= longest_s) return units;
    }
    return 1.0;
}

const char* unit_name(double units) {
    return units == 1e3   ? "milliseconds"
           : units == 1e6 ? "microseconds"
           : units == 1e9 ? "nanoseconds"
                          : "seconds";
}

double median_of(std::span<const double> values) {
    std::vector<double> finite;
    finite.reserve(values.size());
    for (const double value : values)
        if (std::isfinite(value)) finite.push_back(value);
    if (finite.empty()) return nan;
    const auto middle = finite.begin() + static_cast<std::ptrdiff_t>(finite.size() / 2);
    std::ranges::nth_element(finite, middle);
    if (finite.size() % 2 == 1) return *middle;
    return (*middle + *std::max_element(finite.begin(), middle)) / 2.0;
}

double median_step(std::span<const double> values) {
    std::vector<double> steps;
    steps.reserve(values.size());
    for (std::size_t i = 1; i < values.size(); ++i) steps.push_back(values[i] - values[i - 1]);
    return median_of(steps);
}

}  // namespace tb::alf
