#include "src/signal/moments.hpp"

#include "src/signal/lanes.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>

namespace tb::signal {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TB_LANE_CLONES Range range_of(std::span<const double> values) {
    const std::size_t n = values.size();
    Lanes low = {infinity, infinity, infinity, infinity};
    Lanes high = -low;
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        Lanes value;
        load(value, values.data() + i);
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    Range out{infinity, -infinity};
    for (int lane = 0; lane < 4; ++lane) {
        out.min = std::min(out.min, low[lane]);
        out.max = std::max(out.max, high[lane]);
    }
    for (; i < n; ++i) {
        out.min = values[i] < out.min ? values[i] : out.min;
        out.max = values[i] > out.max ? values[i] : out.max;
    }
    return out;
}

// Everything is summed as deviations from the first value: equal values then have exactly their
// mean and no spread, and a large offset costs no digits.
TB_LANE_CLONES Moments moments_of(std::span<const double> values) {
    const std::size_t n = values.size();
    if (n == 0) return {nan, nan};
    const double* at = values.data();
    const double origin = at[0];
    Lanes sum0 = {}, sum1 = {};
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        Lanes a, b;
        load(a, at + i);
        load(b, at + i + 4);
        sum0 += a - origin;
        sum1 += b - origin;
    }
    sum0 += sum1;
    double sum = sum_of(sum0);
    for (; i < n; ++i) sum += at[i] - origin;
    const double count = static_cast<double>(n);
    const double mean = origin + sum / count;

    Lanes square0 = {}, square1 = {};
    i = 0;
    for (; i + 8 <= n; i += 8) {
        Lanes a, b;
        load(a, at + i);
        load(b, at + i + 4);
        a -= mean;
        b -= mean;
        square0 += a * a;
        square1 += b * b;
    }
    square0 += square1;
    double squares = sum_of(square0);
    for (; i < n; ++i) squares += (at[i] - mean) * (at[i] - mean);
    return {mean, std::sqrt(squares / count)};
}

TB_LANE_CLONES JointMoments joint_moments_of(std::span<const double> x, std::span<const double> y) {
    assert(x.size() == y.size());
    const std::size_t n = x.size();
    if (n == 0) return {nan, nan, 0.0, 0.0, 0.0};
    const double* px = x.data();
    const double* py = y.data();
    const double x0 = px[0];
    const double y0 = py[0];
    Lanes sum_x = {}, sum_y = {};
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        Lanes a, b;
        load(a, px + i);
        load(b, py + i);
        sum_x += a - x0;
        sum_y += b - y0;
    }
    double total_x = sum_of(sum_x);
    double total_y = sum_of(sum_y);
    for (; i < n; ++i) {
        total_x += px[i] - x0;
        total_y += py[i] - y0;
    }
    const double count = static_cast<double>(n);
    JointMoments out;
    out.mean_x = x0 + total_x / count;
    out.mean_y = y0 + total_y / count;

    Lanes xx = {}, xy = {}, yy = {};
    i = 0;
    for (; i + 4 <= n; i += 4) {
        Lanes a, b;
        load(a, px + i);
        load(b, py + i);
        a -= out.mean_x;
        b -= out.mean_y;
        xx += a * a;
        xy += a * b;
        yy += b * b;
    }
    out.xx = sum_of(xx);
    out.xy = sum_of(xy);
    out.yy = sum_of(yy);
    for (; i < n; ++i) {
        const double a = px[i] - out.mean_x;
        const double b = py[i] - out.mean_y;
        out.xx += a * a;
        out.xy += a * b;
        out.yy += b * b;
    }
    return out;
}

Line fit_line(std::span<const double> x, std::span<const double> y) {
    const JointMoments sums = joint_moments_of(x, y);
    Line line;
    line.slope = sums.xx > 0.0 ? sums.xy / sums.xx : (sums.xx == 0.0 ? 0.0 : nan);
    line.intercept = sums.mean_y - line.slope * sums.mean_x;
    return line;
}

TB_LANE_CLONES Range detrend(std::span<const double> x, std::span<const double> y,
                             std::span<double> out) {
    assert(x.size() == y.size() && y.size() == out.size());
    const std::size_t n = x.size();
    if (n == 0) return {infinity, -infinity};
    const double* px = x.data();
    const double* py = y.data();
    // One pass for all sums: x is taken from the middle sample, so that little cancels.
    const double x0 = px[n / 2];
    const double y0 = py[0];
    Lanes sum_x = {}, sum_y = {}, xx = {}, xy = {};
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        Lanes a, b;
        load(a, px + i);
        load(b, py + i);
        a -= x0;
        b -= y0;
        sum_x += a;
        sum_y += b;
        xx += a * a;
        xy += a * b;
    }
    double total_x = sum_of(sum_x), total_y = sum_of(sum_y);
    double total_xx = sum_of(xx), total_xy = sum_of(xy);
    for (; i < n; ++i) {
        const double a = px[i] - x0;
        const double b = py[i] - y0;
        total_x += a;
        total_y += b;
        total_xx += a * a;
        total_xy += a * b;
    }
    const double count = static_cast<double>(n);
    const double spread = total_xx - total_x * total_x / count;
    const double slope = spread > 0.0 ? (total_xy - total_x * total_y / count) / spread : 0.0;
    const double centre_x = x0 + total_x / count;
    const double centre_y = total_y / count;

    Lanes low = {infinity, infinity, infinity, infinity};
    Lanes high = -low;
    i = 0;
    for (; i + 4 <= n; i += 4) {
        Lanes a, b;
        load(a, px + i);
        load(b, py + i);
        const Lanes value = (b - y0) - (centre_y + slope * (a - centre_x));
        low = value < low ? value : low;
        high = value > high ? value : high;
        store(out.data() + i, value);
    }
    Range range{infinity, -infinity};
    for (int lane = 0; lane < 4; ++lane) {
        range.min = std::min(range.min, low[lane]);
        range.max = std::max(range.max, high[lane]);
    }
    for (; i < n; ++i) {
        const double value = (py[i] - y0) - (centre_y + slope * (px[i] - centre_x));
        range.min = value < range.min ? value : range.min;
        range.max = value > range.max ? value : range.max;
        out[i] = value;
    }
    return range;
}

}  // namespace tb::signal
