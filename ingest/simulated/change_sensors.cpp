// The running wheel and the eye camera of change_session.hpp.
#include "compute/change_detection/eye_tracking.hpp"
#include "compute/change_detection/running_speed.hpp"
#include "ingest/simulated/change_session.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace tb::simulated {
namespace {

constexpr double supply_v = 5.0;
constexpr double wheel_cm = 0.5 * (2.0 * 6.5 * 2.54 / 3.0);  // spec/change_detection.md, 10
constexpr double bout_s = 2.0;          // after which the mouse may run faster or slower
constexpr double drinking_s = 2.5;      // it stands still after a reward
constexpr double acceleration_s = 0.8;  // time constant
constexpr double eye_hz = 30.0;
constexpr double blink_per_frame = 1.0 / 300.0;
constexpr std::size_t blink_frames = 4;

/// To steps of a binary fraction, as coarse as a converter, and small in a compressed file.
double rounded(double value, double steps) {
    return std::round(value * steps) / steps;
}
constexpr double volt_steps = 0x1p13;
constexpr double degree_steps = 0x1p10;
constexpr double pixel_steps = 0x1p8;
constexpr double radian_steps = 0x1p12;

/// An ellipse that breathes slowly and shivers a little.
EllipseFits ellipses(std::span<const double> time_s, double x, double y, double width,
                     double height, double phi, Random& random) {
    EllipseFits fits;
    for (const double t : time_s) {
        const double breath = 1.0 + 0.05 * std::sin(t / 7.0);
        fits.center_x.push_back(rounded(x + random.normal(), pixel_steps));
        fits.center_y.push_back(rounded(y + random.normal(), pixel_steps));
        fits.width.push_back(rounded(width * breath + 0.3 * random.normal(), pixel_steps));
        fits.height.push_back(rounded(height * breath + 0.3 * random.normal(), pixel_steps));
        fits.phi.push_back(rounded(phi + 0.02 * random.normal(), radian_steps));
    }
    return fits;
}

}  // namespace

RunningRecording make_running(std::span<const double> time_s, std::span<const double> reward_s,
                              Random random) {
    RunningRecording running;
    running.time_s.assign(time_s.begin(), time_s.end());
    running.v_in.assign(time_s.size(), supply_v);
    running.v_sig.reserve(time_s.size());
    running.dx.reserve(time_s.size());
    double wanted = 0.0, speed = 0.0, volts = random.uniform(0.0, supply_v), next_bout_s = 0.0;
    std::size_t next_reward = 0;
    double still_until_s = 0.0;
    for (std::size_t i = 0; i < time_s.size(); ++i) {
        const double t = time_s[i];
        const double dt = i == 0 ? 0.0 : t - time_s[i - 1];
        if (t >= next_bout_s) {
            wanted = std::max(0.0, 14.0 + 14.0 * random.normal());
            next_bout_s = t + bout_s;
        }
        for (; next_reward < reward_s.size() && reward_s[next_reward] <= t; ++next_reward)
            still_until_s = t + drinking_s;
        speed +=
            (1.0 - std::exp(-dt / acceleration_s)) * ((t < still_until_s ? 0.0 : wanted) - speed);
        const double turned = (speed + 0.4 * random.normal()) * dt / wheel_cm;  // rad
        volts += turned / (2.0 * std::numbers::pi) * supply_v;
        running.v_sig.push_back(
            rounded(volts - supply_v * std::floor(volts / supply_v), volt_steps));
        running.dx.push_back(rounded(turned * 180.0 / std::numbers::pi, degree_steps));
    }
    using namespace compute::change_detection;
    running.speed_unfiltered_cm_s =
        with_right_polarity(unfiltered_running_speed(running.v_sig, running.v_in, time_s));
    running.speed_cm_s = filtered_running_speed(running.speed_unfiltered_cm_s);
    return running;
}

EyeTrackingRecording make_eye_tracking(double end_s, Random random) {
    EyeTrackingRecording eye;
    for (std::size_t i = 0;; ++i) {
        const double t = 0.02 + static_cast<double>(i) / eye_hz;
        if (t > end_s) break;
        eye.time_s.push_back(t);
    }
    eye.eye = ellipses(eye.time_s, 330, 270, 150, 120, 0.1, random);
    eye.pupil = ellipses(eye.time_s, 326, 268, 60, 55, 0.1, random);
    eye.corneal_reflection = ellipses(eye.time_s, 328, 280, 8, 9, 0.1, random);
    for (std::size_t i = 0; i < eye.time_s.size(); ++i) {
        if (!random.chance(blink_per_frame)) continue;
        const auto end = std::min(i + blink_frames, eye.time_s.size());
        for (; i < end; ++i) {
            for (auto* fits : {&eye.eye, &eye.pupil})
                fits->width[i] = fits->height[i] = std::numeric_limits<double>::quiet_NaN();
        }
    }
    compute::change_detection::fill_eye_areas(eye);
    return eye;
}

}  // namespace tb::simulated
