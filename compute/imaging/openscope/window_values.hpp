// What traces hold in windows: values, integrals, means over windows.
#pragma once

#include "compute/imaging/openscope/windows.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// Traces of many cells, or one series (running, pupil) as one of them.
template <class T>
struct Traces {
    std::span<const T> values;  ///< shape (frame, cell), row by row; any unit
    std::size_t n_rois = 1;

    [[nodiscard]] std::size_t n_frames() const { return n_rois == 0 ? 0 : values.size() / n_rois; }
};

/// Per cell of the traces: (x - subtract) / divide. Empty: traces as they are.
struct RoiScaling {
    std::vector<double> subtract;
    std::vector<double> divide;

    [[nodiscard]] bool is_none() const { return subtract.empty(); }
};

/// What is done with missing values.
enum class MissingValues {
    stay,     ///< a window with one gives NaN
    left_out  ///< sums and means are over the others
};

/// Windows of some cells.
struct WindowValues {
    std::size_t n_rois = 0;
    std::size_t n_windows = 0;
    std::size_t n_samples = 0;
    std::vector<double> values;  ///< shape (cell, window, sample), row by row

    [[nodiscard]] std::span<const double> window(std::size_t roi, std::size_t window) const {
        return std::span(values).subspan((roi * n_windows + window) * n_samples, n_samples);
    }
};

/// All functions below: `rois` are indices of cells in the wanted order, `references` frames whose
/// windows lie inside (see `inside`).
/// @throws tb::Error (data): ColumnLength when values are not whole frames or the scaling is not
/// one pair per cell, FrameRange for a window outside the traces
[[nodiscard]] WindowValues window_values(const Traces<float>& traces,
                                         std::span<const std::size_t> rois,
                                         std::span<const std::int64_t> references,
                                         const WindowFrames& frames,
                                         const RoiScaling& scaling = {});
[[nodiscard]] WindowValues window_values(const Traces<double>& traces,
                                         std::span<const std::size_t> rois,
                                         std::span<const std::int64_t> references,
                                         const WindowFrames& frames,
                                         const RoiScaling& scaling = {});

/// Sum over each window, divided by the rate: shape (cell, window). Unscaled integrals are computed
/// in the precision of the traces, as published; scaled ones in double precision.
[[nodiscard]] std::vector<double> window_integrals(const Traces<float>& traces,
                                                   std::span<const std::size_t> rois,
                                                   std::span<const std::int64_t> references,
                                                   const WindowFrames& frames, double rate_hz,
                                                   MissingValues missing,
                                                   const RoiScaling& scaling = {});
[[nodiscard]] std::vector<double> window_integrals(const Traces<double>& traces,
                                                   std::span<const std::size_t> rois,
                                                   std::span<const std::int64_t> references,
                                                   const WindowFrames& frames, double rate_hz,
                                                   MissingValues missing,
                                                   const RoiScaling& scaling = {});

/// Mean over windows of unscaled integrals: per cell, in the precision of the traces.
[[nodiscard]] std::vector<double> integrated_responses(const Traces<float>& traces,
                                                       std::span<const std::size_t> rois,
                                                       std::span<const std::int64_t> references,
                                                       const WindowFrames& frames, double rate_hz,
                                                       MissingValues missing);
[[nodiscard]] std::vector<double> integrated_responses(const Traces<double>& traces,
                                                       std::span<const std::size_t> rois,
                                                       std::span<const std::int64_t> references,
                                                       const WindowFrames& frames, double rate_hz,
                                                       MissingValues missing);

/// Mean over windows and its standard error, sample by sample.
struct TraceStatistics {
    std::size_t n_rois = 0;
    std::size_t n_samples = 0;
    std::vector<double> mean;  ///< shape (cell, sample), row by row
    std::vector<double> sem;   ///< the same; sd (n - 1) / sqrt(n), NaN of one window
};

[[nodiscard]] TraceStatistics trace_statistics(const Traces<float>& traces,
                                               std::span<const std::size_t> rois,
                                               std::span<const std::int64_t> references,
                                               const WindowFrames& frames, MissingValues missing,
                                               const RoiScaling& scaling = {});
[[nodiscard]] TraceStatistics trace_statistics(const Traces<double>& traces,
                                               std::span<const std::size_t> rois,
                                               std::span<const std::int64_t> references,
                                               const WindowFrames& frames, MissingValues missing,
                                               const RoiScaling& scaling = {});

}  // namespace tb::compute::imaging::openscope
