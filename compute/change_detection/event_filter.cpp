#include "compute/change_detection/event_filter.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tb::compute::change_detection {

double event_filter_scale(double imaging_rate_hz) {
    return 2.0 / 31.0 * imaging_rate_hz;
}

std::vector<double> filtered_events(std::span<const double> events, double scale,
                                    std::size_t n_frames) {
    if (!(scale > 0.0) || n_frames == 0) {
        throw Error(ErrorKind::data,
                    fmt::format("event filter of scale {} over {} frames: expected both positive",
                                scale, n_frames),
                    {}, "ValueError");
    }
    std::vector<double> kernel(n_frames);
    double sum = 0.0;
    for (std::size_t k = 0; k < n_frames; ++k) {
        const double distance = static_cast<double>(k) / scale;
        kernel[k] = std::exp(-0.5 * distance * distance);
        sum += kernel[k];
    }
    for (double& value : kernel) value /= sum;

    std::vector<double> result(events.size(), 0.0);
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (events[i] == 0.0) continue;  // most are
        const std::size_t n = std::min(n_frames, events.size() - i);
        for (std::size_t k = 0; k < n; ++k) result[i + k] += events[i] * kernel[k];
    }
    return result;
}

}  // namespace tb::compute::change_detection
