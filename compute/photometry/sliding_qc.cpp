#include "compute/photometry/sliding_qc.hpp"

#include "src/signal/grid.hpp"
#include "src/signal/moments.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tb::compute::photometry {

namespace {

/// Mean of what is not NaN; NaN of nothing.
class MeanOfPresent {
  public:
    void add(double value) {
        if (std::isnan(value)) return;
        sum_ += value;
        n_ += 1.0;
    }
    [[nodiscard]] double value() const { return n_ > 0.0 ? sum_ / n_ : nan; }

  private:
    double sum_ = 0.0;
    double n_ = 0.0;
};

SignalMetrics window_mean_of(const std::vector<QcWindow>& windows) {
    const auto mean = [&](double SignalMetrics::*metric) {
        MeanOfPresent all;
        for (const QcWindow& window : windows) all.add(window.metrics.*metric);
        return all.value();
    };
    return {mean(&SignalMetrics::n_unique_samples),
            mean(&SignalMetrics::median_absolute_deviance),
            mean(&SignalMetrics::percentile_distance),
            mean(&SignalMetrics::percentile_asymmetry_75),
            mean(&SignalMetrics::percentile_asymmetry_95),
            mean(&SignalMetrics::ar_score)};
}

ReferenceMetrics reference_aggregate_of(const SignalMetrics& whole,
                                        const std::vector<QcWindow>& windows) {
    const auto mean = [&](double ReferenceMetrics::*metric) {
        MeanOfPresent all;
        all.add(reference_whole(whole).*metric);
        for (const QcWindow& window : windows) all.add(reference_window(window.metrics).*metric);
        return all.value();
    };
    return {mean(&ReferenceMetrics::n_unique_samples),
            mean(&ReferenceMetrics::median_absolute_deviance),
            mean(&ReferenceMetrics::percentile_distance),
            mean(&ReferenceMetrics::percentile_asymmetry), mean(&ReferenceMetrics::ar_score)};
}

}  // namespace

ReferenceMetrics reference_whole(const SignalMetrics& metrics) {
    return {metrics.n_unique_samples, metrics.median_absolute_deviance, metrics.percentile_distance,
            metrics.percentile_asymmetry_75, metrics.ar_score};
}

ReferenceMetrics reference_window(const SignalMetrics& metrics) {
    return {metrics.n_unique_samples, metrics.median_absolute_deviance, metrics.percentile_distance,
            metrics.percentile_asymmetry_95, metrics.ar_score};
}

SlidingQc sliding_qc(std::span<const double> times, std::span<const double> values,
                     const SlidingQcParams& params) {
    if (times.size() != values.size()) {
        throw value_error(
            fmt::format("{} times but {} samples of a signal", times.size(), values.size()));
    }
    if (values.empty()) throw value_error("a signal without samples has no quality metrics");
    if (!(params.window_s > 0.0) || !(params.step_s > 0.0)) {
        throw value_error(fmt::format("window of {} s in steps of {} s: expected both above 0",
                                      params.window_s, params.step_s));
    }
    if (!std::ranges::is_sorted(times) || std::isnan(times.front()) || std::isnan(times.back())) {
        throw value_error("times of a signal are not ascending");
    }

    SlidingQc out;
    signal::ValueSorter sorter;
    out.whole = signal_metrics(values, sorter);
    const std::vector<double> starts =
        signal::arange(times.front(), times.back() - params.window_s, params.step_s);
    std::vector<double> detrended;
    auto begin = times.begin();
    out.windows.reserve(starts.size());
    for (const double start : starts) {
        begin = std::lower_bound(begin, times.end(), start);
        const auto end = std::lower_bound(begin, times.end(), start + params.window_s);
        const auto first = static_cast<std::size_t>(begin - times.begin());
        const auto n = static_cast<std::size_t>(end - begin);
        QcWindow window{start, start + params.window_s / 2.0, {nan, nan, nan, nan, nan, nan}};
        if (n > 0) {
            detrended.resize(n);
            signal::detrend(times.subspan(first, n), values.subspan(first, n), detrended);
            window.metrics = signal_metrics(detrended, sorter);
        }
        out.windows.push_back(window);
    }
    out.window_mean = window_mean_of(out.windows);
    out.reference_aggregate = reference_aggregate_of(out.whole, out.windows);
    return out;
}

}  // namespace tb::compute::photometry
