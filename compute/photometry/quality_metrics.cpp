#include "compute/photometry/quality_metrics.hpp"

#include "src/signal/fourier.hpp"
#include "src/signal/lanes.hpp"
#include "src/signal/moments.hpp"
#include "src/signal/running.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace tb::compute::photometry {

namespace {

using signal::Lanes;

constexpr double epsilon = std::numeric_limits<double>::epsilon();

/// Sums of the autoregression in terms of the sample two before (u), the step from it to the next
/// (d), and the step after that (w): the target less the sample before it is w, and u and d span
/// the same space as the two samples. A signal's offset is in u alone, so that little cancels.
struct Autoregression {
    double uu = 0.0, ud = 0.0, uw = 0.0, dd = 0.0, dw = 0.0;
    double target = 0.0;  ///< sum of y[i + 2] - y[0]
};

TB_LANE_CLONES Autoregression autoregression(const double* y, std::size_t rows) {
    Lanes uu = {}, ud = {}, uw = {}, dd = {}, dw = {}, target = {};
    const double origin = y[0];
    std::size_t i = 0;
    for (; i + 4 <= rows; i += 4) {
        Lanes u, next, after;
        signal::load(u, y + i);
        signal::load(next, y + i + 1);
        signal::load(after, y + i + 2);
        const Lanes d = next - u;
        const Lanes w = after - next;
        uu += u * u;
        ud += u * d;
        uw += u * w;
        dd += d * d;
        dw += d * w;
        target += after - origin;
    }
    Autoregression out{signal::sum_of(uu), signal::sum_of(ud), signal::sum_of(uw),
                       signal::sum_of(dd), signal::sum_of(dw), signal::sum_of(target)};
    for (; i < rows; ++i) {
        const double u = y[i];
        const double d = y[i + 1] - y[i];
        const double w = y[i + 2] - y[i + 1];
        out.uu += u * u;
        out.ud += u * d;
        out.uw += u * w;
        out.dd += d * d;
        out.dw += d * w;
        out.target += y[i + 2] - origin;
    }
    return out;
}

/// Squared residuals of the autoregression, and squared deviations of its target from their mean.
struct Squares {
    double error = 0.0;
    double total = 0.0;
};

TB_LANE_CLONES Squares autoregression_squares(const double* y, std::size_t rows, double from_u,
                                              double from_d, double mean) {
    Lanes error = {}, total = {};
    std::size_t i = 0;
    for (; i + 4 <= rows; i += 4) {
        Lanes u, next, after;
        signal::load(u, y + i);
        signal::load(next, y + i + 1);
        signal::load(after, y + i + 2);
        const Lanes residual = (after - next) - (from_u * u + from_d * (next - u));
        error += residual * residual;
        after -= mean;
        total += after * after;
    }
    Squares out{signal::sum_of(error), signal::sum_of(total)};
    for (; i < rows; ++i) {
        const double residual =
            (y[i + 2] - y[i + 1]) - (from_u * y[i] + from_d * (y[i + 1] - y[i]));
        out.error += residual * residual;
        out.total += (y[i + 2] - mean) * (y[i + 2] - mean);
    }
    return out;
}

double ar_score_of_varying(std::span<const double> values) {
    if (values.size() < 5) return nan;
    const std::size_t rows = values.size() - 2;
    const Autoregression sums = autoregression(values.data(), rows);
    const double determinant = sums.uu * sums.dd - sums.ud * sums.ud;
    // Singular values of the two predictors: their product is sqrt(determinant), the sum of their
    // squares the trace. Collinear where the lesser is lost in rounding.
    const double trace = 2.0 * sums.uu + 2.0 * sums.ud + sums.dd;
    const double largest =
        (trace + std::sqrt(std::max(0.0, trace * trace - 4.0 * determinant))) / 2.0;
    const bool is_collinear = !(determinant > 4.0 * epsilon * sums.uu * sums.dd) ||
                              !(determinant > epsilon * epsilon * largest * largest);
    if (is_collinear) return nan;
    const double from_u = (sums.uw * sums.dd - sums.dw * sums.ud) / determinant;
    const double from_d = (sums.dw * sums.uu - sums.uw * sums.ud) / determinant;
    const double mean = values[0] + sums.target / static_cast<double>(rows);
    const Squares squares = autoregression_squares(values.data(), rows, from_u, from_d, mean);
    if (squares.error == 0.0) return nan;
    return 1.0 - squares.error / squares.total;
}

/// 0 * (sum of values): 0 when all are finite, else NaN.
bool all_finite(const signal::Moments& moments) {
    return std::isfinite(moments.mean);
}

/// Distance of two percentiles in units of the SD; NaN when that is 0.
double distance(std::span<const double> sorted, double sd, double low, double high) {
    if (!(sd > 0.0)) return nan;
    return (signal::quantile_of_sorted(sorted, high / 100.0) -
            signal::quantile_of_sorted(sorted, low / 100.0)) /
           sd;
}

/// The SD cancels in a ratio of distances.
double asymmetry(std::span<const double> sorted, double sd, double c) {
    if (!(sd > 0.0)) return nan;
    const double middle = signal::median_of_sorted(sorted);
    const double above = std::abs(signal::quantile_of_sorted(sorted, c / 100.0) - middle);
    const double below = std::abs(middle - signal::quantile_of_sorted(sorted, 1.0 - c / 100.0));
    return above / below;
}

struct Sorted {
    std::vector<double> values;
    signal::Moments moments;
    bool is_usable = false;  ///< there are values, and none is missing or infinite
};

Sorted sorted_copy(std::span<const double> values) {
    Sorted out;
    out.moments = signal::moments_of(values);
    out.is_usable = all_finite(out.moments);
    if (!out.is_usable) return out;
    signal::ValueSorter sorter;
    const auto sorted = sorter.sorted(values);
    out.values.assign(sorted.begin(), sorted.end());
    return out;
}

}  // namespace

SignalMetrics signal_metrics(std::span<const double> values, signal::ValueSorter& sorter) {
    const signal::Moments moments = signal::moments_of(values);
    if (!all_finite(moments)) return {n_unique_samples(values), nan, nan, nan, nan, nan};
    const std::span<const double> sorted = sorter.sorted(values);
    SignalMetrics out;
    out.n_unique_samples = static_cast<double>(signal::count_distinct_of_sorted(sorted)) /
                           static_cast<double>(sorted.size());
    out.median_absolute_deviance = signal::median_deviation_of_sorted(sorted);
    const bool is_constant = sorted.front() == sorted.back();
    const double sd = is_constant ? 0.0 : moments.sd;
    out.percentile_distance = distance(sorted, sd, 50.0, 95.0);
    out.percentile_asymmetry_75 = asymmetry(sorted, sd, 75.0);
    out.percentile_asymmetry_95 = asymmetry(sorted, sd, 95.0);
    out.ar_score = is_constant ? nan : ar_score_of_varying(values);
    return out;
}

double n_unique_samples(std::span<const double> values) {
    if (values.empty()) return nan;
    std::vector<double> sorted;
    sorted.reserve(values.size());
    for (const double value : values) {
        if (!std::isnan(value)) sorted.push_back(value);
    }
    const bool has_missing = sorted.size() < values.size();
    std::ranges::sort(sorted);
    return static_cast<double>(signal::count_distinct_of_sorted(sorted) + (has_missing ? 1 : 0)) /
           static_cast<double>(values.size());
}

double median_absolute_deviance(std::span<const double> values) {
    const Sorted sorted = sorted_copy(values);
    return sorted.is_usable ? signal::median_deviation_of_sorted(sorted.values) : nan;
}

double percentile_distance(std::span<const double> values, double low, double high) {
    const Sorted sorted = sorted_copy(values);
    return sorted.is_usable ? distance(sorted.values, sorted.moments.sd, low, high) : nan;
}

double percentile_asymmetry(std::span<const double> values, double c) {
    const Sorted sorted = sorted_copy(values);
    return sorted.is_usable ? asymmetry(sorted.values, sorted.moments.sd, c) : nan;
}

double ar_score(std::span<const double> values) {
    if (!all_finite(signal::moments_of(values))) return nan;
    const signal::Range range = signal::range_of(values);
    return range.min == range.max ? nan : ar_score_of_varying(values);
}

double signal_skew(std::span<const double> values) {
    const signal::Moments moments = signal::moments_of(values);
    if (!all_finite(moments)) return nan;
    double cubes = 0.0;
    for (const double value : values) {
        const double deviation = value - moments.mean;
        cubes += deviation * deviation * deviation;
    }
    const double m2 = moments.sd * moments.sd;
    // The reference calls a signal constant whose spread is lost in the rounding of its mean.
    const double lost = 1e-15 * moments.mean;
    if (m2 <= lost * lost) return nan;
    return cubes / static_cast<double>(values.size()) / std::pow(m2, 1.5);
}

namespace {

double expected_maximum(std::span<const double> values) {
    const signal::Moments moments = signal::moments_of(values);
    return moments.mean +
           moments.sd * std::sqrt(2.0 * std::log(static_cast<double>(values.size())));
}

}  // namespace

double n_expmax_violations(std::span<const double> values) {
    const double bound = expected_maximum(values);
    return static_cast<double>(
        std::ranges::count_if(values, [&](double value) { return std::abs(value) > bound; }));
}

double expmax_violation(std::span<const double> values) {
    const double bound = expected_maximum(values);
    double excess = 0.0;
    std::size_t n = 0;
    for (const double value : values) {
        if (!(std::abs(value) > bound)) continue;
        excess += std::abs(value) - bound;
        ++n;
    }
    return n == 0 ? 0.0 : excess / static_cast<double>(n);
}

namespace {

std::vector<double> centred_power(std::span<const double> values) {
    const signal::Moments moments = signal::moments_of(values);
    std::vector<double> centred(values.begin(), values.end());
    for (double& value : centred) value -= moments.mean;
    return signal::power_spectrum(centred);
}

}  // namespace

double low_freq_power_ratio(std::span<const double> times, std::span<const double> values,
                            double cutoff_hz) {
    const double interval_s = signal::median_difference(times);
    const std::vector<double> power = centred_power(values);
    const double step_hz = 1.0 / (static_cast<double>(values.size()) * interval_s);
    double low = 0.0;
    double all = 0.0;
    for (std::size_t k = 0; k < power.size(); ++k) {
        all += power[k];
        if (static_cast<double>(k) * step_hz <= cutoff_hz) low += power[k];
    }
    return low / all;
}

double spectral_entropy(std::span<const double> values) {
    const std::vector<double> power = centred_power(values);
    double all = 0.0;
    for (const double one : power) all += one;
    double entropy = 0.0;
    for (const double one : power) {
        const double p = one / all;
        entropy -= p * std::log2(p + epsilon);
    }
    return 1.0 - entropy / std::log2(static_cast<double>(power.size()));
}

double n_edges(std::span<const double> values, double sd) {
    constexpr std::size_t reach = 2;
    const std::size_t n = values.size();
    if (n < 2 * reach + 2 || !all_finite(signal::moments_of(values))) return 0.0;
    const auto deviation_bound = [&](std::span<const double> of) {
        return sd * median_absolute_deviance(of) / 0.67;
    };
    const std::vector<double> kernel = {-1.0, -1.0, 0.0, 1.0, 1.0};
    const std::vector<double> slope = signal::convolved_same(values, kernel);
    const double slope_median = signal::median(slope);
    const double slope_bound = deviation_bound(slope);
    const double value_bound = deviation_bound(values);
    const std::vector<double> medians = signal::running_median(values, 2 * reach + 1);
    double runs = 0.0;
    bool was_edge = false;
    for (std::size_t i = reach; i + reach < n; ++i) {
        const double rolled = medians[i - reach];
        const bool is_jump =
            slope[i] > slope_median + slope_bound || slope[i] < slope_median - slope_bound;
        const bool is_outlier =
            values[i] > rolled + value_bound || values[i] < rolled - value_bound;
        const bool is_edge = is_jump && is_outlier;
        if (is_edge && !was_edge) runs += 1.0;
        was_edge = is_edge;
    }
    return runs;
}

}  // namespace tb::compute::photometry
