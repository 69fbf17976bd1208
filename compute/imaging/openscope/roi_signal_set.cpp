#include "compute/imaging/openscope/roi_signal_set.hpp"

#include "compute/imaging/openscope/roi_correlations.hpp"
#include "compute/imaging/openscope/roi_scaling.hpp"
#include "compute/imaging/openscope/stored_traces.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tb::compute::imaging::openscope {

namespace {

constexpr std::size_t n_correlation_bins = 40;

template <class T>
RoiSignals signals_of(const Traces<T>& traces) {
    RoiSignals out;
    out.scaling = roi_scaling(traces);
    out.of.resize(traces.n_rois);
    std::vector<std::size_t> good;
    for (std::size_t roi = 0; roi < traces.n_rois; ++roi) {
        const std::vector<T> trace = trace_of(traces, roi);
        if (!std::ranges::all_of(trace, [](T value) { return std::isfinite(value); })) continue;
        out.of[roi] = signal_to_noise(trace);
        good.push_back(roi);
    }
    if (good.empty()) return out;
    if constexpr (std::is_same_v<T, float>) {
        out.correlations = roi_correlations(traces, good);
    } else {
        const std::vector<float> rounded(traces.values.begin(), traces.values.end());
        out.correlations = roi_correlations(Traces<float>{rounded, traces.n_rois}, good);
    }
    std::erase_if(out.correlations, [](double value) { return std::isnan(value); });
    return out;
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& plane = inputs["trace"];
    if (plane.empty() || plane.is_null("trace_ref", 0))
        return output.nothing_to_compute("the plane has no dF/F");
    const FetchedRows& rois = inputs["rois"];
    if (rois.empty()) return output.nothing_to_compute("the plane has no ROI");
    const StoredTraces traces(inputs, "trace", rois.size());
    if (traces.n_frames() == 0) return output.nothing_to_compute("the traces have no frame");
    const RoiSignals signals =
        traces.visit([](const auto& of_plane) { return roi_signals(of_plane); });

    std::size_t n_bad = 0;
    for (std::size_t i = 0; i < rois.size(); ++i) {
        const std::optional<SignalToNoise>& signal = signals.of[i];
        if (!signal) ++n_bad;
        Row& row = output.part("roi_signal")
                       .set("roi", rois.integers("roi")[i])
                       .set("is_bad", !signal)
                       .set("median", signals.scaling.subtract[i])
                       .set("percentile_range", signals.scaling.divide[i]);
        if (!signal) continue;
        row.set("snr", signal->ratio)
            .set("signal_mean", signal->signal_mean)
            .set("noise_mean", signal->noise_mean)
            .set("noise_sd", signal->noise_sd)
            .set("noise_bound", signal->noise_threshold);
    }
    const auto bins = histogram(signals.correlations, -1.0, 1.0, n_correlation_bins);
    for (std::size_t bin = 0; bin < bins.size(); ++bin) {
        const auto edge = [](std::size_t i) {
            return -1.0 + 2.0 * static_cast<double>(i) / static_cast<double>(n_correlation_bins);
        };
        output.part("roi_correlation_bin")
            .set("bin", bin + 1)
            .set("from_correlation", edge(bin))
            .set("to_correlation", edge(bin + 1))
            .set("n_pairs", bins[bin]);
    }
    const std::size_t n_pairs = signals.correlations.size();
    const double sum =
        std::accumulate(signals.correlations.begin(), signals.correlations.end(), 0.0);
    output.master()
        .set("n_frames", traces.n_frames())
        .set("n_rois", rois.size())
        .set("n_bad_rois", n_bad)
        .set("n_pairs", n_pairs)
        .set("mean_correlation", n_pairs == 0 ? NAN : sum / static_cast<double>(n_pairs));
}

}  // namespace

std::vector<std::size_t> histogram(std::span<const double> values, double low, double high,
                                   std::size_t n_bins) {
    std::vector<std::size_t> bins(n_bins, 0);
    for (const double value : values) {
        if (!(value >= low && value <= high)) continue;
        const double place = (value - low) / (high - low) * static_cast<double>(n_bins);
        ++bins[std::min(static_cast<std::size_t>(place), n_bins - 1)];
    }
    return bins;
}

RoiSignals roi_signals(const Traces<float>& traces) {
    return signals_of(traces);
}

RoiSignals roi_signals(const Traces<double>& traces) {
    return signals_of(traces);
}

ComputedTable roi_signal_set_table() {
    return {.name = "imaging.roi_signal_set",
            .code_version = 1,
            .fetches = {{"rois", compute_sql_text("imaging/openscope/roi_signal_set_rois.sql")},
                        {"trace", compute_sql_text("imaging/openscope/dff_trace.sql")}},
            .compute = compute,
            .keys_per_transaction = 4};
}

}  // namespace tb::compute::imaging::openscope
