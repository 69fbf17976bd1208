// What a signal does around events: windows cut around each event, baselines, what later events
// spoil, and one number per trial. Source of the rules: spec/photometry.md, 7.
#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::compute::photometry {

/// Evenly spaced times, not kept one by one: begin_s + i step_s.
struct EvenTimes {
    double begin_s = 0.0;
    double step_s = 0.0;  ///< above 0
    std::size_t n = 0;

    [[nodiscard]] double operator[](std::size_t i) const {
        return begin_s + static_cast<double>(i) * step_s;
    }
    [[nodiscard]] std::size_t size() const noexcept { return n; }
};
/// `n` samples at `rate_hz` from `begin_s`, each time as signal::arange gives it (the step is the
/// one that is representable at `begin_s`).
[[nodiscard]] EvenTimes even_times(double begin_s, double rate_hz, std::size_t n);

/// A window around an event: samples from begin_s (included) to end_s (excluded) after it [s].
struct Window {
    double begin_s = -1.0;
    double end_s = 1.0;
};

/// Values around events: one row per event, one column per time after it.
template <class T>
struct PeriEvent {
    std::vector<double> offsets_s;  ///< time of each column after the event [s], shape (n_samples)
    std::vector<T> values;          ///< shape (n_events, n_samples); NaN where there is none
    std::size_t n_events = 0;
    std::size_t n_valid = 0;  ///< events whose window lies within the signal
    int rate_hz = 0;          ///< samples per second, rounded: the spacing of offsets_s

    [[nodiscard]] std::size_t n_samples() const noexcept { return offsets_s.size(); }
    [[nodiscard]] std::span<const T> row(std::size_t event) const {
        return std::span(values).subspan(event * n_samples(), n_samples());
    }
};

/// Cuts a window around each event. Nothing is interpolated: the first sample at or after the event
/// is at offset 0, and columns are samples round(begin_s fs) to round(end_s fs) - 1 from there, fs
/// = round(1/median interval), halves to even. The row of an event that is NaN, or whose window
/// reaches beyond the first or last time, is NaN; a valid row whose samples run out at either end
/// of an uneven signal repeats the last one there.
///
/// Times: std::span<const double>, std::span<const float> (the reference's wheel; differences as in
/// single precision), or EvenTimes. Value: double or float.
///
/// @param times   ascending [s], shape (n), at least 2
/// @param values  samples at these times, shape (n)
/// @param events  [s], same clock, any order, shape (n_events)
/// @throws tb::Error (data, ValueError) when lengths differ, times are fewer than 2, descending or
/// not numbers, the rate rounds to 0 Hz, or the window is infinite or holds more samples than fit
/// Source: spec/photometry.md, 7.1.
template <class Times, class Value>
[[nodiscard]] PeriEvent<Value> peri_event(Times times, std::span<const Value> values,
                                          std::span<const double> events, Window window);

/// The same from begin_s after each event to a moment of the event's own: every row is as wide as
/// the longest needs, and valid only when that width lies within the signal; samples after the
/// row's own end are NaN (one at the end is kept). A row whose end is NaN keeps its full width.
/// Without any end the width is |begin_s|.
/// @param ends  [s], same clock, shape (n_events)
template <class Times, class Value>
[[nodiscard]] PeriEvent<Value> peri_event_until(Times times, std::span<const Value> values,
                                                std::span<const double> events, double begin_s,
                                                std::span<const double> ends);

/// The largest finite |value| of each row of peri_event_until, without making the matrix; NaN where
/// a row has none.
template <class Times, class Value>
[[nodiscard]] std::vector<double> peri_event_peaks(Times times, std::span<const Value> values,
                                                   std::span<const double> events, double begin_s,
                                                   std::span<const double> ends);

/// Columns [begin, end) of a peri-event matrix.
struct Columns {
    std::size_t begin = 0;
    std::size_t end = 0;
};
/// The columns from window.begin_s (the first at or after it) to before window.end_s.
/// @param offsets_s  ascending
[[nodiscard]] Columns columns_within(std::span<const double> offsets_s, Window window);

/// Sets what comes later than `until_s` after a row's event to NaN; a row whose `until_s` is NaN
/// stays as it is.
/// @param values     shape (n_events, n_samples), changed in place
/// @param offsets_s  ascending, shape (n_samples)
/// @param until_s    per event, after the event [s], shape (n_events)
/// @throws tb::Error (data, ValueError) when the shapes do not fit
/// Source: spec/photometry.md, 7.4.
void mask_after(std::span<double> values, std::span<const double> offsets_s,
                std::span<const double> until_s);

/// For each two neighbours of `order`: in the matrix of the first, what comes after the second is
/// set to NaN. A pair is passed over when its first is not in `events` or one of the two has no
/// times.
/// @param events    names of the matrices
/// @param values    shape (n_events of `events`, n_trials, n_samples), changed in place
/// @param order     names in the order of the trial
/// @param times_of  times of an event of that name, shape (n_trials); none when there are none
/// @throws tb::Error (data, ValueError) when the shapes do not fit
/// Source: spec/photometry.md, 7.4.
void mask_subsequent_events(
    std::span<const std::string> events, std::span<double> values,
    std::span<const double> offsets_s, std::span<const std::string> order,
    const std::function<std::optional<std::vector<double>>(std::string_view)>& times_of);

/// Mean of each row's values in some columns, NaN left out; NaN where all are, or there are no
/// columns. With the columns of [0.1, 0.35) s: the response magnitudes.
/// @param values  shape (n_rows, n_samples)
/// @throws tb::Error (data, ValueError) when the shape does not fit
/// Source: spec/photometry.md, 7.5.
[[nodiscard]] std::vector<double> row_means(std::span<const double> values, std::size_t n_samples,
                                            Columns columns);

/// Subtracts from each row its mean over the baseline's columns, NaN left out; a row without a
/// baseline becomes NaN. In place. @throws as row_means
/// Source: spec/photometry.md, 7.3.
void subtract_baseline(std::span<double> values, std::size_t n_samples, Columns baseline);

/// (x - b)/b for each row in place, b the plain mean of the baseline's columns: NaN if one of them
/// is. @throws as row_means
/// Source: spec/photometry.md, 7.5.
void normalise_to_baseline(std::span<double> values, std::size_t n_samples, Columns baseline);

/// How responses become magnitudes. A row of photometry.response_params without its events.
struct MagnitudeParams {
    Window baseline{-0.1, 0.0};
    Window early{0.1, 0.35};
    bool subtract_baseline = true;
    bool mask_subsequent = true;
};
/// One number per event: mask, then baseline, then mean, without changing (or copying) the matrix:
/// the same numbers as mask_after, subtract_baseline and row_means one after another.
/// @param until_s  next event of the trial, after the row's own [s], shape (n_events), NaN: none;
/// empty: nothing to mask
/// @throws tb::Error (data, ValueError) when the shapes do not fit
[[nodiscard]] std::vector<double> response_magnitudes(const PeriEvent<double>& responses,
                                                      std::span<const double> until_s,
                                                      const MagnitudeParams& params = {});

}  // namespace tb::compute::photometry
