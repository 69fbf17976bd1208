// Numbers as a file stores them, with what its type says about their unit and sign.
#pragma once

#include "ingest/formats/npy.hpp"
#include "ingest/formats/table.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::alf {

struct NumberColumn {
    std::vector<double> values;
    std::string type;  ///< as the file names it: "u1", "timedelta64[ns]", "INT64 TIMESTAMP_MICROS"
    bool is_single_precision = false;
    bool is_boolean = false;
    bool is_integer = false;
    bool is_unsigned = false;
    bool is_time = false;    ///< a type of times: values count units of `unit_s`
    bool is_moment = false;  ///< of the calendar, not a duration
    double unit_s = 0.0;     ///< 0 where the type does not tell a fixed unit
};

/// The vector that an array is: all extents but one are 1 (a row vector of MATLAB is one, too).
/// @throws tb::Error (data) for another shape, or a type that is not of numbers
[[nodiscard]] NumberColumn vector_of(const formats::NpyArray& array);

/// Both columns of an array of pairs: (n, 2), or (2, n) where `rows` says that n are expected, or
/// n is not 2. @throws tb::Error (data) as vector_of()
struct PairColumns {
    NumberColumn first;
    NumberColumn second;
};
[[nodiscard]] PairColumns pairs_of(const formats::NpyArray& array);

/// @param pandas_type  the type that pandas wrote beside the table ("timedelta64[ns]"); may be
/// empty
[[nodiscard]] NumberColumn column_of(const formats::Column& column, std::string_view pandas_type);

/// Values of a time type in seconds; others as they are. Not-a-time becomes NaN.
/// @throws tb::Error (data) naming the type, for moments of the calendar (the session's clock does
/// not start in 1970) and units without a fixed length
void to_seconds(NumberColumn& column);

/// How many of a unit make a second, told by a typical value: times of trials and samples in
/// milli-, micro- or nanoseconds are recognised by steps that no session has in seconds.
/// @param typical_s  a step or duration of the values as they are; NaN when not known
/// @param longest_s  the longest that it can really be [s]
/// @return 1, 1e3, 1e6 or 1e9
[[nodiscard]] double units_per_second(double typical_s, double longest_s);
[[nodiscard]] const char* unit_name(double units_per_second);

/// Median of the steps between finite neighbours; NaN with fewer than two.
[[nodiscard]] double median_step(std::span<const double> values);
/// Median of the finite values; NaN without any.
[[nodiscard]] double median_of(std::span<const double> values);

}  // namespace tb::alf
