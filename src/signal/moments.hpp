// Sums over signals: mean, standard deviation, straight-line fits.
#pragma once

#include <span>

namespace tb::signal {

/// Least and greatest value. Of no values: +infinity and -infinity; NaN is passed over.
struct Range {
    double min = 0.0;
    double max = 0.0;
};
[[nodiscard]] Range range_of(std::span<const double> values);

/// Mean and population standard deviation (divided by n). NaN when there are no values or one of
/// them is NaN; of equal values exactly that value and 0.
struct Moments {
    double mean = 0.0;
    double sd = 0.0;
};
[[nodiscard]] Moments moments_of(std::span<const double> values);

/// Sums of two series about their means: sum (x - mean x)^2, (x - mean x)(y - mean y), (y - mean
/// y)^2. @throws nothing; the series have equal length
struct JointMoments {
    double mean_x = 0.0;
    double mean_y = 0.0;
    double xx = 0.0;
    double xy = 0.0;
    double yy = 0.0;
};
[[nodiscard]] JointMoments joint_moments_of(std::span<const double> x, std::span<const double> y);

/// Least-squares line y = intercept + slope x. Slope 0 where all x are equal.
struct Line {
    double slope = 0.0;
    double intercept = 0.0;
};
[[nodiscard]] Line fit_line(std::span<const double> x, std::span<const double> y);

/// y less its least-squares line over x, into `out` (equal lengths; may be y itself). Equal values
/// give exactly 0 everywhere. @return least and greatest of the result
Range detrend(std::span<const double> x, std::span<const double> y, std::span<double> out);

}  // namespace tb::signal
