// Centre and spread of values, as the reference of field imaging names them: mean with standard
// deviation, standard error or variance; median with quartiles or median absolute deviation.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace tb::stats {

/// What becomes of values that are NaN.
enum class MissingPolicy {
    keep,      ///< the result is NaN
    leave_out  ///< the result is that of the others; NaN when there are none
};

enum class Centre { mean, median };
enum class Spread {
    std,  ///< of the mean: standard deviation (divided by n). Of the median: the two quartiles
    sem,  ///< of the mean: standard error (deviation divided by n - 1). Of the median: MAD
    var   ///< of the mean: variance (divided by n)
};
/// @throws tb::Error (data, ValueError) for another word
[[nodiscard]] Centre centre_named(std::string_view word);
[[nodiscard]] Spread spread_named(std::string_view word);

/// One number of a sample.
enum class Statistic { mean, median, std, sem, mad, var };
/// @throws tb::Error (data, ValueError) for another word
[[nodiscard]] Statistic statistic_named(std::string_view word);

/// Values without those that are NaN.
[[nodiscard]] std::vector<double> without_missing(std::span<const double> values);

/// NaN of nothing.
[[nodiscard]] double statistic_of(std::span<const double> values, Statistic statistic,
                                  MissingPolicy missing = MissingPolicy::keep);

/// Percentile by linear interpolation between order statistics. NaN of nothing.
/// @param percent  0 to 100
[[nodiscard]] double percentile_of(std::span<const double> values, double percent,
                                   MissingPolicy missing = MissingPolicy::keep);

/// How values are summarised.
struct SummaryKind {
    Centre centre = Centre::mean;
    Spread spread = Spread::sem;
    MissingPolicy missing = MissingPolicy::keep;
    double low_percent = 25.0;  ///< the quartiles of the median may be other percentiles
    double high_percent = 75.0;
};

struct Summary {
    double centre = 0.0;
    std::vector<double> spread;  ///< one number; two for the median's quartiles
};
/// @throws tb::Error (data, ValueError) for the variance of a median
/// Source: spec/openscope.md, 6.
[[nodiscard]] Summary summary_of(std::span<const double> values, const SummaryKind& kind);

/// An array of several dimensions in C order.
struct Grid {
    std::vector<double> values;
    std::vector<std::size_t> shape;
};

/// Summary of an array along several axes: the centre is taken along one after another, the spread
/// along the last of them alone.
/// @param axes  dimensions of `grid`, each once; negative ones count from the end; none: all, the
///              last dimension first
/// @return [centre, spread...] by the dimensions that are left
/// @throws tb::Error (data, ValueError) for an axis that there is not or that is named twice, for
/// values that do not fill the shape, and as summary_of
[[nodiscard]] Grid summary_along(const Grid& grid, std::span<const std::ptrdiff_t> axes,
                                 const SummaryKind& kind);

/// Fences for outliers: quartiles less and plus `factor` interquartile ranges (inner fences 1.5,
/// outer ones 3).
struct Fences {
    double low = 0.0;
    double high = 0.0;
};
[[nodiscard]] Fences outlier_fences(std::span<const double> values, double factor,
                                    MissingPolicy missing = MissingPolicy::keep);

/// How values are scaled: what is subtracted, and what they are then divided by.
enum class Scaling {
    stand,           ///< mean, standard deviation
    stand_rob,       ///< median, interquartile range
    stand_rob_perc,  ///< median, 95th less 5th percentile
    center,          ///< mean, 1
    scale,           ///< 0, standard deviation
    unit,            ///< 0, size of the mean
    min_max,         ///< least, range
    min_max_perc     ///< 5th percentile, 95th less 5th percentile
};
/// The names above; "_reg" after one changes nothing.
/// @throws tb::Error (data, ValueError) for another word
[[nodiscard]] Scaling scaling_named(std::string_view word);

struct ScaleFactors {
    double subtract = 0.0;
    double divide_by = 1.0;
};
/// @throws tb::Error (data, ZeroScale) for nothing to divide by, unless zero is allowed
[[nodiscard]] ScaleFactors scale_factors(std::span<const double> values, Scaling scaling,
                                         MissingPolicy missing = MissingPolicy::keep,
                                         bool is_zero_allowed = false);

/// Which way a number is rounded.
enum class RoundingDirection { nearest, up, down };
/// A number with `digits` significant digits; 0 and what is not finite stay. Halves go to the even
/// neighbour. @param digits  at least 1
/// @throws tb::Error (data, ValueError) for less
[[nodiscard]] double rounded_to_digits(double value, int digits, RoundingDirection direction);

}  // namespace tb::stats
