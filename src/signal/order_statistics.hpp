// Sorting, quantiles and medians of many numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tb::signal {

/// Sorts doubles by spreading them over buckets of equal width first: linear in the number of
/// values where they are spread about as a signal's samples are, never worse than comparison
/// sorting. Keeps its work space between calls; one thread at a time.
class ValueSorter {
  public:
    /// The values ascending; valid until the next call. @param values  no NaN (infinities may be)
    [[nodiscard]] std::span<const double> sorted(std::span<const double> values);
    /// The same when least and greatest value are known already.
    [[nodiscard]] std::span<const double> sorted(std::span<const double> values, double min,
                                                 double max);

  private:
    std::vector<double> sorted_;
    std::vector<std::int32_t> bucket_;
    std::vector<std::uint32_t> begin_;
};

/// Quantile by linear interpolation between order statistics, position q (n - 1). NaN of nothing.
/// @param sorted  ascending
/// @param q       0 to 1
[[nodiscard]] double quantile_of_sorted(std::span<const double> sorted, double q);
[[nodiscard]] double median_of_sorted(std::span<const double> sorted);
/// Median of |value - median|, in logarithmic time. NaN of nothing.
[[nodiscard]] double median_deviation_of_sorted(std::span<const double> sorted);
/// How many different values there are.
[[nodiscard]] std::size_t count_distinct_of_sorted(std::span<const double> sorted);

/// Median by selection; the mean of the middle two of an even number. NaN of nothing, or when a
/// value is NaN.
[[nodiscard]] double median(std::span<const double> values);
/// Median of values[i + 1] - values[i]: of times, the sampling interval. NaN with fewer than two
/// values, or when one is NaN.
[[nodiscard]] double median_difference(std::span<const double> values);

}  // namespace tb::signal
