#include "compute/imaging/openscope/window_values.hpp"

#include "compute/imaging/openscope/pairwise_sum.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

template <class T>
void check(const Traces<T>& traces, std::span<const std::size_t> rois,
           std::span<const std::int64_t> references, const WindowFrames& frames,
           const RoiScaling& scaling) {
    if (traces.n_rois == 0 || traces.values.size() % traces.n_rois != 0) {
        throw Error(ErrorKind::data,
                    fmt::format("traces: {} values, expected whole frames of {} ROIs",
                                traces.values.size(), traces.n_rois),
                    "Load the session again.", "ColumnLength");
    }
    if (!scaling.is_none() &&
        (scaling.subtract.size() != traces.n_rois || scaling.divide.size() != traces.n_rois)) {
        throw Error(ErrorKind::data,
                    fmt::format("scaling: {} and {} factors for {} ROIs, expected one pair each",
                                scaling.subtract.size(), scaling.divide.size(), traces.n_rois),
                    "Compute the factors from the same traces.", "ColumnLength");
    }
    for (const std::size_t roi : rois) {
        if (roi < traces.n_rois) continue;
        throw value_error(fmt::format("roi {}: expected 0 to {}", roi, traces.n_rois - 1));
    }
    const auto n_frames = static_cast<std::int64_t>(traces.n_frames());
    for (const std::int64_t reference : references) {
        if (reference + frames.from >= 0 && reference + frames.to <= n_frames) continue;
        throw Error(ErrorKind::data,
                    fmt::format("window at frame {}: frames {} to {}, expected 0 to {}", reference,
                                reference + frames.from, reference + frames.to - 1, n_frames - 1),
                    "Drop windows that leave the recording first.", "FrameRange");
    }
}

/// Value of a cell at a frame, scaled in double precision.
template <class T>
double scaled(const Traces<T>& traces, const RoiScaling& scaling, std::size_t frame,
              std::size_t roi) {
    const auto value = static_cast<double>(traces.values[frame * traces.n_rois + roi]);
    if (scaling.is_none()) return value;
    return (value - scaling.subtract[roi]) / scaling.divide[roi];
}

template <class T>
WindowValues values_of(const Traces<T>& traces, std::span<const std::size_t> rois,
                       std::span<const std::int64_t> references, const WindowFrames& frames,
                       const RoiScaling& scaling) {
    check(traces, rois, references, frames, scaling);
    WindowValues out{rois.size(), references.size(), frames.size(), {}};
    out.values.resize(out.n_rois * out.n_windows * out.n_samples);
    for (std::size_t w = 0; w < references.size(); ++w) {
        const auto first = static_cast<std::size_t>(references[w] + frames.from);
        for (std::size_t s = 0; s < out.n_samples; ++s) {
            for (std::size_t r = 0; r < rois.size(); ++r) {
                out.values[(r * out.n_windows + w) * out.n_samples + s] =
                    scaled(traces, scaling, first + s, rois[r]);
            }
        }
    }
    return out;
}

/// Integrals in precision P; `get` gives a cell's value at a frame.
template <class P, class Get>
std::vector<P> integrals(std::size_t n_rois, std::span<const std::int64_t> references,
                         const WindowFrames& frames, double rate_hz, MissingValues missing,
                         const Get& get) {
    const auto interval_s = static_cast<P>(1.0 / rate_hz);
    const std::size_t n = frames.size();
    std::vector<P> out(n_rois * references.size());
    std::vector<P> window(n_rois * n);
    for (std::size_t w = 0; w < references.size(); ++w) {
        const auto first = static_cast<std::size_t>(references[w] + frames.from);
        for (std::size_t s = 0; s < n; ++s) {
            for (std::size_t r = 0; r < n_rois; ++r) {
                const P value = get(first + s, r);
                const bool is_left_out = missing == MissingValues::left_out && std::isnan(value);
                window[r * n + s] = is_left_out ? P(0) : value;
            }
        }
        for (std::size_t r = 0; r < n_rois; ++r) {
            out[r * references.size() + w] =
                pairwise_sum<P>(std::span<const P>(window).subspan(r * n, n)) * interval_s;
        }
    }
    return out;
}

template <class T>
std::vector<double> integrals_of(const Traces<T>& traces, std::span<const std::size_t> rois,
                                 std::span<const std::int64_t> references,
                                 const WindowFrames& frames, double rate_hz, MissingValues missing,
                                 const RoiScaling& scaling) {
    check(traces, rois, references, frames, scaling);
    if (!scaling.is_none()) {
        return integrals<double>(rois.size(), references, frames, rate_hz, missing,
                                 [&](std::size_t frame, std::size_t r) {
                                     return scaled(traces, scaling, frame, rois[r]);
                                 });
    }
    const auto raw = integrals<T>(rois.size(), references, frames, rate_hz, missing,
                                  [&](std::size_t frame, std::size_t r) {
                                      return traces.values[frame * traces.n_rois + rois[r]];
                                  });
    return {raw.begin(), raw.end()};
}

template <class T>
std::vector<double> responses_of(const Traces<T>& traces, std::span<const std::size_t> rois,
                                 std::span<const std::int64_t> references,
                                 const WindowFrames& frames, double rate_hz,
                                 MissingValues missing) {
    const auto integrated = integrals_of(traces, rois, references, frames, rate_hz, missing, {});
    std::vector<double> out;
    std::vector<T> own;
    for (std::size_t r = 0; r < rois.size(); ++r) {
        own.clear();
        for (std::size_t w = 0; w < references.size(); ++w) {
            const auto value = static_cast<T>(integrated[r * references.size() + w]);
            if (missing == MissingValues::left_out && std::isnan(value)) continue;
            own.push_back(value);
        }
        out.push_back(pairwise_mean<T>(own));
    }
    return out;
}

template <class T>
TraceStatistics statistics_of(const Traces<T>& traces, std::span<const std::size_t> rois,
                              std::span<const std::int64_t> references, const WindowFrames& frames,
                              MissingValues missing, const RoiScaling& scaling) {
    check(traces, rois, references, frames, scaling);
    const std::size_t n_samples = frames.size();
    const std::size_t n_rois = rois.size();
    // Frame by frame, all cells at once, as traces lie in memory: shape (sample, cell).
    std::vector<double> sums(n_samples * n_rois, 0.0);
    std::vector<double> squares(n_samples * n_rois, 0.0);
    std::vector<double> counts(n_samples * n_rois, 0.0);
    const auto visit = [&](const auto& add) {
        for (const std::int64_t reference : references) {
            const auto first = static_cast<std::size_t>(reference + frames.from);
            for (std::size_t s = 0; s < n_samples; ++s) {
                for (std::size_t r = 0; r < n_rois; ++r) {
                    const double value = scaled(traces, scaling, first + s, rois[r]);
                    if (missing == MissingValues::left_out && std::isnan(value)) continue;
                    add(s * n_rois + r, value);
                }
            }
        }
    };
    visit([&](std::size_t i, double value) {
        sums[i] += value;
        counts[i] += 1.0;
    });
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] /= counts[i];
    visit(
        [&](std::size_t i, double value) { squares[i] += (value - sums[i]) * (value - sums[i]); });
    TraceStatistics out{n_rois, n_samples, std::vector<double>(n_rois * n_samples),
                        std::vector<double>(n_rois * n_samples)};
    for (std::size_t s = 0; s < n_samples; ++s) {
        for (std::size_t r = 0; r < n_rois; ++r) {
            const std::size_t i = s * n_rois + r;
            out.mean[r * n_samples + s] = sums[i];
            out.sem[r * n_samples + s] =
                counts[i] > 1.0 ? std::sqrt(squares[i] / (counts[i] - 1.0)) / std::sqrt(counts[i])
                                : nan;
        }
    }
    return out;
}

}  // namespace

WindowValues window_values(const Traces<float>& traces, std::span<const std::size_t> rois,
                           std::span<const std::int64_t> references, const WindowFrames& frames,
                           const RoiScaling& scaling) {
    return values_of(traces, rois, references, frames, scaling);
}

WindowValues window_values(const Traces<double>& traces, std::span<const std::size_t> rois,
                           std::span<const std::int64_t> references, const WindowFrames& frames,
                           const RoiScaling& scaling) {
    return values_of(traces, rois, references, frames, scaling);
}

std::vector<double> window_integrals(const Traces<float>& traces, std::span<const std::size_t> rois,
                                     std::span<const std::int64_t> references,
                                     const WindowFrames& frames, double rate_hz,
                                     MissingValues missing, const RoiScaling& scaling) {
    return integrals_of(traces, rois, references, frames, rate_hz, missing, scaling);
}

std::vector<double> window_integrals(const Traces<double>& traces,
                                     std::span<const std::size_t> rois,
                                     std::span<const std::int64_t> references,
                                     const WindowFrames& frames, double rate_hz,
                                     MissingValues missing, const RoiScaling& scaling) {
    return integrals_of(traces, rois, references, frames, rate_hz, missing, scaling);
}

std::vector<double> integrated_responses(const Traces<float>& traces,
                                         std::span<const std::size_t> rois,
                                         std::span<const std::int64_t> references,
                                         const WindowFrames& frames, double rate_hz,
                                         MissingValues missing) {
    return responses_of(traces, rois, references, frames, rate_hz, missing);
}

std::vector<double> integrated_responses(const Traces<double>& traces,
                                         std::span<const std::size_t> rois,
                                         std::span<const std::int64_t> references,
                                         const WindowFrames& frames, double rate_hz,
                                         MissingValues missing) {
    return responses_of(traces, rois, references, frames, rate_hz, missing);
}

TraceStatistics trace_statistics(const Traces<float>& traces, std::span<const std::size_t> rois,
                                 std::span<const std::int64_t> references,
                                 const WindowFrames& frames, MissingValues missing,
                                 const RoiScaling& scaling) {
    return statistics_of(traces, rois, references, frames, missing, scaling);
}

TraceStatistics trace_statistics(const Traces<double>& traces, std::span<const std::size_t> rois,
                                 std::span<const std::int64_t> references,
                                 const WindowFrames& frames, MissingValues missing,
                                 const RoiScaling& scaling) {
    return statistics_of(traces, rois, references, frames, missing, scaling);
}

}  // namespace tb::compute::imaging::openscope
