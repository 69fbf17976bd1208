// Traces of many cells around events: their mean over events, and its standard error.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace tb::compute::imaging {

/// A window around events. Times are from the event [s].
struct AlignmentWindow {
    double from_s = -1.0;
    double to_s = 2.0;
    double rate_hz = 30.0;
    /// the mean from the one to before the other is subtracted, event by event; NaN: none is
    double baseline_from_s = std::numeric_limits<double>::quiet_NaN();
    double baseline_to_s = std::numeric_limits<double>::quiet_NaN();
    double response_from_s = 0.0;  ///< the mean from here ..
    double response_to_s = 0.75;   ///< .. to before here is a cell's response
};

/// Mean over values that are not NaN, and its standard error: sd (n - 1) / sqrt(n), NaN for n < 2.
struct MeanAndSem {
    double mean = std::numeric_limits<double>::quiet_NaN();
    double sem = std::numeric_limits<double>::quiet_NaN();
    std::size_t n = 0;
};

struct AlignedTraces {
    std::vector<double> time_s;         ///< of the samples: from_s + i / rate_hz, up to to_s
    std::vector<double> roi_mean;       ///< over events, shape (ROI, sample), row by row
    std::vector<double> roi_sem;        ///< the same shape
    std::vector<MeanAndSem> response;   ///< of each ROI, over events
    std::vector<MeanAndSem> over_rois;  ///< of each sample, over the ROIs' means
    std::size_t n_events = 0;           ///< averaged
    std::size_t n_events_outside = 0;   ///< whose window the frames do not cover
};

/// Aligns traces to events; between frames they are drawn straight. A NaN frame makes the samples
/// on both sides NaN, which means leave out; an event without any known baseline is left out of
/// that ROI's means.
/// @param traces   shape (frame, ROI), row by row
/// @param frame_s  times of the frames, ascending, shape (frame)
/// @param event_s  times of the events, in any order
/// @throws tb::Error (data, ColumnLength) when the traces are not frames times `n_rois`, (data,
/// TimeOrder) naming the frame for a time that is not above the one before or not finite
[[nodiscard]] AlignedTraces aligned_traces(std::span<const double> traces, std::size_t n_rois,
                                           std::span<const double> frame_s,
                                           std::span<const double> event_s,
                                           const AlignmentWindow& window);

}  // namespace tb::compute::imaging
