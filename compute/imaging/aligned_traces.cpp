#include "compute/imaging/aligned_traces.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tb::compute::imaging {

namespace {

/// Mean and spread of values that come one by one (Welford's way).
struct Running {
    double mean = 0.0;
    double squares = 0.0;
    std::size_t n = 0;

    void add(double value) {
        if (std::isnan(value)) return;
        n += 1;
        const double off = value - mean;
        mean += off / static_cast<double>(n);
        squares += off * (value - mean);
    }
    [[nodiscard]] MeanAndSem result() const {
        const auto count = static_cast<double>(n);
        return {.mean = n == 0 ? nan : mean,
                .sem = n < 2 ? nan : std::sqrt(squares / (count - 1.0) / count),
                .n = n};
    }
};

void check(std::span<const double> traces, std::size_t n_rois, std::span<const double> frame_s) {
    if (traces.size() != frame_s.size() * n_rois) {
        throw Error(ErrorKind::data,
                    fmt::format("traces: {} values, expected {} frames of {} ROIs", traces.size(),
                                frame_s.size(), n_rois),
                    "Load the plane again.", "ColumnLength");
    }
    for (std::size_t i = 0; i < frame_s.size(); ++i) {
        if (std::isfinite(frame_s[i]) && (i == 0 || frame_s[i] > frame_s[i - 1])) continue;
        throw Error(
            ErrorKind::data,
            fmt::format("imaging frame {}: its time {} is not above the one before", i, frame_s[i]),
            "Times of frames must ascend.", "TimeOrder");
    }
}

std::vector<double> sample_times(const AlignmentWindow& window) {
    constexpr double slack = 1e-9;  // (to - from) rate is a whole number but for its last digits
    const auto n = static_cast<std::size_t>(
                       std::floor((window.to_s - window.from_s) * window.rate_hz + slack)) +
                   1;
    std::vector<double> times(n);
    for (std::size_t i = 0; i < n; ++i) {
        times[i] = window.from_s + static_cast<double>(i) / window.rate_hz;
    }
    return times;
}

/// Samples [begin, end) at from_s <= time < to_s.
struct Stretch {
    std::size_t begin = 0;
    std::size_t end = 0;
};
Stretch stretch_of(std::span<const double> time_s, double from_s, double to_s) {
    constexpr double slack = 1e-9;
    const auto at = [&](double t) {
        return static_cast<std::size_t>(std::ranges::lower_bound(time_s, t - slack) -
                                        time_s.begin());
    };
    return {at(from_s), at(to_s)};
}

}  // namespace

AlignedTraces aligned_traces(std::span<const double> traces, std::size_t n_rois,
                             std::span<const double> frame_s, std::span<const double> event_s,
                             const AlignmentWindow& window) {
    check(traces, n_rois, frame_s);
    AlignedTraces result;
    result.time_s = sample_times(window);
    const std::size_t n_samples = result.time_s.size();
    const bool has_baseline = !std::isnan(window.baseline_from_s);
    const Stretch baseline =
        has_baseline ? stretch_of(result.time_s, window.baseline_from_s, window.baseline_to_s)
                     : Stretch{};
    const Stretch answer = stretch_of(result.time_s, window.response_from_s, window.response_to_s);

    std::vector<Running> means(n_samples * n_rois);  // (sample, ROI)
    std::vector<Running> responses(n_rois);
    std::vector<double> around(n_samples * n_rois);  // one event, (sample, ROI)
    for (const double event : event_s) {
        const bool is_covered = !frame_s.empty() &&
                                event + result.time_s.front() >= frame_s.front() &&
                                event + result.time_s.back() <= frame_s.back();
        if (!is_covered) {
            result.n_events_outside += 1;
            continue;
        }
        result.n_events += 1;
        for (std::size_t sample = 0; sample < n_samples; ++sample) {
            const double t = event + result.time_s[sample];
            const auto after =
                static_cast<std::size_t>(std::ranges::lower_bound(frame_s, t) - frame_s.begin());
            const bool is_on_frame = frame_s[after] == t;
            const std::size_t before = is_on_frame ? after : after - 1;
            const double share =
                is_on_frame ? 0.0 : (t - frame_s[before]) / (frame_s[after] - frame_s[before]);
            for (std::size_t roi = 0; roi < n_rois; ++roi) {
                const double left = traces[before * n_rois + roi];
                const double right = traces[after * n_rois + roi];
                around[sample * n_rois + roi] = is_on_frame ? left : left + share * (right - left);
            }
        }
        for (std::size_t roi = 0; roi < n_rois; ++roi) {
            const auto mean_of = [&](Stretch stretch) {
                Running mean;
                for (std::size_t i = stretch.begin; i < stretch.end; ++i)
                    mean.add(around[i * n_rois + roi]);
                return mean.result().mean;
            };
            const double level = has_baseline ? mean_of(baseline) : 0.0;
            responses[roi].add(mean_of(answer) - level);
            for (std::size_t sample = 0; sample < n_samples; ++sample) {
                means[sample * n_rois + roi].add(around[sample * n_rois + roi] - level);
            }
        }
    }

    result.roi_mean.resize(n_rois * n_samples);
    result.roi_sem.resize(n_rois * n_samples);
    for (std::size_t sample = 0; sample < n_samples; ++sample) {
        Running over_rois;
        for (std::size_t roi = 0; roi < n_rois; ++roi) {
            const MeanAndSem of_roi = means[sample * n_rois + roi].result();
            result.roi_mean[roi * n_samples + sample] = of_roi.mean;
            result.roi_sem[roi * n_samples + sample] = of_roi.sem;
            over_rois.add(of_roi.mean);
        }
        result.over_rois.push_back(over_rois.result());
    }
    for (const Running& response : responses) result.response.push_back(response.result());
    return result;
}

}  // namespace tb::compute::imaging
