#include "compute/change_detection/running_speed.hpp"

#include "compute/change_detection/known_values.hpp"
#include "src/signal/butterworth.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

namespace tb::compute::change_detection {

namespace {

constexpr double low_v = 1.5;
constexpr double high_v = 3.5;
constexpr double impossible_v = 5.1;    // the signal cannot reach it
constexpr double largest_step_v = 1.0;  // between two frames
constexpr double wrap_window_s = 0.25;  // around a wrap
constexpr double reversed_cm_s = -1.0;
// A wheel of 6.5 inches, the mouse at two thirds of its radius.
constexpr double radius_cm = 0.5 * (2.0 * 6.5 * 2.54 / 3.0);

void check_times(std::span<const double> time_s) {
    for (std::size_t i = 0; i < time_s.size(); ++i) {
        if (std::isfinite(time_s[i]) && (i == 0 || time_s[i] >= time_s[i - 1])) continue;
        throw Error(ErrorKind::data,
                    fmt::format("running: time {} at sample {}: expected not below {}", time_s[i],
                                i, i == 0 ? 0.0 : time_s[i - 1]),
                    {}, "TimeOrder");
    }
}

/// The signal as if the encoder never began anew, in volts; NaN where the step to it is not known.
std::vector<double> unwrapped(std::span<const double> v_sig, const EncoderWraps& wraps) {
    double top_v = -std::numeric_limits<double>::infinity();
    for (const double v : v_sig)
        if (v < impossible_v) top_v = std::max(top_v, v);
    std::vector<double> steps(v_sig.size(), nan);
    for (std::size_t i = 1; i < v_sig.size(); ++i) steps[i] = v_sig[i] - v_sig[i - 1];
    for (const std::size_t i : wraps.positive) steps[i] += top_v;
    for (const std::size_t i : wraps.negative) steps[i] -= top_v;
    double sum_v = v_sig.empty() ? 0.0 : v_sig[0];
    for (double& step : steps) {
        if (!(std::abs(step) <= largest_step_v)) {
            step = nan;
            continue;
        }
        sum_v += step;
        step = sum_v;
    }
    return steps;
}

/// At a wrap, the speed is held to the range of the samples around it.
void clip_at_wraps(std::vector<double>& speed, std::span<const double> time_s,
                   const EncoderWraps& wraps) {
    const std::vector<double> before = speed;
    const auto clip = [&](std::size_t wrap) {
        double least = nan;
        double largest = nan;
        const auto take = [&](std::size_t i) {
            if (std::isnan(before[i])) return;
            least = std::isnan(least) ? before[i] : std::min(least, before[i]);
            largest = std::isnan(largest) ? before[i] : std::max(largest, before[i]);
        };
        for (std::size_t i = wrap; i-- > 0 && time_s[wrap] - time_s[i] <= wrap_window_s;) take(i);
        for (std::size_t i = wrap + 1;
             i < speed.size() && time_s[i] - time_s[wrap] <= wrap_window_s; ++i) {
            take(i);
        }
        speed[wrap] = std::isnan(least) ? nan : std::clamp(before[wrap], least, largest);
    };
    for (const std::size_t wrap : wraps.positive) clip(wrap);
    for (const std::size_t wrap : wraps.negative) clip(wrap);
}

}  // namespace

EncoderWraps encoder_wraps(std::span<const double> v_sig) {
    EncoderWraps wraps;
    for (std::size_t i = 1; i < v_sig.size(); ++i) {
        if (v_sig[i] < low_v && v_sig[i - 1] > high_v) wraps.positive.push_back(i);
        if (v_sig[i] > high_v && v_sig[i - 1] < low_v) wraps.negative.push_back(i);
    }
    return wraps;
}

std::vector<double> unfiltered_running_speed(std::span<const double> v_sig,
                                             std::span<const double> v_in,
                                             std::span<const double> time_s, double largest_z) {
    const std::size_t n = time_s.size();
    for (const auto& [name, size] : {std::pair("vsig", v_sig.size()), {"vin", v_in.size()}}) {
        if (size == n || size == n + 1) continue;
        throw Error(ErrorKind::data,
                    fmt::format("running: {} has {} samples for {} frame times: expected as many "
                                "or one more",
                                name, size, n),
                    {}, "EncoderLength");
    }
    check_times(time_s);
    v_sig = v_sig.first(n);
    const EncoderWraps wraps = encoder_wraps(v_sig);
    const std::vector<double> volts = unwrapped(v_sig, wraps);

    std::vector<double> angles(n, nan);
    double angle = 0.0;
    for (std::size_t i = 1; i < n; ++i) {
        const double step = (volts[i] - volts[i - 1]) / v_in[i] * 2.0 * std::numbers::pi;
        if (std::isnan(step)) continue;
        angle += step;
        angles[i] = angle;
    }
    std::vector<double> speed(n, nan);
    for (std::size_t i = 1; i < n; ++i) {
        speed[i] = (angles[i] - angles[i - 1]) / (time_s[i] - time_s[i - 1]) * radius_cm;
    }
    clip_at_wraps(speed, time_s, wraps);

    const KnownMoments moments = known_moments(speed);
    for (double& value : speed) {
        if (std::abs((value - moments.mean) / moments.sd) > largest_z) value = nan;
    }
    return speed;
}

FilterCoefficients filter_coefficients(const SpeedFilter& filter) {
    FilterCoefficients result{{1.0}, {1.0}};
    const auto times = [](std::vector<double>& polynomial, double c0, double c1, double c2) {
        std::vector<double> product(polynomial.size() + 2, 0.0);
        for (std::size_t i = 0; i < polynomial.size(); ++i) {
            product[i] += c0 * polynomial[i];
            product[i + 1] += c1 * polynomial[i];
            product[i + 2] += c2 * polynomial[i];
        }
        polynomial = std::move(product);
    };
    for (const signal::Section& section :
         signal::butterworth_lowpass(filter.order, filter.cutoff_hz, filter.rate_hz)) {
        times(result.b, section.b0, section.b1, section.b2);
        times(result.a, 1.0, section.a1, section.a2);
    }
    // Of odd order, one section has one coefficient less.
    const auto n = static_cast<std::size_t>(filter.order) + 1;
    result.b.resize(n);
    result.a.resize(n);
    return result;
}

std::vector<double> filtered_running_speed(std::span<const double> unfiltered_cm_s,
                                           const SpeedFilter& filter) {
    const signal::Sections sections =
        signal::butterworth_lowpass(filter.order, filter.cutoff_hz, filter.rate_hz);
    if (unfiltered_cm_s.size() <= signal::filter_padding(sections)) {
        return std::vector<double>(unfiltered_cm_s.size(), nan);
    }
    std::vector<double> values(unfiltered_cm_s.begin(), unfiltered_cm_s.end());
    std::ranges::replace_if(
        values, [](double value) { return std::isnan(value); }, 0.0);
    return signal::filtered_both_ways(sections, values);
}

bool is_polarity_reversed(std::span<const double> speed_cm_s) {
    return known_moments(speed_cm_s).mean < reversed_cm_s;
}

std::vector<double> with_right_polarity(std::vector<double> speed_cm_s) {
    if (is_polarity_reversed(speed_cm_s)) {
        for (double& value : speed_cm_s) value = -value;
    }
    return speed_cm_s;
}

}  // namespace tb::compute::change_detection
