// What a statistical test gives, and the outcomes of samples that it cannot judge. A test that has
// no answer throws; it never gives a number that stands for none.
#pragma once

#include "trialbase/error.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::stats {

/// A statistic and its p value, two-sided where the test has sides.
struct TestResult {
    double statistic = 0.0;
    double p = 1.0;
};

/// Samples of several groups: one vector per group, any lengths.
using Groups = std::span<const std::vector<double>>;

/// Kind `data`, type `TooFewValues`: the test is not defined for so few values or groups.
[[nodiscard]] Error too_few_values(const std::string& message);
/// Kind `data`, type `NoVariance`: all values are equal where the test divides by their spread.
[[nodiscard]] Error no_variance(const std::string& message);

/// Throws unless every value is finite. Missing values are the caller's to leave out, for only the
/// caller knows whether their partners must go, too.
/// @param what  names the sample in the message
/// @throws tb::Error (data, ValueError) naming the first value that is not finite
void require_finite(std::span<const double> values, std::string_view what);
/// The same for groups, which must also be at least two, none of them empty.
/// @throws tb::Error (data, TooFewValues) for fewer groups or an empty one
void require_groups(Groups groups, std::string_view what);
/// True when there are values and all of them are the same number.
[[nodiscard]] bool is_constant(std::span<const double> values);

/// Chance that a standard normal variable lies at least this far from 0, to either side.
[[nodiscard]] double normal_two_sided_p(double z);
/// Chance of a value of at least x under the chi-squared distribution.
[[nodiscard]] double chi_squared_p(double x, double degrees_of_freedom);
/// Chance of a value of at least f under the F distribution.
[[nodiscard]] double f_p(double f, double numerator_degrees, double denominator_degrees);

[[nodiscard]] double mean_of(std::span<const double> values);
/// Sum of squared distances to the mean; exactly 0 for equal values.
[[nodiscard]] double sum_of_squares(std::span<const double> values);

}  // namespace tb::stats
